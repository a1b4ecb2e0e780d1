package eval

import "strings"

// A role's trust policy is its resource policy, with two differences: without
// its Allow nobody gets in, not even with an identity policy of the same
// account, and sts:TagSession always needs both sides. So, for sts:AssumeRole:
//
//	same account, user, session or role named:  enough
//	same account, only the account named:       identity policies decide
//	other account:                              both sides must allow
//
// A request with session tags is asked a second time, for sts:TagSession. That
// AWS lets no root user assume a role is for the caller to check.

// tagSession needs an Allow in the caller's identity policies and in the trust
// policy (IAM User Guide, "Passing session tags in AWS STS").
const tagSession = "sts:TagSession"

func (r *Request) needsBothSides() bool {
	return r.Trust && strings.EqualFold(r.Action, tagSession)
}

// EvaluateTrust is [Subject.Evaluate] for a request about a role's trust policy.
func (s *Subject) EvaluateTrust(r *Request) Decision {
	trust := *r
	trust.Trust = true
	return s.Evaluate(&trust)
}

// TraceTrust is [Subject.Trace] for a request about a role's trust policy.
func (s *Subject) TraceTrust(r *Request) *Trace {
	trust := *r
	trust.Trust = true
	return s.Trace(&trust)
}
