package eval

// sessionAllows: policies passed when a session was made grant nothing, but what
// they do not allow is denied. A nil set is a session without any: no limit. An
// empty set is a limit that nothing passes, as for GetFederationToken without a
// policy.
func (q *query) sessionAllows() bool {
	return q.subject.Session == nil || q.find(q.subject.Session, allow).found()
}
