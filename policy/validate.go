package policy

import (
	"errors"
	"fmt"
	"strings"

	"hardpan/policy/condition"
)

// Kind is what a document is used for; it decides which elements it must and may
// not have.
type Kind uint8

// The kinds of policies.
const (
	Identity Kind = iota
	Resource      // attached to a resource other than a role
	Trust         // a role's AssumeRolePolicyDocument
	SCP
	RCP
	Boundary
	Session
)

var kindNames = [...]string{
	"identity-based policy", "resource-based policy", "trust policy", "service control policy",
	"resource control policy", "permissions boundary", "session policy",
}

// String is the kind as people call it.
func (k Kind) String() string { return kindNames[k] }

// principals reports whether statements of this kind name principals. RCPs must
// say Principal "*"; every other kind that is not on a resource must not.
func (k Kind) principals() bool { return k == Resource || k == Trust || k == RCP }

// MalformedError is a document that IAM refuses to store. IAM and STS answer it
// with the code MalformedPolicyDocument and status 400.
type MalformedError struct {
	Message string // AWS's text
	Detail  string // what is wrong, for people
	Pos     Position
}

// Error implements error.
func (e *MalformedError) Error() string {
	if e.Pos.Line == 0 {
		return fmt.Sprintf("%s (%s)", e.Message, e.Detail)
	}
	return fmt.Sprintf("%s (line %d, column %d: %s)", e.Message, e.Pos.Line, e.Pos.Column, e.Detail)
}

// AWS's texts, as they were observed by the authors of moto, in the order in
// which they are looked for. The one on Sids that are not alphanumeric is from
// memory, and so is the one on principals in identity-based policies.
const (
	msgSyntax       = "Syntax errors in policy."
	msgVersion      = "Policy document must be version 2012-10-17 or greater."
	msgLegacy       = "The policy failed legacy parsing"
	msgSidUnique    = "Statement IDs (SID) in a single policy must be unique."
	msgSidText      = "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
	msgNoActions    = "Policy statement must contain actions."
	msgNoResources  = "Policy statement must contain resources."
	msgNoPrincipals = "Policy document should not specify a principal."
)

// Load is [Parse] and [Validate] in one: what a service does with a document
// that it is asked to store. Its error is always a [*MalformedError].
func Load(text []byte, kind Kind) (*Document, error) {
	doc, err := Parse(text)
	var syntax *Error
	if errors.As(err, &syntax) {
		pos := Position{Line: syntax.Line, Column: syntax.Column, Offset: syntax.Offset}
		return nil, &MalformedError{Message: msgSyntax, Detail: syntax.Message, Pos: pos}
	}
	if err := Validate(doc, kind); err != nil {
		return nil, err
	}
	return doc, nil
}

// Validate says whether IAM would store doc as a policy of this kind, with the
// text that IAM gives, found in the order in which IAM looks. Its error is a
// [*MalformedError]. Whether actions, resources, keys and principals exist is
// not checked; nor is the size, which is a quota: see [Size].
func Validate(doc *Document, kind Kind) error {
	checks := []func(*Document, Kind) *MalformedError{
		checkOperators, checkVersion, checkLegacy, checkSids, checkActionsThere,
		checkResourceTexts, checkResourcesThere, checkActionTexts, checkTrust, checkPrincipals,
	}
	for _, check := range checks {
		if err := check(doc, kind); err != nil {
			return err
		}
	}
	return nil
}

func malformed(pos Position, message, format string, args ...any) *MalformedError {
	return &MalformedError{Message: message, Detail: fmt.Sprintf(format, short(args)...), Pos: pos}
}

func checkOperators(doc *Document, _ Kind) *MalformedError {
	for _, s := range doc.Statements {
		for _, op := range s.Conditions {
			if _, err := condition.ParseOperator(op.Name); err != nil {
				return malformed(op.Pos, msgSyntax, "%v", err)
			}
		}
	}
	return nil
}

func checkVersion(doc *Document, _ Kind) *MalformedError {
	switch doc.Version {
	case "", Version2008, Version2012:
		return nil
	}
	return malformed(doc.VersionPos, msgVersion, "Version is %q", doc.Version)
}

// checkLegacy is what IAM's first parser refuses: an Effect in the wrong case,
// half an ARN, a date that is none.
func checkLegacy(doc *Document, _ Kind) *MalformedError {
	for _, s := range doc.Statements {
		if s.Effect != Allow && s.Effect != Deny {
			return malformed(s.EffectPos, msgLegacy, "Effect is spelled Allow or Deny, not %q", s.Effect)
		}
		for _, op := range s.Conditions {
			if err := checkDates(op); err != nil {
				return err
			}
		}
		for _, l := range []*List{s.Resource, s.NotResource} {
			if err := checkLegacyResources(l); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkDates(op Operator) *MalformedError {
	if base := strings.TrimPrefix(strings.TrimPrefix(op.Name, "ForAllValues:"), "ForAnyValue:"); !strings.HasPrefix(base, "Date") {
		return nil
	}
	for _, key := range op.Keys {
		for _, v := range key.Values.Values {
			if _, ok := condition.ParseDate(v.Text); !ok {
				return malformed(v.Pos, msgLegacy, "%q is not a date such as 2020-04-01T00:00:00Z", v.Text)
			}
		}
	}
	return nil
}

func checkLegacyResources(l *List) *MalformedError {
	if l == nil {
		return nil
	}
	for _, v := range l.Values {
		if v.Text == Everyone || resourceError(v.Text) != "" {
			continue // a later check has a better text
		}
		if strings.Count(v.Text, ":") < 5 && strings.Contains(v.Text, "::") {
			return malformed(v.Pos, msgLegacy, "%q lacks parts of an ARN", v.Text)
		}
	}
	return nil
}

func checkSids(doc *Document, _ Kind) *MalformedError {
	seen := map[string]bool{}
	for _, s := range doc.Statements {
		if s.Sid == "" {
			continue
		}
		if seen[s.Sid] {
			return malformed(s.SidPos, msgSidUnique, "Sid %q is used twice", s.Sid)
		}
		seen[s.Sid] = true
		if !isAlphanumeric(s.Sid) {
			return malformed(s.SidPos, msgSidText, "Sid %q has other characters", s.Sid)
		}
	}
	return nil
}

func isAlphanumeric(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}
