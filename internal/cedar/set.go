package cedar

import (
	"fmt"
	"maps"
	"slices"

	cedarlang "github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
)

// Mode is whether a policy takes part in decisions.
type Mode string

const (
	Active  Mode = "ACTIVE"   // it decides
	LogOnly Mode = "LOG_ONLY" // it is evaluated, and only said
)

// Policy is one policy as it is stored.
type Policy struct {
	ID        string
	Statement string // one Cedar statement
	Mode      Mode   // empty is [Active]
}

// Effect is what a policy does when it matches.
type Effect string

const (
	Permit Effect = "permit"
	Forbid Effect = "forbid"
)

// Set is the policies of a policy engine, compiled and indexed: what a decision
// costs is up to how many policies are about its action, gateway and principal,
// not to how many there are. It is immutable and safe for use by many at once.
type Set struct {
	schema   *Schema
	policies map[string]*compiled
	index    index
	next     int // the order of the next policy
}

// compiled is one policy, ready to be evaluated.
type compiled struct {
	Policy
	order  int // of creation
	forbid bool
	ast    *ast.Policy
	eval   *cedarlang.Policy
	scope  scope
	body   *condition
}

// NewSet compiles policies for the gateways of a schema. It fails on a statement
// that cannot be read, naming its policy, and on an id that two have. Whether
// policies fit the schema is not asked: see [Schema.Validate].
func NewSet(schema *Schema, policies ...Policy) (*Set, error) {
	s := &Set{schema: schema, policies: make(map[string]*compiled, len(policies)), index: newIndex()}
	own := make(touched)
	for _, p := range policies {
		if _, twice := s.policies[p.ID]; twice {
			return nil, fmt.Errorf("there are two policies with the id %s", p.ID)
		}
		c, err := compile(p)
		if err != nil {
			return nil, err
		}
		s.put(c, s.next, own)
		s.next++
	}
	return s, nil
}

// With returns a set in which a policy is added, or takes the place and the order
// of the one with its id. It fails as [NewSet].
func (s *Set) With(p Policy) (*Set, error) { return s.Change([]Policy{p}, nil) }

// Without returns a set that does not have the policy.
func (s *Set) Without(id string) *Set {
	next, _ := s.Change(nil, []string{id}) // nothing is compiled, so nothing fails
	return next
}

// Change returns a set without some policies and, as [Set.With], with others. Many
// changes at once cost little more than one.
func (s *Set) Change(with []Policy, without []string) (*Set, error) {
	next := s.clone()
	own := make(touched)
	for _, id := range without {
		next.drop(id, own)
	}
	for _, p := range with {
		c, err := compile(p)
		if err != nil {
			return nil, err
		}
		order := next.next
		if old := next.policies[p.ID]; old != nil {
			order = old.order
			next.drop(p.ID, own)
		} else {
			next.next++
		}
		next.put(c, order, own)
	}
	return next, nil
}

// WithSchema returns a set with the same policies for another schema.
func (s *Set) WithSchema(schema *Schema) *Set {
	next := *s
	next.schema = schema
	return &next
}

// Schema returns the set's schema.
func (s *Set) Schema() *Schema { return s.schema }

// Len returns how many policies the set has.
func (s *Set) Len() int { return len(s.policies) }

// Policies returns the set's policies in the order of their creation.
func (s *Set) Policies() []Policy {
	policies := make([]Policy, 0, len(s.policies))
	for _, c := range s.ordered() {
		policies = append(policies, c.Policy)
	}
	return policies
}

func (s *Set) ordered() []*compiled {
	return slices.SortedFunc(maps.Values(s.policies), byOrder)
}

func byOrder(a, b *compiled) int { return a.order - b.order }

func (s *Set) clone() *Set {
	return &Set{schema: s.schema, policies: maps.Clone(s.policies), index: s.index.clone(), next: s.next}
}

func (s *Set) put(c *compiled, order int, own touched) {
	c.order = order
	s.policies[c.ID] = c
	s.index.add(c, own)
}

func (s *Set) drop(id string, own touched) {
	if old := s.policies[id]; old != nil {
		delete(s.policies, id)
		s.index.remove(old, own)
	}
}

// ordered sorts policies by their creation, each once.
func ordered(list candidates) candidates {
	slices.SortFunc(list, byOrder)
	return slices.Compact(list)
}
