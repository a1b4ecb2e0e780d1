package eval

import "strings"

// A role's trust policy is its resource policy, with two differences: without
// its Allow nobody gets in, not even with an identity policy of the same
// account, and sts:TagSession always needs both sides.

// tagSession is checked beside sts:AssumeRole when session tags are passed, in
// the caller's identity policies and in the trust policy (IAM User Guide,
// "Passing session tags in AWS STS").
const tagSession = "sts:TagSession"

// EvaluateTrust decides whether s may assume the role that r.Resource names.
// r.ResourcePolicy is the role's trust policy, r.ResourceAccount the role's
// account, r.Action sts:AssumeRole or one of its kin; with session tags it is
// asked a second time for sts:TagSession. In the caller's own account, naming
// the user is enough; naming the account leaves it to identity policies. Across
// accounts both sides must allow.
//
// That AWS lets no root user assume a role is for the caller to check.
func (s *Subject) EvaluateTrust(r *Request) Decision {
	trust := r.asTrust()
	return s.Evaluate(&trust)
}

// TraceTrust is [Subject.EvaluateTrust] with everything recorded.
func (s *Subject) TraceTrust(r *Request) *Trace {
	trust := r.asTrust()
	return s.Trace(&trust)
}

func (r *Request) asTrust() Request {
	trust := *r
	trust.trust = true
	trust.bothSides = strings.EqualFold(r.Action, tagSession)
	return trust
}
