package door

import (
	"slices"

	"hardpan/internal/audit"
	"hardpan/internal/awserr"
	"hardpan/internal/op"
	"hardpan/policy/eval"
)

// A call is a list of checks. All of them are evaluated and recorded; the
// first that fails is the verdict. Of alternatives one has to be allowed; if
// none is, the first of them has failed. The allow path traces nothing: a denial is
// evaluated a second time to say why.

// bearerAction is what a call with an API key must be allowed besides its own
// action. It has no resource type, so it is checked on "*".
const bearerAction = "bedrock:CallWithBearerToken"

// authorize decides the call, and notes in asked what is allowed. The error is
// AWS's denial.
func (v *visit) authorize(asked []op.Check) error {
	c, checks := v.call, asked
	if c.Caller.Bearer != "" {
		keys := c.ChildKeys()
		keys.Set("bedrock:BearerTokenType", "key", c.Caller.Bearer)
		bearer := op.Check{Action: bearerAction, Resource: "*", Region: c.Region, Keys: keys}
		checks = append([]op.Check{bearer}, asked...)
	}
	if len(checks) == 0 {
		return nil // public, or exempt by name: see op.Prepared
	}
	c.DecisionID = audit.NewDecisionID()
	v.checks = make([]audit.Check, len(checks))
	for i := range checks {
		checks[i].Allowed = v.decide(&checks[i]).Allowed
		v.checks[i] = audit.Check{
			Action: checks[i].Action, Resource: checks[i].Resource, Region: checks[i].Region,
			Allowed: checks[i].Allowed, Any: checks[i].Any,
		}
	}
	copy(asked, checks[len(checks)-len(asked):])
	failed := firstFailed(checks)
	if failed < 0 {
		return nil
	}
	request := v.request(&checks[failed])
	message := v.decide(&checks[failed]).Message(c.Caller.ARN, &request)
	if v.stranger {
		message = "Not authorized to perform " + request.Action // AWS's words where there is no user to name
	}
	denial := v.denial(message)
	v.record(checks, failed, denial)
	return denial
}

// firstFailed is the index of the check that denies the call, or -1.
func firstFailed(checks []op.Check) int {
	return slices.IndexFunc(checks, func(c op.Check) bool {
		return !c.Allowed && (c.Any == 0 || !slices.ContainsFunc(checks, func(other op.Check) bool {
			return other.Any == c.Any && other.Allowed
		}))
	})
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
