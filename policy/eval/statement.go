package eval

import (
	"strings"

	"hardpan/policy"
	"hardpan/policy/condition"
	"hardpan/policy/wildcard"
)

// statement is one compiled statement.
type statement struct {
	number     int // in its document, from 0
	effect     effect
	actions    []actionPattern
	notAction  bool
	resources  []condition.Template
	notRes     bool
	noResource bool // there is no Resource element, as in a trust policy: any fits
	principals *principals
	conditions []*condition.Condition
	source     *policy.Statement
}

type effect uint8

const (
	neither effect = iota // a statement that is broken: it matches nothing
	allow
	deny
)

// actionPattern matches an action; ASCII letters without regard to case.
type actionPattern struct {
	text   string // lower case
	exact  bool
	pieces []wildcard.Piece
}

func compileStatement(s *policy.Statement, number int, variables bool) statement {
	c := statement{number: number, source: s, effect: compileEffect(s.Effect)}
	c.actions, c.notAction = compileActions(s.Action), false
	if s.NotAction != nil {
		c.actions, c.notAction = compileActions(s.NotAction), true
	}
	resources := s.Resource
	if s.NotResource != nil {
		resources, c.notRes = s.NotResource, true
	}
	c.noResource = resources == nil
	for _, text := range resources.Texts() {
		c.resources = append(c.resources, condition.NewResource(text, variables))
	}
	c.principals = compilePrincipals(s)
	for _, op := range s.Conditions {
		for _, key := range op.Keys {
			cond, err := condition.Compile(op.Name, key.Name, key.Values.Texts(), variables)
			if err != nil {
				c.effect = neither
				continue
			}
			c.conditions = append(c.conditions, cond)
		}
	}
	return c
}

func compileEffect(text string) effect {
	switch text {
	case policy.Allow:
		return allow
	case policy.Deny:
		return deny
	}
	return neither
}

func compileActions(l *policy.List) []actionPattern {
	var patterns []actionPattern
	for _, text := range l.Texts() {
		p := actionPattern{text: strings.ToLower(text)}
		p.pieces = wildcard.Parse(p.text)
		p.exact = !strings.ContainsAny(p.text, "*?")
		patterns = append(patterns, p)
	}
	return patterns
}

// matches tests all elements but the effect, cheapest first.
func (s *statement) matches(q *query) bool {
	return s.matchesAction(q.request.Action) && s.matchesRest(q)
}

// matchesRest is matches for a statement whose action is known to fit.
func (s *statement) matchesRest(q *query) bool {
	return s.matchesResource(q.request) &&
		(s.principals == nil || s.principals.grade(q.subject) != stranger) &&
		s.matchesConditions(q.request.Context)
}

func (s *statement) matchesAction(action string) bool {
	for i := range s.actions {
		if wildcard.MatchFold(s.actions[i].pieces, action) {
			return !s.notAction
		}
	}
	return s.notAction
}

// matchesResource: a variable without a value matches nothing, so that under
// NotResource it excludes nothing.
func (s *statement) matchesResource(r *Request) bool {
	if s.noResource {
		return true
	}
	for i := range s.resources {
		if s.resources[i].Match(r.Resource, r.Context) {
			return !s.notRes
		}
	}
	return s.notRes
}

func (s *statement) matchesConditions(c *condition.Context) bool {
	for _, cond := range s.conditions {
		if !cond.Holds(c) {
			return false
		}
	}
	return true
}
