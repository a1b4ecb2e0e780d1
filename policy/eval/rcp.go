package eval

// rcps are the resource control policies that protect the resource: those of the
// caller's organization, for resources of the caller's own account. Those of
// another account's resources are not known to a Subject.
func (q *query) rcps() []*Set {
	if q.crossAccount() {
		return nil
	}
	return q.subject.RCPs
}
