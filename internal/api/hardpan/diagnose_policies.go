package hardpan

import (
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/cedar"
	"hardpan/internal/gateway"
)

// maxPromoted bounds how many LOG_ONLY policies are tried in force: each costs a
// look at the whole set.
const maxPromoted = 20

// policies finds what is wrong with an engine's policies, for one gateway.
func (d *doctor) policies(g *gateway.Gateway, e *gateway.Engine, logs bool) {
	d.refusedPolicies(e)
	set, err := d.service.Gateways.Policies(d.snapshot, e)
	if err != nil {
		d.found(Finding{Rule: "engine-unreadable", Severity: severe, Gateway: g.ID, Engine: e.ID, Message: "the policies cannot be evaluated: " + err.Error()})
		return
	}
	d.mistakes(e, set)
	closed := set.Closed(g.ARN())
	if logs && len(closed) > 0 && len(closed) == len(set.Schema().Actions(g.ARN())) {
		d.found(Finding{
			Rule: "log-only-denies-all", Severity: severe, Gateway: g.ID, Engine: e.ID,
			Message: "LOG_ONLY hides it: with ENFORCE nothing at all could be seen or called, as the policies allow none of it to anybody",
			Next:    "write policies that permit what is used: hardpan gateway replay " + g.ID + " shows what would be denied",
		})
	} else {
		d.closed(g, e, closed, logs)
	}
	d.promoted(g, e, set, closed)
}

// refusedPolicies finds policies that were never taken, or not as they were last
// changed: CreatePolicy answers well before that is known.
func (d *doctor) refusedPolicies(e *gateway.Engine) {
	if d.seen[e.ID] {
		return
	}
	for p := range gateway.Policies(d.snapshot, e.ID, "") {
		if s := p.Status(); s == types.PolicyStatusCreateFailed || s == types.PolicyStatusUpdateFailed {
			d.found(Finding{
				Rule: "policy-refused", Severity: severe, Engine: e.ID, Policy: p.Name, PolicyID: p.ID,
				Message: "the policy is " + p.State + reasons(p.Detail.StatusReasons),
				Next:    "mend the statement and update the policy, or delete it",
			})
		}
	}
}

// mistakes finds policies that are not what they seem; once for an engine.
func (d *doctor) mistakes(e *gateway.Engine, set *cedar.Set) {
	if d.seen[e.ID] {
		return
	}
	d.seen[e.ID] = true
	modes := map[string]cedar.Mode{}
	for _, p := range set.Policies() {
		modes[p.ID] = p.Mode
	}
	for _, f := range set.Mistakes() {
		out := Finding{
			Rule: f.Rule, Severity: mild, Gateway: last(f.Gateway), Engine: e.ID, Policy: d.policyName(e, f.Policy), PolicyID: f.Policy,
			Line: f.Line, Column: f.Column, Message: f.Message, Next: f.Suggestion,
		}
		switch {
		case f.Rule == cedar.RulePolicyMistaken && modes[f.Policy] == cedar.LogOnly:
			out.Rule = "log-only-hides-mistake"
			out.Message = "LOG_ONLY hides it: where it cannot be evaluated, it would deny the call once it is ACTIVE: " + f.Message
		case f.Rule == cedar.RulePolicyMistaken:
			out.Severity = severe
		}
		d.found(out)
	}
}

func (d *doctor) policyName(e *gateway.Engine, id string) string {
	if p, ok := gateway.FindPolicy(d.snapshot, e.ID, id); ok {
		return p.Name
	}
	return id
}

// closed finds what nobody may do at a gateway.
func (d *doctor) closed(g *gateway.Gateway, e *gateway.Engine, closed []cedar.SetFinding, logs bool) {
	for _, f := range closed {
		d.found(Finding{
			Rule: f.Rule, Severity: mild, Gateway: g.ID, Engine: e.ID, Action: f.Action.ID(),
			Message: f.Message + ifLogs(logs, " once the mode is ENFORCE", ""),
			Next:    "permit it to somebody, or leave it out of the target",
		})
	}
}

// promoted finds LOG_ONLY policies that would take something away from everybody
// if they were in force.
func (d *doctor) promoted(g *gateway.Gateway, e *gateway.Engine, set *cedar.Set, closed []cedar.SetFinding) {
	tried := 0
	for _, p := range set.Policies() {
		if p.Mode != cedar.LogOnly {
			continue
		}
		if tried++; tried > maxPromoted {
			d.found(Finding{
				Rule: "log-only-many", Severity: mild, Gateway: g.ID, Engine: e.ID,
				Message: fmt.Sprintf("there are more than %d LOG_ONLY policies: the rest were not tried in force", maxPromoted),
			})
			return
		}
		p.Mode = cedar.Active
		with, err := set.With(p)
		if err != nil {
			continue
		}
		taken := ""
		for _, f := range with.Closed(g.ARN()) {
			if !slices.ContainsFunc(closed, func(was cedar.SetFinding) bool { return was.Action == f.Action }) {
				taken += ", " + f.Action.ID()
			}
		}
		if taken != "" {
			d.found(Finding{
				Rule: "log-only-takes-away", Severity: mild, Gateway: g.ID, Engine: e.ID, Policy: d.policyName(e, p.ID), PolicyID: p.ID,
				Message: "once this policy is ACTIVE, nobody can use " + taken[2:],
				Next:    "hardpan gateway replay " + g.ID + " shows whom it would hit",
			})
		}
	}
}
