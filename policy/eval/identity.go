package eval

// identityGrant is the first statement of the identity-based policies that
// allows: a user's own and its groups', or a role's.
func (q *query) identityGrant() match {
	return q.find(q.subject.Identity, allow)
}
