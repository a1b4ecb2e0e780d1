package cedar

import (
	publicast "github.com/cedar-policy/cedar-go/ast"
	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
)

// publicPolicy is a policy's tree as cedar-go's stable interface has it.
type publicPolicy = publicast.Policy

// atom is a test that looks at the input: at one place in it, and compares what it
// finds with what does not depend on the input. Any other test is opaque.
type atom struct {
	path   []types.String // of the place; path[0] is the property
	wanted []want
	opaque bool
}

// want is what an atom compares with: a pattern, or an expression whose value, or
// whose elements, the atom can tell from others.
type want struct {
	pattern  []rune // nil for an operand; see patternRunes
	operand  ast.IsNode
	elements bool // the operand is a set, whose elements are compared
	reads    reads
}

var opaqueAtom = &atom{opaque: true}

func newAtom(node ast.IsNode) *atom {
	switch n := node.(type) {
	case ast.NodeTypeAccess:
		return atomAt(n)
	case ast.NodeTypeHas:
		return atomAt(ast.NodeTypeAccess(n))
	case ast.NodeTypeIsEmpty:
		return atomAt(n.Arg)
	case ast.NodeTypeLike:
		return atomAt(n.Arg, want{pattern: patternRunes(n.Value)})
	case ast.NodeTypeEquals:
		return comparison(n.BinaryNode)
	case ast.NodeTypeNotEquals:
		return comparison(n.BinaryNode)
	case ast.NodeTypeLessThan:
		return comparison(n.BinaryNode)
	case ast.NodeTypeLessThanOrEqual:
		return comparison(n.BinaryNode)
	case ast.NodeTypeGreaterThan:
		return comparison(n.BinaryNode)
	case ast.NodeTypeGreaterThanOrEqual:
		return comparison(n.BinaryNode)
	case ast.NodeTypeContains:
		return membership(n.BinaryNode, false)
	case ast.NodeTypeContainsAll:
		return membership(n.BinaryNode, true)
	case ast.NodeTypeContainsAny:
		return membership(n.BinaryNode, true)
	case ast.NodeTypeExtensionCall:
		return extensionAtom(n)
	}
	return opaqueAtom
}

// atomAt returns an atom about one place of the input.
func atomAt(place ast.IsNode, wanted ...want) *atom {
	path, ok := inputPath(place)
	if !ok || len(path) == 0 {
		return opaqueAtom
	}
	return &atom{path: path, wanted: wanted}
}

// comparison is of one place with what does not look at the input, either way round.
func comparison(n ast.BinaryNode) *atom {
	switch {
	case !readsInput(n.Right):
		return atomAt(n.Left, want{operand: n.Right, reads: readsOf(n.Right)})
	case !readsInput(n.Left):
		return atomAt(n.Right, want{operand: n.Left, reads: readsOf(n.Left)})
	}
	return opaqueAtom
}

// membership is a test of sets, of which the left operand always is one.
func membership(n ast.BinaryNode, rightIsSet bool) *atom {
	switch {
	case !readsInput(n.Right):
		return atomAt(n.Left, want{operand: n.Right, elements: rightIsSet, reads: readsOf(n.Right)})
	case !readsInput(n.Left):
		return atomAt(n.Right, want{operand: n.Left, elements: true, reads: readsOf(n.Left)})
	}
	return opaqueAtom
}

// extensionAtom knows the comparisons of decimals; the rest is opaque.
func extensionAtom(n ast.NodeTypeExtensionCall) *atom {
	switch n.Name {
	case "lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual":
		if len(n.Args) == 2 {
			return comparison(ast.BinaryNode{Left: n.Args[0], Right: n.Args[1]})
		}
	}
	return opaqueAtom
}
