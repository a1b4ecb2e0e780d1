package usage

import (
	"errors"
	"fmt"
	"strings"
)

// ScopeKind is a sort of thing that calls are charged to.
type ScopeKind string

// The kinds of scopes.
const (
	ScopeAccount   ScopeKind = "account"   // the whole account
	ScopePrincipal ScopeKind = "principal" // a user or role, by ARN; a permission set is its AWSReservedSSO_ role
	ScopeSession   ScopeKind = "session"   // a session and those made from it, by ARN
	ScopeKey       ScopeKind = "key"       // an access key or API key, by id
	ScopeProfile   ScopeKind = "profile"   // an inference profile, by ARN
	ScopeModel     ScopeKind = "model"     // a foundation model, by id
	ScopeTag       ScopeKind = "tag"       // a tag of the principal or of the application profile

	// Of the calls of tools at gateways; no other scope counts those.
	ScopeGateway ScopeKind = "gateway" // a tool gateway, by id
	ScopeTool    ScopeKind = "tool"    // a tool, by its name at the gateway: target___tool
)

// Scope is what calls a limit counts. Its text is the kind, a colon and the
// value ("model:amazon.titan-embed-text-v2:0", "tag:Department=Research"), or
// "account" alone. The value "*" makes one limit for each value there is. A
// backslash takes its meaning from a "*", from a "=" in a tag's key and from
// another backslash.
type Scope struct {
	Kind  ScopeKind
	Key   string // of a tag; compares without case
	Value string // empty with Each
	Each  bool   // one limit for each value
}

// MaxScope is how many bytes the text of a scope may have: a tag's key of 128
// characters and its value of 256, all of four bytes and with a backslash, do fit.
const MaxScope = 2048

// ParseScope reads a scope's text.
func ParseScope(text string) (Scope, error) {
	kind, rest, named := strings.Cut(text, ":")
	s := Scope{Kind: ScopeKind(kind)}
	switch s.Kind {
	case ScopeAccount:
		if named {
			return Scope{}, fmt.Errorf("scope %q: account has no value; a budget is always in one account", text)
		}
		return s, nil
	case ScopePrincipal, ScopeSession, ScopeKey, ScopeProfile, ScopeModel, ScopeTag, ScopeGateway, ScopeTool:
	default:
		return Scope{}, fmt.Errorf("scope %q: write account, principal:ARN, session:ARN, key:ID, profile:ARN, model:ID, tag:KEY=VALUE, gateway:ID or tool:TARGET___TOOL", text)
	}
	if len(text) > MaxScope {
		return Scope{}, fmt.Errorf("a scope of %d bytes: %d are the most", len(text), MaxScope)
	}
	if s.Kind == ScopeTag {
		var found bool
		if s.Key, rest, found = cutPlain(rest, '='); s.Key == "" || !found {
			return Scope{}, fmt.Errorf("scope %q: write tag:KEY=VALUE, or tag:KEY=* for one limit for each value", text)
		}
	}
	if rest == "*" {
		s.Each = true
		return s, nil
	}
	var err error
	if s.Value, err = plain(rest); err != nil {
		return Scope{}, fmt.Errorf("scope %q: %w", text, err)
	}
	if s.Value == "" && s.Kind != ScopeTag { // a tag's value may be empty
		return Scope{}, fmt.Errorf("scope %q: write what it is of behind the colon, or * for one limit for each", text)
	}
	return s, nil
}

// CountsTools reports whether the scope is of the calls of tools, which are
// counted and cost nothing.
func (s Scope) CountsTools() bool { return s.Kind == ScopeGateway || s.Kind == ScopeTool }

// String is the scope's text; [ParseScope] reads it back.
func (s Scope) String() string {
	if s.Kind == ScopeAccount {
		return string(s.Kind)
	}
	text := string(s.Kind) + ":"
	if s.Kind == ScopeTag {
		text += strings.NewReplacer(`\`, `\\`, `=`, `\=`).Replace(s.Key) + "="
	}
	switch {
	case s.Each:
		return text + "*"
	case s.Value == "*":
		return text + `\*`
	}
	return text + strings.ReplaceAll(s.Value, `\`, `\\`)
}

// Of is the scope's text for one value of a scope that has a limit for each.
func (s Scope) Of(value string) string {
	if s.Each {
		s.Each, s.Value = false, value
	}
	return s.String()
}

// cutPlain cuts at the first sep without a backslash before it, and takes the
// backslashes out of what is before.
func cutPlain(text string, sep byte) (before, after string, found bool) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text):
			i++
		case text[i] == sep:
			return b.String(), text[i+1:], true
		}
		b.WriteByte(text[i])
	}
	return b.String(), "", false
}

func plain(text string) (string, error) {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, `\`)
		b.WriteString(before)
		switch {
		case !found:
			return b.String(), nil
		case after == "":
			return "", errors.New(`a backslash is written \\`)
		}
		b.WriteByte(after[0])
		text = after[1:]
	}
}
