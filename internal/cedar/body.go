package cedar

import (
	cedarlang "github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
)

// How "could some input be allowed" is answered.
//
// A policy's conditions are taken apart at &&, ||, ! and if into leaves: tests that
// do not look at context.input, which a caller's view answers for good, and tests
// that do. What a condition can turn out to be is a set of true, false and failed;
// so a && false is false, whichever side stands left. That alone decides most. Where
// it does not, the inputs are tried: not all, but for every property that a test
// looks at one value of each kind that the tests can tell apart. For a comparison
// with 5 these are 4, 5 and 6; for patterns, one string for each set of patterns
// that some string matches at once. So x > 5 && x < 3 is found to be impossible.
//
// Exactly decided, over all policies together, are: has; ==, != and order of a
// property with anything that does not look at the input; like; contains,
// containsAll, containsAny and isEmpty of sets of scalars, either way round; the
// comparisons of decimals; and booleans. Not seen through are tests that compare two
// properties, calculate with them, parse them (ip, datetime), compare whole records,
// or use one as the name of a tag, and what takes too long to try: each of these
// counts as possibly true and possibly false, so that no tool is hidden that some
// input could allow. [Possibility.Exact] tells which it was. JSON Schema's enum,
// pattern, minimum and the like are no part of Cedar's types: an input that only
// they rule out counts as possible.

// outcomes is the set of what a condition can turn out to be.
type outcomes uint8

const (
	isTrue outcomes = 1 << iota
	isFalse
	fails

	anything = isTrue | isFalse | fails
)

// has tells whether the set holds any of some outcomes.
func (o outcomes) has(some outcomes) bool { return o&some != 0 }

type operator uint8

const (
	opAnd operator = iota
	opOr
	opNot
	opIf
	opFree // a test that does not look at the input
	opAtom // a test that does
)

// condition is a condition or a part of one.
type condition struct {
	op    operator
	kids  []*condition
	node  ast.IsNode // of a leaf that is not compiled yet
	test  *test      // of a leaf: permits if it is true; nil: it is
	atom  *atom
	reads reads // of a leaf that does not look at the input
}

// newBody takes a policy apart. What the index has made sure of is left out.
func newBody(p *ast.Policy, scope scope) *condition {
	var root *condition
	and := func(next *condition) {
		if root != nil {
			next = &condition{op: opAnd, kids: []*condition{root, next}}
		}
		root = next
	}
	if !scope.indexed {
		alone := *p
		alone.Effect, alone.Conditions = ast.EffectPermit, nil
		and(&condition{op: opFree, test: testOf(&alone), reads: readsOfScope(p)})
	}
	for _, c := range p.Conditions {
		part := newCondition(c.Body).compile()
		if c.Condition == ast.ConditionUnless {
			part = &condition{op: opNot, kids: []*condition{part}}
		}
		and(part)
	}
	if root == nil {
		return &condition{op: opFree}
	}
	return root
}

func newCondition(node ast.IsNode) *condition {
	joined := func(op operator, parts ...ast.IsNode) *condition {
		c := &condition{op: op}
		free := true
		for _, part := range parts {
			kid := newCondition(part)
			free = free && kid.op == opFree
			c.kids = append(c.kids, kid)
		}
		if free {
			return newLeaf(opFree, node)
		}
		return c
	}
	switch n := node.(type) {
	case ast.NodeTypeAnd:
		return joined(opAnd, n.Left, n.Right)
	case ast.NodeTypeOr:
		return joined(opOr, n.Left, n.Right)
	case ast.NodeTypeNot:
		return joined(opNot, n.Arg)
	case ast.NodeTypeIfThenElse:
		return joined(opIf, n.If, n.Then, n.Else)
	}
	if !readsInput(node) {
		return newLeaf(opFree, node)
	}
	leaf := newLeaf(opAtom, node)
	leaf.atom = newAtom(node)
	return leaf
}

// newLeaf makes a test of an expression. It is compiled when it turns out to be one.
func newLeaf(op operator, node ast.IsNode) *condition {
	return &condition{op: op, node: node}
}

// compile makes the tests of all leaves.
func (c *condition) compile() *condition {
	for _, kid := range c.kids {
		kid.compile()
	}
	if c.node != nil {
		c.test = testOf(ast.Permit().When(ast.NewNode(c.node)))
		c.reads = readsOf(c.node)
		c.node = nil
	}
	return c
}

// test is a policy that permits if an expression is true.
type test = cedarlang.Policy

func testOf(p *ast.Policy) *test {
	return cedarlang.NewPolicyFromAST((*publicPolicy)(p))
}

// readsInput tells whether the value of an expression can depend on context.input.
// That there is an input does not depend on it.
func readsInput(node ast.IsNode) bool {
	reads := false
	ast.Inspect(ast.NewNode(node), func(part ast.IsNode) bool {
		switch n := part.(type) {
		case ast.NodeTypeAccess:
			if isVariable(n.Arg, "context") {
				reads = reads || n.Value == "input"
				return false
			}
		case ast.NodeTypeHas:
			if isVariable(n.Arg, "context") {
				return false
			}
		case ast.NodeTypeVariable:
			reads = reads || n.Name == "context"
		}
		return !reads
	})
	return reads
}

// inputPath returns the names behind context.input in context.input.a.b, and false
// for any other expression.
func inputPath(node ast.IsNode) ([]types.String, bool) {
	access, ok := node.(ast.NodeTypeAccess)
	if !ok {
		return nil, false
	}
	if isVariable(access.Arg, "context") {
		return nil, access.Value == "input"
	}
	path, ok := inputPath(access.Arg)
	return append(path, access.Value), ok
}
