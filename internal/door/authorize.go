package door

import (
	"hardpan/internal/audit"
	"hardpan/internal/awserr"
	"hardpan/internal/op"
	"hardpan/policy/eval"
)

// A call is a list of checks. All of them are evaluated and recorded; the
// first that fails is the verdict. The allow path traces nothing: a denial is
// evaluated a second time to say why.

// bearerAction is what a call with an API key must be allowed besides its own
// action. It has no resource type, so it is checked on "*".
const bearerAction = "bedrock:CallWithBearerToken"

// authorize decides the call. The error is AWS's denial.
func (v *visit) authorize(checks []op.Check) error {
	c := v.call
	if c.Caller.Bearer != "" {
		keys := c.ChildKeys()
		keys.Set("bedrock:BearerTokenType", "key", c.Caller.Bearer)
		bearer := op.Check{Action: bearerAction, Resource: "*", Region: c.Region, Keys: keys}
		checks = append([]op.Check{bearer}, checks...)
	}
	if len(checks) == 0 {
		return nil // public, or exempt by name: see op.Prepared
	}
	c.DecisionID = audit.NewDecisionID()
	v.checks = make([]audit.Check, len(checks))
	failed := -1
	var verdict eval.Decision
	for i := range checks {
		decision := v.decide(&checks[i])
		v.checks[i] = audit.Check{
			Action: checks[i].Action, Resource: checks[i].Resource, Region: checks[i].Region, Allowed: decision.Allowed,
		}
		if !decision.Allowed && failed < 0 {
			failed, verdict = i, decision
		}
	}
	if failed < 0 {
		return nil
	}
	request := v.request(&checks[failed])
	message := verdict.Message(c.Caller.ARN, &request)
	denial := v.denial(message)
	v.record(checks, failed, denial)
	return denial
}

// denial is the answer of AWS's front end to a call that policy does not allow.
func (v *visit) denial(message string) *awserr.Error {
	e := v.service.refuse("AccessDenied", "AccessDeniedException", message)
	e.Authorizer, e.DecisionID = true, v.call.DecisionID
	return e
}

// decide evaluates one check, without a trace and without allocating one.
func (v *visit) decide(check *op.Check) eval.Decision {
	request := v.request(check)
	return v.call.Caller.Subject.Evaluate(&request)
}

// trace evaluates one check again and says how the verdict came about.
func (v *visit) trace(check *op.Check) *eval.Trace {
	request := v.request(check)
	return v.call.Caller.Subject.Trace(&request)
}

func (v *visit) request(check *op.Check) eval.Request {
	keys := check.Keys
	if keys == nil {
		keys = v.call.Keys
	}
	owner := check.Owner
	if owner == "" {
		owner = v.call.Account
	}
	return eval.Request{
		Action: check.Action, Resource: check.Resource, Context: keys,
		ResourceAccount: owner, ResourcePolicy: check.Policy, Trust: check.Trust, NoResourceInMessage: check.Unnamed,
	}
}
