package eval

import "hardpan/policy/wildcard"

// Set is the policies of one layer, indexed. It is immutable; a nil set holds
// nothing.
type Set struct {
	policies []*Policy
	allows   index
	denies   index
}

// NewSet indexes policies in the order given: of several statements that match,
// the first one is named as the one that decided. Nil policies are left out.
func NewSet(policies ...*Policy) *Set {
	s := &Set{}
	for _, p := range policies {
		if p != nil {
			s.policies = append(s.policies, p)
		}
	}
	s.allows, s.denies = newIndex(s.policies, allow), newIndex(s.policies, deny)
	return s
}

// Policies are the set's, in order. They must not be changed.
func (s *Set) Policies() []*Policy {
	if s == nil {
		return nil
	}
	return s.policies
}

// With returns a set that holds p too, after all others.
func (s *Set) With(p *Policy) *Set {
	return NewSet(append(append([]*Policy{}, s.Policies()...), p)...)
}

// query is what every statement is tested against.
type query struct {
	subject *Subject
	request *Request
	least   grade // of the principal; stranger where there are no principals

	// scan looks at every statement instead of using the index, as a trace does.
	scan bool

	action [maxAction]byte // the action in lower case, for the index
	length int
}

// maxAction is the longest action, "service:Name", that is found by index; a
// longer one, which no service has, is found by looking at everything.
const maxAction = 128

func (q *query) fold() {
	text := q.request.Action
	if len(text) > maxAction {
		q.scan = true
		return
	}
	q.length = len(text)
	for i := range len(text) {
		c := text[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		q.action[i] = c
	}
}

// match is the statement that decided something; its zero value is none.
type match struct {
	policy    *Policy
	statement *statement
}

func (m match) found() bool { return m.statement != nil }

// find returns the first statement of set that has the effect, matches, and
// names the caller with at least q.least.
func (q *query) find(set *Set, e effect) match {
	if set == nil {
		return match{}
	}
	if q.scan {
		return q.findByScan(set, e)
	}
	x := &set.allows
	if e == deny {
		x = &set.denies
	}
	return q.findByIndex(x)
}

func (q *query) findByScan(set *Set, e effect) match {
	for _, p := range set.policies {
		for i := range p.statements {
			if s := &p.statements[i]; s.effect == e && s.matches(q) && q.graded(s) {
				return match{p, s}
			}
		}
	}
	return match{}
}

func (q *query) graded(s *statement) bool {
	return q.least == stranger || s.principals != nil && s.principals.grade(q.subject) >= q.least
}

func (q *query) findByIndex(x *index) match {
	var best *ref
	if b := x.exact[string(q.action[:q.length])]; b != nil {
		best = q.findInBucket(b, best)
	}
	for i := range x.patterns {
		p := &x.patterns[i]
		if p.any || wildcard.MatchFold(p.pattern.pieces, q.request.Action) {
			best = q.findInBucket(p.bucket, best)
		}
	}
	if best == nil {
		return match{}
	}
	return match{best.policy, best.statement}
}

// findInBucket returns the first match in b if it comes before best.
func (q *query) findInBucket(b *bucket, best *ref) *ref {
	resource := q.request.Resource
	for i := b.longest(resource); i >= 0; i = b.nodes[i].parent {
		inner := b.nodes[i].value
		for j := inner.longest(resource); j >= 0; j = inner.nodes[j].parent {
			best = q.findByGrams(inner.nodes[j].value, best)
		}
	}
	return best
}

// findByGrams returns the first match in g if it comes before best.
func (q *query) findByGrams(g *grams, best *ref) *ref {
	best = q.firstOf(g.rest, best)
	if len(g.filter) == 0 {
		return best
	}
	eachGram(q.request.Resource, func(gram uint64) bool {
		if refs := g.find(gram); refs != nil {
			best = q.firstOf(refs, best)
		}
		return true
	})
	return best
}

// firstOf returns the first of refs that matches if it comes before best.
func (q *query) firstOf(refs []ref, best *ref) *ref {
	for i := range refs {
		r := &refs[i]
		if best != nil && r.order >= best.order {
			return best
		}
		if r.statement.notAction && !r.statement.matchesAction(q.request.Action) {
			continue
		}
		if r.statement.matchesRest(q) && q.graded(r.statement) {
			return r
		}
	}
	return best
}
