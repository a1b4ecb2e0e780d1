package cedar

import (
	"strings"

	cedarlang "github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
)

// Decision is what a set of policies says about one call.
//
// As in Cedar, a call is denied unless a policy permits it, and one that forbids
// it outweighs all that permit it. Unlike Cedar, a policy that fails to evaluate
// is not passed over: the whole call is denied, as AgentCore was observed to do
// with what it calls a mismatched policy (a condition on a field that is not there
// denied every call). A set without policies denies.
type Decision struct {
	Allowed bool `json:"allowed"`

	// Determining are the ids of the policies that made the decision, in the order
	// of their creation: those that permit an allowed call, those that forbid a
	// denied one, and those that failed if that alone denies it. Empty: no policy
	// applies, which denies.
	Determining []string `json:"determining,omitempty"`

	// Mismatched are the ACTIVE policies that could not be evaluated.
	Mismatched []Mismatch `json:"mismatched,omitempty"`

	// LogOnly are the LOG_ONLY policies that match or could not be evaluated.
	LogOnly []LogOnlyMatch `json:"logOnly,omitempty"`
}

// Mismatch is a policy that could not be evaluated, and why.
type Mismatch struct {
	Policy  string `json:"policy"`
	Message string `json:"message"`
}

// LogOnlyMatch is a LOG_ONLY policy that a call matches.
type LogOnlyMatch struct {
	Policy string `json:"policy"`
	Effect Effect `json:"effect"`

	// Flips: the call's decision would be another if the policy were ACTIVE.
	Flips bool `json:"flips"`

	// Message says why the policy could not be evaluated; empty if it matches.
	// AWS counts no such policy before it is ACTIVE and denies everything.
	Message string `json:"message,omitempty"`
}

// Wire is which texts of AgentCore are spoken.
type Wire string

const (
	Wire2025 Wire = "2025-12" // those of the first reports
	Wire2026 Wire = "2026-10" // those of AWS's guide in 2026
)

// Reason returns why a call is denied, as AgentCore puts it in brackets behind
// "Tool call not allowed due to policy enforcement"; empty for an allowed call.
// The texts are those of AWS's guide and of public reports; for several policies,
// and for one that could not be evaluated, AWS's text is not known.
func (d Decision) Reason(wire Wire) string {
	switch {
	case d.Allowed:
		return ""
	case len(d.Determining) > 0:
		return "Policy evaluation denied due to " + strings.Join(d.Determining, ", ")
	case wire == Wire2026:
		return "No policy applies to the request (denied by default)."
	}
	return "Policy evaluation denied due to no determining policies"
}

// Decide decides one call. A gateway or an action that the schema does not have is
// one that no policy applies to.
func (s *Set) Decide(r Request) Decision {
	g, a := s.find(r.Gateway, r.Action)
	if a == nil {
		return Decision{}
	}
	var room [16]*compiled
	found := s.index.find(room[:0], r.Principal, r.Gateway, a)
	if len(found) == 0 {
		return Decision{}
	}
	c := r.call(g, a)
	active, logOnly := split(found)
	d := c.decide(active)
	for _, p := range logOnly {
		d.logOnly(c.decide(candidates{p}), p)
	}
	return d
}

func (s *Set) find(gateway string, of Action) (*gatewaySchema, *action) {
	g := s.schema.gateways[gateway]
	if g == nil {
		return nil, nil
	}
	return g, g.actions[of.id]
}

// split parts the ACTIVE policies from the rest, in place.
func split(found []*compiled) (active, logOnly candidates) {
	active = found[:0:len(found)]
	for _, c := range found {
		if c.Mode == LogOnly {
			logOnly = append(logOnly, c)
			continue
		}
		active = append(active, c)
	}
	return active, logOnly
}

// call is a request as cedar-go has it.
type call struct {
	request  types.Request
	entities *world
}

func (r Request) call(g *gatewaySchema, a *action) *call {
	return newCall(r.Principal, g, a, types.NewRecord(types.RecordMap{"input": r.Input.record, "system": systemOf(r)}))
}

func systemOf(r Request) types.Value {
	if r.Now.IsZero() {
		return types.NewRecord(nil)
	}
	return types.NewRecord(types.RecordMap{"now": types.NewDatetime(r.Now)})
}

// newCall makes a call of an action, which may be nil until it is known.
func newCall(p Principal, g *gatewaySchema, a *action, context types.Record) *call {
	c := &call{
		request:  types.Request{Principal: p.entity.UID, Resource: gatewayUID(g.arn), Context: context},
		entities: &world{principal: p.entity, actions: g.entities},
	}
	if a != nil {
		c.request.Action = a.uid
	}
	return c
}

// decide decides by the given policies as if all were ACTIVE.
func (c *call) decide(policies candidates) Decision {
	verdict, diagnostic := cedarlang.Authorize(policies, c.entities, c.request)
	d := Decision{Allowed: verdict == types.Allow && len(diagnostic.Errors) == 0}
	for _, failed := range diagnostic.Errors {
		d.Mismatched = append(d.Mismatched, Mismatch{Policy: string(failed.PolicyID), Message: failed.Message})
	}
	if verdict == types.Allow && len(diagnostic.Errors) > 0 || len(diagnostic.Reasons) == 0 {
		for _, m := range d.Mismatched {
			d.Determining = append(d.Determining, m.Policy)
		}
		return d
	}
	for _, reason := range diagnostic.Reasons {
		d.Determining = append(d.Determining, string(reason.PolicyID))
	}
	return d
}

// logOnly adds what a LOG_ONLY policy says by itself.
func (d *Decision) logOnly(alone Decision, p *compiled) {
	match := LogOnlyMatch{Policy: p.ID, Effect: p.effect()}
	switch {
	case len(alone.Mismatched) > 0:
		match.Message = alone.Mismatched[0].Message
		match.Flips = d.Allowed
	case len(alone.Determining) == 0:
		return
	case p.forbid:
		match.Flips = d.Allowed
	default:
		match.Flips = !d.Allowed && len(d.Determining) == 0
	}
	d.LogOnly = append(d.LogOnly, match)
}
