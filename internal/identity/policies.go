package identity

import (
	"iter"
	"strings"

	"hardpan/arn"
)

// Policy finds a managed policy by ARN: one of the account's own, or one of
// AWS's.
func (s *Snapshot) Policy(policyARN string) (*ManagedPolicy, bool) {
	e, ok := s.policyEntry(policyARN)
	if !ok {
		return nil, false
	}
	return e.policy, true
}

func (s *Snapshot) policyEntry(policyARN string) (*policyEntry, bool) {
	if e, ok := awsManaged()[policyARN]; ok {
		return e, true
	}
	e, ok := s.policies.named(lastSegment(policyARN))
	if !ok || e.arn != policyARN {
		return nil, false
	}
	return e, true
}

// PolicyByName finds a customer managed policy by name, without regard to case.
func (s *Snapshot) PolicyByName(name string) (*ManagedPolicy, bool) {
	e, ok := s.policies.named(name)
	if !ok {
		return nil, false
	}
	return e.policy, true
}

// PolicyByID finds a customer managed policy by its ANPA… id.
func (s *Snapshot) PolicyByID(id string) (*ManagedPolicy, bool) {
	e, ok := s.policies.byID.get(id)
	if !ok {
		return nil, false
	}
	return e.policy, true
}

// Policies yields customer managed policies as [Snapshot.Users] yields users.
func (s *Snapshot) Policies(pathPrefix, after string) iter.Seq[*ManagedPolicy] {
	return inPath(s.policies, pathPrefix, after,
		func(e *policyEntry) *ManagedPolicy { return e.policy }, func(p *ManagedPolicy) string { return p.Path })
}

// AttachedTo yields the users, groups and roles that a managed policy is
// attached to, by kind and id.
func (s *Snapshot) AttachedTo(policyARN string) iter.Seq[Ref] { return s.refs(attachedTo, policyARN) }

// BoundaryOf yields the users and roles whose permissions boundary a managed
// policy is.
func (s *Snapshot) BoundaryOf(policyARN string) iter.Seq[Ref] { return s.refs(boundaryOf, policyARN) }

func (s *Snapshot) refs(sort, target string) iter.Seq[Ref] {
	return func(yield func(Ref) bool) {
		for _, ref := range s.edges.under(edge(sort, target)) {
			if !yield(ref) {
				return
			}
		}
	}
}

// Find returns the user, group, role or managed policy that an IAM ARN names;
// nil and false if there is none.
func (s *Snapshot) Find(entityARN string) (Entity, bool) {
	a, err := arn.Parse(entityARN)
	if err != nil || a.Service != "iam" {
		return nil, false
	}
	name := lastSegment(entityARN)
	switch a.Type() {
	case "user":
		if u, ok := s.User(name); ok && u.ARN() == entityARN {
			return u, true
		}
	case "group":
		if g, ok := s.Group(name); ok && g.ARN() == entityARN {
			return g, true
		}
	case "role":
		if r, ok := s.Role(name); ok && r.ARN() == entityARN {
			return r, true
		}
	case "policy":
		if p, ok := s.Policy(entityARN); ok {
			return p, true
		}
	}
	return nil, false
}

// lastSegment is the name in an IAM ARN: what follows the path.
func lastSegment(entityARN string) string {
	return entityARN[strings.LastIndexByte(entityARN, '/')+1:]
}
