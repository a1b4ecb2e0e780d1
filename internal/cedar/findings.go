package cedar

import (
	"cmp"
	"fmt"

	"github.com/cedar-policy/cedar-go/types"
)

// The rules of [SetFinding].
const (
	RulePolicyMistaken     = "policy-mistaken"      // it does not fit the gateways' tools, and may fail
	RulePolicyNeverMatches = "policy-never-matches" // no call at all is what it is about
	RuleUnknownArgument    = "unknown-argument"     // it asks for an argument that no tool has
	RuleNobodyCanCall      = "tool-nobody-can-call"
	RuleNobodyCanGet       = "prompt-nobody-can-get"
	RuleNobodyCanRead      = "resource-nobody-can-read"
)

// SetFinding is what can be said of a set of policies with no call at all.
type SetFinding struct {
	Rule       string
	Policy     string // its id; empty for a finding about an action
	Gateway    string // ARN; empty for a finding about a policy at any gateway
	Action     Action // of a finding about an action
	Line       int    // of the policy's statement, from 1; 0 for a finding about an action
	Column     int
	Message    string
	Suggestion string // may be empty
}

// Findings returns the policies that do not fit or can never match, in the order of
// their creation, and then the actions that nobody can be allowed, by gateway.
//
// What is found is certain, and not everything is found: tags are taken to have any
// value, as nobody knows what an issuer says; two tests of one tag may contradict each
// other unseen.
func (s *Set) Findings() []SetFinding {
	found := s.Mistakes()
	for _, arn := range s.schema.Gateways() {
		found = append(found, s.Closed(arn)...)
	}
	return found
}

// Closed returns those of [Set.Findings] that are about actions of one gateway: the
// ones that nobody can be allowed.
func (s *Set) Closed(gateway string) []SetFinding {
	g := s.schema.gateways[gateway]
	if g == nil {
		return nil
	}
	var found []SetFinding
	for _, a := range g.sorted {
		if why, nobody := s.nobody(g, g.actions[a.id]); nobody {
			found = append(found, SetFinding{Rule: nobodyRule(a), Gateway: gateway, Action: a, Message: why})
		}
	}
	return found
}

// Mistakes returns those of [Set.Findings] that are about policies.
func (s *Set) Mistakes() []SetFinding {
	var found []SetFinding
	for _, p := range s.ordered() {
		found = append(found, s.ofPolicy(p)...)
	}
	return found
}

func (s *Set) ofPolicy(p *compiled) []SetFinding {
	var found []SetFinding
	for _, f := range s.schema.Validate(p.Statement) {
		found = append(found, SetFinding{
			Rule: cmp.Or(f.rule, RulePolicyMistaken), Policy: p.ID, Gateway: f.Gateway, Line: f.Line, Column: f.Column, Message: f.Message, Suggestion: f.Suggestion,
		})
	}
	return found
}

func nobodyRule(a Action) string {
	switch a.groups()[len(a.groups())-2] {
	case groupGetPrompt:
		return RuleNobodyCanGet
	case groupReadResource:
		return RuleNobodyCanRead
	}
	return RuleNobodyCanCall
}

// neverMatches tells whether no call at a gateway of the schema can be one that a policy
// matches: whoever calls, with whatever input.
func (s *Schema) neverMatches(p *compiled) bool {
	for _, g := range s.gateways {
		if p.scope.gateway != "" && p.scope.gateway != g.arn {
			continue
		}
		for _, a := range g.actions {
			if p.isAbout(a) && g.anyoneCould(a, candidates{p.permitting()}) {
				return false
			}
		}
	}
	return true
}

// isAbout tells whether an action is one of those that a policy's scope names.
func (c *compiled) isAbout(a *action) bool {
	if c.scope.actions == nil {
		return true
	}
	for _, id := range c.scope.actions {
		if id == string(a.uid.ID) {
			return true
		}
		for _, group := range a.groups {
			if id == string(group.ID) {
				return true
			}
		}
	}
	return false
}

// permitting returns a policy that permits what this one is about.
func (c *compiled) permitting() *compiled {
	other := *c
	other.forbid = false
	return &other
}

// anyoneCould tells whether some caller could be allowed an action with some input.
func (g *gatewaySchema) anyoneCould(a *action, policies candidates) bool {
	for _, kind := range g.resolved.Actions[a.uid].AppliesTo.Principals {
		if g.someOfKind(kind, a, policies).Allowed {
			return true
		}
	}
	return false
}

func (g *gatewaySchema) someOfKind(kind types.EntityType, a *action, policies candidates) Possibility {
	var fitting candidates
	for _, p := range policies {
		if p.scope.caller.kind == "" || p.scope.caller.kind == kind {
			fitting = append(fitting, p)
		}
	}
	someone := newPrincipal(kind, "", types.Record{})
	system := types.NewRecord(nil)
	s := &solver{action: a, anyone: true, system: system, call: newCall(someone, g, a, contextOf("", nil, system))}
	return s.solve(fitting)
}

// nobody tells whether no caller can be allowed an action, and why. A policy that
// forbids it to some callers only is not looked at.
func (s *Set) nobody(g *gatewaySchema, a *action) (why string, nobody bool) {
	permits, forbids := s.about(g, a)
	if len(permits) == 0 {
		return fmt.Sprintf("no ACTIVE policy permits %s, so it is denied to everybody", Action{string(a.uid.ID)}), true
	}
	for _, p := range permits {
		if g.anyoneCould(a, append(candidates{p}, forbids...)) {
			return "", false
		}
	}
	ids := ""
	for _, p := range append(permits, forbids...) {
		if ids += ", " + p.ID; len(ids) > 200 {
			ids += " and more"
			break
		}
	}
	return fmt.Sprintf("the policies about %s allow no input to anybody: %s", Action{string(a.uid.ID)}, ids[2:]), true
}

// about returns the ACTIVE policies that can be about an action, whoever calls, without
// those that forbid it to some callers.
func (s *Set) about(g *gatewaySchema, a *action) (permits, forbids candidates) {
	ids := []string{string(a.uid.ID), ""}
	for _, group := range a.groups {
		ids = append(ids, string(group.ID))
	}
	for _, id := range ids {
		for k, bucket := range s.index.actions[id] {
			if k.gateway != "" && k.gateway != g.arn {
				continue
			}
			for _, p := range bucket {
				switch {
				case p.Mode == LogOnly:
				case !p.forbid:
					permits = append(permits, p)
				case k.caller.id == "" && k.caller.tag == "":
					forbids = append(forbids, p)
				}
			}
		}
	}
	return ordered(permits), ordered(forbids)
}
