package cedar

import (
	"slices"

	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/eval"
)

// solver looks for an input of one action that a set of policies allows.
type solver struct {
	action     *action
	anyone     bool // neither the caller, but for its kind, nor the time is known
	system     types.Value
	call       *call
	settled    map[*condition]outcomes // of tests that do not depend on the action; may be nil
	policies   []rule
	atoms      []*liveAtom
	properties []property
	patterns   bool // some test is of a pattern
	steps      int
}

// rule is one policy, as far as its outcome depends on the input.
type rule struct {
	forbid bool
	body   *residual
}

// property is one property of the input that tests look at.
type property struct {
	name   types.String
	demand demand
	values []types.Value // what is tried; nil is an absent property
	chosen int           // -1: not yet

	contexts []types.Record // by value: a context with that property alone; empty if not yet made
}

// maxSteps is how many parts of conditions are looked at for one action.
const maxSteps = 50_000

// solve decides by what the policies can be at all, and where that is not enough, by
// trying inputs.
func (s *solver) solve(active candidates) Possibility {
	permitted := false
	for _, c := range active {
		r := rule{c.forbid, s.fold(c.body)}
		if !r.leavesRoom() {
			return Possibility{Exact: true}
		}
		permitted = permitted || r.permits()
		if r.body.can != isFalse {
			s.policies = append(s.policies, r)
		}
	}
	if !permitted {
		return Possibility{Exact: true}
	}
	for _, r := range s.policies {
		s.atoms = r.body.atoms(s.atoms)
	}
	if len(s.atoms) == 0 {
		return Possibility{Allowed: true, Exact: true}
	}
	s.prepare()
	return s.try()
}

// leavesRoom tells whether some outcome of a policy does not deny the call.
func (r rule) leavesRoom() bool {
	if r.forbid {
		return r.body.can.has(isFalse)
	}
	return r.body.can.has(isTrue | isFalse)
}

func (r rule) permits() bool { return !r.forbid && r.body.can.has(isTrue) }

// known tells whether the action has a property. A test of one that it does not have
// is no question: it is absent.
func (s *solver) known(property types.String) bool {
	_, ok := s.action.input[property]
	return ok
}

// prepare finds the properties that tests look at, and the values to be tried.
func (s *solver) prepare() {
	for _, live := range s.atoms {
		if live.opaque {
			continue
		}
		live.property = s.property(live.path[0])
		at := s.properties[live.property].demand.at(live.path[1:])
		if s.anyone && slices.ContainsFunc(live.wanted, func(w want) bool { return w.reads.has(readsCaller | readsTags) }) {
			live.opaque = true
			continue
		}
		for _, w := range live.wanted {
			if w.pattern != nil {
				at.patterns = append(at.patterns, w.pattern)
				s.patterns = true
				continue
			}
			at.values = append(at.values, s.operand(w)...)
		}
	}
}

func (s *solver) property(name types.String) int {
	if i := slices.IndexFunc(s.properties, func(p property) bool { return p.name == name }); i >= 0 {
		return i
	}
	s.properties = append(s.properties, property{name: name, chosen: -1})
	return len(s.properties) - 1
}

// operand evaluates what an atom compares with. What fails is equal to nothing.
func (s *solver) operand(w want) []types.Value {
	value, err := eval.Eval(w.operand, eval.Env{
		Entities: s.call.entities, Principal: s.call.request.Principal, Action: s.call.request.Action,
		Resource: s.call.request.Resource, Context: s.call.request.Context,
	})
	if err != nil {
		return nil
	}
	if set, ok := value.(types.Set); ok && w.elements {
		return set.Slice()
	}
	return []types.Value{value}
}

// choose finds the values of the properties that are tried. If they do not stand for
// all values, the tests that look at the property are opaque.
func (s *solver) choose(quick bool) {
	for i := range s.properties {
		p := &s.properties[i]
		attribute := s.action.input[p.name]
		values, ok := representatives(attribute.Type, &p.demand, quick)
		ok = ok && len(values) <= maxValues
		if ok && attribute.Optional {
			values = append(values, nil)
		}
		p.values, p.contexts, p.chosen = values, make([]types.Record, len(values)), -1
		for _, live := range s.atoms {
			if !live.opaque && live.property == i {
				live.opaque = !ok
				live.results = make([]outcomes, len(values))
			}
		}
		if !ok {
			p.values = nil
		}
	}
}

// try looks for an input. Tests that cannot be seen through may turn out as they like.
// Where there are patterns, some strings are tried before all are made.
func (s *solver) try() Possibility {
	if s.patterns {
		if s.choose(true); s.search(0) {
			return s.found()
		}
	}
	s.choose(false)
	if s.search(0) {
		return s.found()
	}
	return Possibility{Exact: true}
}

func (s *solver) found() Possibility {
	opaque := slices.ContainsFunc(s.atoms, func(live *liveAtom) bool { return live.opaque })
	return Possibility{Allowed: true, Exact: !opaque && s.steps <= maxSteps}
}

// search gives values to the properties from the i-th on, and turns back as soon as
// no value of the rest could help. It gives up, as if there were an input, after
// maxSteps.
func (s *solver) search(i int) bool {
	for i < len(s.properties) && s.properties[i].values == nil {
		i++
	}
	if i == len(s.properties) {
		return true
	}
	for chosen := range s.properties[i].values {
		if s.steps > maxSteps {
			return true
		}
		s.properties[i].chosen = chosen
		if s.possible() && s.search(i+1) {
			return true
		}
	}
	s.properties[i].chosen = -1
	return false
}

// possible tells whether the values given so far leave a way to be allowed.
func (s *solver) possible() bool {
	permitted := false
	for _, r := range s.policies {
		now := rule{r.forbid, &residual{can: s.now(r.body)}}
		if !now.leavesRoom() {
			return false
		}
		permitted = permitted || now.permits()
	}
	return permitted
}

// now returns what a condition can turn out to be with the values given so far.
func (s *solver) now(r *residual) outcomes {
	s.steps++
	switch r.op {
	case opFree:
		return r.can
	case opAtom:
		return s.tested(r.live)
	}
	return r.combine(s.now)
}

// tested returns how an atom turns out for its property's value.
func (s *solver) tested(live *liveAtom) outcomes {
	if live.opaque {
		return anything
	}
	p := &s.properties[live.property]
	if p.chosen < 0 {
		return anything
	}
	if live.results[p.chosen] == 0 {
		if p.contexts[p.chosen].Len() == 0 {
			p.contexts[p.chosen] = contextOf(p.name, p.values[p.chosen], s.system)
		}
		s.call.request.Context = p.contexts[p.chosen]
		live.results[p.chosen] = s.call.test(live.test)
	}
	return live.results[p.chosen]
}

// contextOf returns a context whose input has one property, or none if the value is nil.
func contextOf(name types.String, value, system types.Value) types.Record {
	input := types.RecordMap{}
	if value != nil {
		input[name] = value
	}
	return types.NewRecord(types.RecordMap{"input": types.NewRecord(input), "system": system})
}
