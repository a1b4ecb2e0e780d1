package cedar

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/schema/resolved"
)

// Remedy is the policy that would allow exactly the denied call.
type Remedy struct {
	// Statement permits the action for the principal at the gateway, with any input.
	// ThisInput permits only what was asked for; it is empty if it would be too long
	// for a policy. Both are empty if no policy that is added could allow the call.
	Statement string `json:"statement,omitempty"`
	ThisInput string `json:"thisInput,omitempty"`

	// Proven: each was added to the policies, the call was evaluated again and allowed,
	// and neither has a mistake.
	Proven bool `json:"proven"`

	// Opens are the other actions of the gateway that Statement would open for the
	// principal.
	Opens []Action `json:"opens,omitempty"`

	// Blocked are the policies that have to be changed first: those that forbid the
	// call or cannot be evaluated for it.
	Blocked []string `json:"blocked,omitempty"`
}

// newPolicyID is the id of a policy that is tried out. No stored policy has it.
const newPolicyID = "\x00new"

// remedy finds the policy that would allow a denied call.
func (s *Set) remedy(r Request, d Decision) Remedy {
	remedy := Remedy{Blocked: slices.Clone(d.Determining)}
	for _, m := range d.Mismatched {
		if !slices.Contains(remedy.Blocked, m.Policy) {
			remedy.Blocked = append(remedy.Blocked, m.Policy)
		}
	}
	if len(remedy.Blocked) > 0 {
		return remedy
	}
	scope := fmt.Sprintf("permit(\n  principal == %s,\n  action == %s,\n  resource == %s\n)",
		entityText(r.Principal.entity.UID), entityText(actionUID(r.Action.id)), entityText(gatewayUID(r.Gateway)))
	_, a := s.find(r.Gateway, r.Action)
	remedy.Statement = scope + ";"
	remedy.ThisInput = scope + exactly(a.input, r.Input.record) + ";"
	if utf8.RuneCountInString(remedy.ThisInput) > MaxStatement {
		remedy.ThisInput = ""
	}
	open, ok := s.proves(remedy.Statement, r)
	remedy.Proven = ok
	if remedy.ThisInput != "" {
		_, ok := s.proves(remedy.ThisInput, r)
		remedy.Proven = remedy.Proven && ok
	}
	if open != nil {
		remedy.Opens = s.opened(open, r)
	}
	return remedy
}

// proves adds a statement and decides the call again.
func (s *Set) proves(statement string, r Request) (with *Set, ok bool) {
	with, err := s.With(Policy{ID: newPolicyID, Statement: statement})
	if err != nil {
		return nil, false
	}
	_, rejected := Rejected(s.schema.Validate(statement), FailOnAnyFindings)
	return with, !rejected && with.Decide(r).Allowed
}

// opened returns the other actions that are possible with a set and were not before.
func (s *Set) opened(with *Set, r Request) []Action {
	before, after := s.View(r.Principal, r.Gateway, r.Now), with.View(r.Principal, r.Gateway, r.Now)
	var opened []Action
	added := with.policies[newPolicyID]
	for _, a := range after.gateway.sorted {
		if a != r.Action && added.isAbout(after.gateway.actions[a.id]) && after.CouldAllow(a).Allowed && !before.CouldAllow(a).Allowed {
			opened = append(opened, a)
		}
	}
	return opened
}

// exactly returns a condition that is true for one input alone.
func exactly(of resolved.RecordType, input types.Record) string {
	tests := exactTests(nil, "context.input", of, input)
	if len(tests) == 0 {
		return ""
	}
	return " when {\n  " + strings.Join(tests, " &&\n  ") + "\n}"
}

func exactTests(tests []string, path string, of resolved.RecordType, record types.Record) []string {
	for _, name := range slices.Sorted(maps.Keys(of)) {
		attribute := of[name]
		value, given := record.Get(name)
		has := path + " has " + attributeText(name, true)
		if !given {
			tests = append(tests, "!("+has+")")
			continue
		}
		if attribute.Optional {
			tests = append(tests, has)
		}
		at := path + attributeText(name, false)
		switch value := value.(type) {
		case types.Record:
			nested, _ := attribute.Type.(resolved.RecordType)
			tests = exactTests(tests, at, nested, value)
		case types.Set:
			tests = append(tests, setTest(at, value))
		default:
			tests = append(tests, at+" == "+valueText(value))
		}
	}
	return tests
}

// setTest compares a set; Cedar's type checker wants no empty one written.
func setTest(at string, value types.Set) string {
	if value.Len() == 0 {
		return at + ".isEmpty()"
	}
	var members []string
	for member := range value.All() {
		members = append(members, valueText(member))
	}
	slices.Sort(members)
	return at + " == [" + strings.Join(members, ", ") + "]"
}

// attributeText returns a name as it stands behind has or an expression.
func attributeText(name types.String, alone bool) string {
	plain := tokens(string(name))
	word := len(plain) == 1 && plain[0].isWord() && plain[0].text == string(name) && !slices.Contains(reserved, string(name)) &&
		strings.IndexFunc(string(name), func(r rune) bool { return r > utf8.RuneSelf }) < 0
	switch {
	case word && alone:
		return string(name)
	case word:
		return "." + string(name)
	case alone:
		return valueText(name)
	}
	return "[" + valueText(name) + "]"
}

// reserved are Cedar's words that cannot be an attribute's name without quotes.
var reserved = []string{"true", "false", "if", "then", "else", "in", "is", "like", "has", "__cedar"}
