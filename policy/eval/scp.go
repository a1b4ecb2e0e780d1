package eval

// Service control policies and resource control policies are controls: they
// grant nothing. Each level from the organization's root to the account must
// allow (that levels are ANDed is from memory), and a deny at any level counts.
// Whoever builds a Subject leaves them out where they do not apply: for the
// management account and for service-linked roles.

func (q *query) controlAllows(levels []*Set) bool {
	for _, level := range levels {
		if !q.find(level, allow).found() {
			return false
		}
	}
	return true
}

func (q *query) controlDenies(levels []*Set) match {
	for _, level := range levels {
		if m := q.find(level, deny); m.found() {
			return m
		}
	}
	return match{}
}
