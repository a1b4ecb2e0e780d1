package cedar

import (
	"iter"

	cedarlang "github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
)

// residual is what is left of a condition once everything is known but the input.
type residual struct {
	op   operator
	can  outcomes // what it can turn out to be, over all inputs
	kids []*residual
	live *liveAtom
}

// liveAtom is an atom that the outcome still depends on.
type liveAtom struct {
	*atom
	test     *test
	property int        // its place among the solver's properties
	results  []outcomes // by value of the property; 0 is not yet known
	opaque   bool       // of itself, or for what its property is like
}

func settled(can outcomes) *residual { return &residual{op: opFree, can: can} }

// isSettled tells whether a condition can turn out one way only.
func (r *residual) isSettled() bool { return r.can == isTrue || r.can == isFalse || r.can == fails }

// fold evaluates what of a condition does not depend on the input.
func (s *solver) fold(c *condition) *residual {
	switch c.op {
	case opFree:
		return settled(s.evaluate(c))
	case opAtom:
		if !c.atom.opaque && !s.known(c.atom.path[0]) {
			return settled(s.call.test(c.test)) // the input is empty so far
		}
		return &residual{op: opAtom, can: anything, live: &liveAtom{atom: c.atom, test: c.test, opaque: c.atom.opaque}}
	case opNot:
		arg := s.fold(c.kids[0])
		return tidy(&residual{op: opNot, can: negate(arg.can), kids: []*residual{arg}})
	}
	first := s.fold(c.kids[0])
	switch {
	case c.op == opAnd && first.can == isTrue, c.op == opOr && first.can == isFalse, c.op == opIf && first.can == isTrue:
		return s.fold(c.kids[1])
	case c.op == opIf && first.can == isFalse:
		return s.fold(c.kids[2])
	case first.isSettled(), c.op == opAnd && !first.can.has(isTrue), c.op == opOr && !first.can.has(isFalse):
		return first
	}
	kids := make([]*residual, len(c.kids))
	kids[0] = first
	for i, kid := range c.kids[1:] {
		kids[i+1] = s.fold(kid)
	}
	r := &residual{op: c.op, kids: kids}
	r.can = r.combine(func(kid *residual) outcomes { return kid.can })
	return tidy(r)
}

// tidy replaces what can only turn out one way.
func tidy(r *residual) *residual {
	if r.isSettled() {
		return settled(r.can)
	}
	return r
}

// combine returns what a condition can turn out to be if its parts can turn out as of
// says, each for itself. Cedar evaluates from the left and stops when it can.
func (r *residual) combine(of func(*residual) outcomes) outcomes {
	first := of(r.kids[0])
	switch r.op {
	case opNot:
		return negate(first)
	case opAnd:
		if !first.has(isTrue) {
			return first
		}
		return first&^isTrue | of(r.kids[1])
	case opOr:
		if !first.has(isFalse) {
			return first
		}
		return first&^isFalse | of(r.kids[1])
	}
	can := first & fails
	if first.has(isTrue) {
		can |= of(r.kids[1])
	}
	if first.has(isFalse) {
		can |= of(r.kids[2])
	}
	return can
}

func negate(o outcomes) outcomes {
	not := o & fails
	if o.has(isTrue) {
		not |= isFalse
	}
	if o.has(isFalse) {
		not |= isTrue
	}
	return not
}

// atoms appends the atoms that a residual depends on.
func (r *residual) atoms(list []*liveAtom) []*liveAtom {
	if r.live != nil {
		return append(list, r.live)
	}
	for _, kid := range r.kids {
		list = kid.atoms(list)
	}
	return list
}

// evaluate evaluates a test that does not depend on the input, unless it depends on
// what is not known at all.
func (s *solver) evaluate(c *condition) outcomes {
	if c.test == nil {
		return isTrue
	}
	if s.anyone && (c.reads.has(readsCaller) || c.reads.has(readsTags) && s.call.request.Principal.Type != iamEntityType) {
		return anything
	}
	if known, ok := s.settled[c]; ok {
		return known
	}
	can := s.call.test(c.test)
	if s.settled != nil && !c.reads.has(readsAction) {
		s.settled[c] = can
	}
	return can
}

// test returns how one test turns out.
func (c *call) test(test *test) outcomes {
	verdict, diagnostic := cedarlang.Authorize(single{test}, c.entities, c.request)
	switch {
	case len(diagnostic.Errors) > 0:
		return fails
	case verdict == types.Allow:
		return isTrue
	}
	return isFalse
}

// single is one test that cedar-go can be given.
type single struct{ policy *test }

// All implements cedar-go's PolicyIterator.
func (s single) All() iter.Seq2[types.PolicyID, *cedarlang.Policy] {
	return func(yield func(types.PolicyID, *cedarlang.Policy) bool) { yield("", s.policy) }
}
