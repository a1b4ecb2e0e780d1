package lint

import (
	"strings"

	"hardpan/internal/catalog"
	"hardpan/policy"
	"hardpan/policy/wildcard"
)

const (
	bedrock = "bedrock"
	hardpan = "hardpan" // Hardpan's own API
)

// statement is one statement and the Bedrock actions that it is about.
type statement struct {
	*policy.Statement
	doc *document

	actions []*catalog.ActionInfo // of Bedrock, without those that do not exist
	others  bool                  // other services' actions too
}

func newStatement(d *document, s *policy.Statement) *statement {
	st := &statement{Statement: s, doc: d}
	if vs := values(s.Action); len(vs) == 1 {
		st.actions, st.others = expand(vs[0].Text), !isBedrock(vs[0].Text)
		return st
	}
	seen := map[*catalog.ActionInfo]bool{}
	for _, v := range values(s.Action) {
		st.others = st.others || !isBedrock(v.Text)
		for _, a := range expand(v.Text) {
			if !seen[a] {
				seen[a] = true
				st.actions = append(st.actions, a)
			}
		}
	}
	if s.NotAction != nil {
		st.others = true
		st.actions = allBut(s.NotAction)
	}
	return st
}

func values(l *policy.List) []policy.Value {
	if l == nil {
		return nil
	}
	return l.Values
}

// allows reports whether the statement's effect is Allow.
func (s *statement) allows() bool { return strings.EqualFold(s.Effect, policy.Allow) }

// about reports whether the statement is about an action of Bedrock.
func (s *statement) about(name string) bool {
	for _, a := range s.actions {
		if a.Name == name {
			return true
		}
	}
	return false
}

// invoking are the actions that a call of a model is checked against.
var invoking = []string{"InvokeModel", "InvokeModelWithResponseStream"}

// invokes returns an action of the statement that calls models, or "".
func (s *statement) invokes() string {
	for _, name := range invoking {
		if s.about(name) {
			return bedrock + ":" + name
		}
	}
	return ""
}

// prefix is the service in front of an action's colon, in lower case.
func prefix(action string) string {
	service, _, found := strings.Cut(action, ":")
	if !found {
		return ""
	}
	return strings.ToLower(service)
}

func isBedrock(action string) bool { return prefix(action) == bedrock }

// expand returns the actions of Bedrock that an element of Action names.
func expand(action string) []*catalog.ActionInfo {
	if !strings.ContainsAny(action, "*?") {
		if a, ok := catalog.Action(action); ok && isBedrock(action) {
			return []*catalog.ActionInfo{a}
		}
		return nil
	}
	if action == policy.Everyone || strings.EqualFold(action, bedrock+":*") {
		return catalog.Actions()
	}
	if len(action)-strings.Count(action, policy.Everyone) > maxName {
		return nil // longer than any name, whatever the stars stand for
	}
	pieces := wildcard.Parse(action)
	var found []*catalog.ActionInfo
	for _, a := range catalog.Actions() {
		if wildcard.MatchFold(pieces, bedrock+":"+a.Name) {
			found = append(found, a)
		}
	}
	return found
}

func allBut(not *policy.List) []*catalog.ActionInfo {
	excluded := map[*catalog.ActionInfo]bool{}
	for _, v := range not.Values {
		for _, a := range expand(v.Text) {
			excluded[a] = true
		}
	}
	var rest []*catalog.ActionInfo
	for _, a := range catalog.Actions() {
		if !excluded[a] {
			rest = append(rest, a)
		}
	}
	return rest
}

// name is what people call the statement.
func (s *statement) name() string {
	if s.Sid != "" {
		return "statement " + s.Sid
	}
	return "the statement on line " + itoa(s.Pos.Line)
}
