package eval

// boundaryAllows: a permissions boundary grants nothing, but what it does not
// allow is denied. Without one there is no limit.
func (q *query) boundaryAllows() bool {
	return q.subject.Boundary == nil || q.find(q.subject.Boundary, allow).found()
}
