package cedar

import (
	"github.com/cedar-policy/cedar-go/x/exp/ast"
)

// reads is what of a caller's circumstances an expression depends on.
type reads uint8

const (
	readsCaller reads = 1 << iota // who the caller is, or the time
	readsTags                     // the caller's tags, of which an IamEntity has none
	readsAction
)

func (r reads) has(some reads) bool { return r&some != 0 }

// readsOf returns what an expression depends on. Of which type the principal is does
// not count: that is known of a gateway.
func readsOf(node ast.IsNode) reads {
	var found reads
	ast.Inspect(ast.NewNode(node), func(part ast.IsNode) bool {
		switch n := part.(type) {
		case ast.NodeTypeIs:
			return !isVariable(n.Left, "principal")
		case ast.NodeTypeHasTag:
			if isVariable(n.Left, "principal") {
				found |= readsTags | readsOf(n.Right)
				return false
			}
		case ast.NodeTypeGetTag:
			if isVariable(n.Left, "principal") {
				found |= readsTags | readsOf(n.Right)
				return false
			}
		case ast.NodeTypeVariable:
			switch n.Name {
			case "principal", "context":
				found |= readsCaller
			case "action":
				found |= readsAction
			}
		}
		return true
	})
	return found
}

// readsOfScope returns what a policy's scope depends on.
func readsOfScope(p *ast.Policy) reads {
	switch p.Principal.(type) {
	case ast.ScopeTypeAll, ast.ScopeTypeIs:
		return readsAction
	}
	return readsCaller | readsAction
}
