package cedar

import (
	"fmt"
	"strings"

	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/eval"
)

// compared fills in what a test compared with what, where it is a plain one. What it
// says is true of a test that is false, and of one under unless that is true.
func (c *call) compared(f *Failure, node ast.IsNode) {
	switch n := node.(type) {
	case ast.NodeTypeNot:
		if _, again := n.Arg.(ast.NodeTypeNot); !again {
			c.compared(f, n.Arg)
			f.Message = fmt.Sprintf("%s is true, and the policy wants it not to be", expressionText(n.Arg))
		}
	case ast.NodeTypeEquals:
		c.sides(f, n.BinaryNode, "==", "==")
	case ast.NodeTypeNotEquals:
		c.sides(f, n.BinaryNode, "!=", "!=")
	case ast.NodeTypeLessThan:
		c.sides(f, n.BinaryNode, "<", ">")
	case ast.NodeTypeLessThanOrEqual:
		c.sides(f, n.BinaryNode, "<=", ">=")
	case ast.NodeTypeGreaterThan:
		c.sides(f, n.BinaryNode, ">", "<")
	case ast.NodeTypeGreaterThanOrEqual:
		c.sides(f, n.BinaryNode, ">=", "<=")
	case ast.NodeTypeLike:
		c.against(f, n.Arg, "like "+string(n.Value.MarshalCedar()))
	case ast.NodeTypeContains:
		c.sides(f, n.BinaryNode, "contains", "one of")
	case ast.NodeTypeContainsAll:
		c.sides(f, n.BinaryNode, "containsAll", "a subset of")
	case ast.NodeTypeContainsAny:
		c.sides(f, n.BinaryNode, "containsAny", "with one of")
	case ast.NodeTypeIn:
		c.sides(f, n.BinaryNode, "in", "above")
	case ast.NodeTypeIs:
		c.against(f, n.Left, "is "+string(n.EntityType))
	case ast.NodeTypeHas:
		c.missing(f, ast.NodeTypeAccess(n), "is not given")
	case ast.NodeTypeHasTag:
		c.missing(f, ast.NodeTypeGetTag(n), "is no tag of the caller")
	case ast.NodeTypeAccess:
		c.against(f, n, "true")
	case ast.NodeTypeExtensionCall:
		if len(n.Args) == 2 {
			c.sides(f, ast.BinaryNode{Left: n.Args[0], Right: n.Args[1]}, string(n.Name), "on the other side of "+string(n.Name))
		}
	}
}

// sides tells the side that is looked up from the one that is written.
func (c *call) sides(f *Failure, n ast.BinaryNode, operator, mirrored string) {
	looked, wanted := n.Left, n.Right
	if _, written := looked.(ast.NodeValue); written {
		looked, wanted, operator = n.Right, n.Left, mirrored
	}
	text := expressionText(wanted)
	if value, err := c.value(wanted); err == nil && !isWritten(wanted) {
		text += ", which is " + valueText(value)
	}
	c.against(f, looked, operator+" "+text)
}

func isWritten(node ast.IsNode) bool {
	written := true
	ast.Inspect(ast.NewNode(node), func(part ast.IsNode) bool {
		_, variable := part.(ast.NodeTypeVariable)
		written = written && !variable
		return written
	})
	return written
}

func (c *call) against(f *Failure, looked ast.IsNode, wanted string) {
	f.Attribute, f.Wanted = expressionText(looked), wanted
	value, err := c.value(looked)
	if err != nil {
		f.Error = err.Error()
		f.Message = fmt.Sprintf("%s is not there, and the policy wants %s", f.Attribute, wanted)
		return
	}
	f.Actual = valueText(value)
	f.Message = fmt.Sprintf("%s is %s, and the policy wants %s", f.Attribute, f.Actual, wanted)
}

func (c *call) missing(f *Failure, looked ast.IsNode, message string) {
	f.Attribute, f.Wanted = expressionText(looked), "any value"
	if value, err := c.value(looked); err == nil {
		f.Actual = valueText(value)
		return
	}
	f.Message = f.Attribute + " " + message
}

// value evaluates an expression for the call.
func (c *call) value(node ast.IsNode) (types.Value, error) {
	return eval.Eval(node, eval.Env{
		Entities: c.entities, Principal: c.request.Principal, Action: c.request.Action,
		Resource: c.request.Resource, Context: c.request.Context,
	})
}

func valueText(value types.Value) string { return string(value.MarshalCedar()) }

// expressionText prints an expression.
func expressionText(node ast.IsNode) string {
	text := string(testOf(ast.Permit().When(ast.NewNode(node))).MarshalCedar())
	_, text, _ = strings.Cut(text, "when {")
	return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "};"))
}
