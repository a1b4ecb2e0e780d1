package eval

import (
	"strings"

	"hardpan/policy/condition"
)

// Subject is everything that limits one principal. It is immutable once built;
// its sets may be shared.
type Subject struct {
	// Root: the account's root user, who is allowed unless an SCP, an RCP or the
	// resource's policy denies.
	Root bool

	Account      string // twelve digits
	PrincipalARN string // of the user or federated user; of a session, its own or its role's
	SessionARN   string // of an assumed-role session, else empty
	RoleARN      string // of the role that the session was made from, else empty

	Service   string // an AWS service calling for itself: bedrock.amazonaws.com
	Federated string // an identity provider's ARN or host, before there is a session

	Identity *Set
	Boundary *Set   // nil: there is none
	Session  *Set   // nil: no session policy was passed; empty: one that allows nothing
	SCPs     []*Set // one for each level from the root to the account; nil: none apply
	RCPs     []*Set // likewise
}

// Request is one action on one resource.
type Request struct {
	Action   string             // "bedrock:InvokeModel"
	Resource string             // an ARN, or "*" for actions without a resource type
	Context  *condition.Context // may be nil

	ResourcePolicy  *Set   // nil: the resource has none
	ResourceAccount string // the resource's owner; empty: the caller's own account

	// NoResourceInMessage: the denial's text has no "on resource" part, as with
	// bedrock:ListFoundationModels (observed).
	NoResourceInMessage bool

	// Trust: Resource is a role, ResourcePolicy its trust policy, and Action
	// sts:AssumeRole or one of its kin. See trust.go for what differs.
	Trust bool
}

// Decision is a verdict and what it rests on.
type Decision struct {
	Allowed   bool
	Explicit  bool    // denied by a statement, not for the lack of one
	Layer     Layer   // that decided
	Policy    *Policy // that decided; nil where no statement did
	Statement int     // in Policy, from 0; -1 where no statement did
}

// callerIdentity needs no permission and works under an explicit deny.
const callerIdentity = "sts:GetCallerIdentity"

// SourceOf is where p, one of the subject's policies, comes from, with the ARN of
// the principal in place of [Self].
func (s *Subject) SourceOf(p *Policy) Source {
	src := p.Source
	switch {
	case src.Owner != Self:
	case src.Layer == LayerSession:
		src.Owner = s.caller()
	default:
		src.Owner = s.PrincipalARN
	}
	return src
}

// Evaluate decides r. It does not allocate.
func (s *Subject) Evaluate(r *Request) Decision {
	q := query{subject: s, request: r}
	q.fold()
	return q.decide()
}

func isCallerIdentity(action string) bool {
	return len(action) == len(callerIdentity) && strings.EqualFold(action, callerIdentity)
}
