package hardpan

import (
	"encoding/json"
	"time"

	"hardpan/arn"
	"hardpan/internal/audit"
	"hardpan/internal/explain"
	"hardpan/internal/identity"
	"hardpan/internal/invocation"
	"hardpan/internal/ledger"
	"hardpan/internal/op"
	"hardpan/internal/simulation"
	"hardpan/internal/usage"
	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

// Explained is a decision as it stood, and what it means now: remedies are
// proven against the caller's policies of this moment.
type Explained struct {
	Decision    *audit.Decision      `json:"decision"`
	Explanation *explain.Explanation `json:"explanation,omitempty"`
	Tool        *ToolExplanation     `json:"tool,omitempty"` // of what a tool gateway decided
	// Withheld says what the reader may not see, or is empty.
	Withheld string `json:"withheld,omitempty"`
}

// explain makes a decision readable. full is whether the reader may see more
// than their own policies.
func (s *Service) explain(c *op.Call, d *audit.Decision, full bool) *Explained {
	out := &Explained{Decision: d}
	if d.Budget != nil {
		out.Explanation = explain.ExplainBudget(budgetOf(d.Budget))
	}
	if d.Tool != nil {
		s.explainTool(c, out, full)
	}
	if d.Budget != nil || d.Tool != nil {
		return out
	}
	if d.Failed < 0 || d.Failed >= len(d.Checks) {
		return out
	}
	failed := request(d, &d.Checks[d.Failed])
	var requests []eval.Request
	for i := range d.Checks {
		if counts(d.Checks, i) {
			requests = append(requests, request(d, &d.Checks[i]))
		}
	}
	subject := s.subject(c, d)
	trace := storedTrace(&d.Checks[d.Failed])
	if trace == nil && subject != nil {
		trace = subject.Trace(&failed)
	}
	if trace != nil && trace.Trust {
		subject = nil // the role's trust policy is not kept, so no remedy can be tried
	}
	if trace != nil {
		out.Explanation = explain.Explain(explain.Input{
			Trace: trace, Subject: subject, Requests: requests, OwnOnly: !full,
			Universe:     simulation.Universe(place(d), failed.Context, requests...),
			Alternatives: simulation.Alternatives(place(d), requests),
		})
	}
	if !full {
		withhold(out)
	}
	return out
}

// budgetOf is the budget of a refusal, as explain takes it.
func budgetOf(b *audit.BudgetRefusal) explain.Budget {
	period, _ := usage.ParsePeriod(b.Period) // as Period.String wrote it
	out := explain.Budget{
		Name: b.Name, Covers: b.Covers, Period: period, Limit: usage.Limit{Unit: usage.Unit(b.Unit), Amount: b.Limit},
		Settled: b.Settled, Reserved: b.Reserved, Need: b.Need, Least: b.Least, Model: b.Model,
		Closed: b.Why == string(ledger.Overrun), Unpriced: b.Why == string(ledger.Unpriced), Shared: b.Why == string(ledger.Elsewhere),
	}
	if b.Resets != 0 {
		out.Resets = time.UnixMicro(b.Resets)
	}
	return out
}

// counts reports whether a check is one that has to be allowed: of alternatives
// that is the first that is, or else the first.
func counts(checks []audit.CheckTrace, i int) bool {
	if checks[i].Any == 0 {
		return true
	}
	first := -1
	for j := range checks {
		if checks[j].Any != checks[i].Any {
			continue
		}
		if checks[j].Allowed {
			return i == j
		}
		if first < 0 {
			first = j
		}
	}
	return i == first
}

// storedTrace is the trace as it was kept, or nil.
func storedTrace(check *audit.CheckTrace) *eval.Trace {
	var t eval.Trace
	if len(check.Trace) == 0 || json.Unmarshal(check.Trace, &t) != nil {
		return nil
	}
	return &t
}

// request is the check as it was asked.
func request(d *audit.Decision, check *audit.CheckTrace) eval.Request {
	keys := condition.NewContext(nil)
	for _, k := range check.Keys {
		switch {
		case k.Multi:
			keys.SetMany(k.Name, k.Origin, k.Values)
		case len(k.Values) == 1:
			keys.Set(k.Name, k.Origin, k.Values[0])
		}
	}
	return eval.Request{Action: check.Action, Resource: check.Resource, Context: keys, ResourceAccount: d.Account}
}

// subject is the principal of the decision as it stands now, or nil: it may be
// gone, or have been a session, of which the policies passed are not kept.
func (s *Service) subject(c *op.Call, d *audit.Decision) *eval.Subject {
	if own(c, d) {
		return c.Caller.Subject
	}
	snapshot, ok := s.DB.Directory().Account(d.Account)
	if !ok {
		return nil
	}
	entity, ok := snapshot.Find(d.Caller.ARN)
	if !ok {
		return nil // deleted since
	}
	user, ok := entity.(*identity.User)
	if !ok {
		return nil
	}
	principal, err := snapshot.UserPrincipal(user.ID)
	if err != nil {
		return nil
	}
	return principal.Subject
}

// place is where the call of a decision was made.
func place(d *audit.Decision) invocation.Place {
	at := invocation.Place{Region: d.Call.Region, Account: d.Account}
	if a, err := arn.Parse(d.Caller.ARN); err == nil {
		at.Partition = a.Partition
	}
	return at
}

// withhold takes out what stands in policies that are not the caller's own.
func withhold(e *Explained) {
	shown := *e.Decision
	shown.Checks = append([]audit.CheckTrace(nil), shown.Checks...)
	for i := range shown.Checks {
		trace := storedTrace(&shown.Checks[i])
		if trace == nil {
			continue
		}
		for _, layer := range trace.Layers {
			if layer.Layer != eval.LayerIdentity && len(layer.Policies) > 0 {
				e.Withheld = "Policies that are not your own are shown to principals that are allowed hardpan:GetDecision."
			}
		}
		shown.Checks[i].Trace, _ = json.Marshal(trace.ForCaller())
	}
	e.Decision = &shown
}
