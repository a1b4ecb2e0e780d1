package cedar

import (
	"fmt"
	"iter"

	cedarlang "github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
)

// compile reads a policy's statement and prepares it for decisions.
func compile(p Policy) (*compiled, error) {
	if p.Mode == "" {
		p.Mode = Active
	}
	if p.Mode != Active && p.Mode != LogOnly {
		return nil, fmt.Errorf("policy %s: the mode %q is neither %s nor %s", p.ID, p.Mode, Active, LogOnly)
	}
	parsed, err := parse(p.Statement)
	if err != nil {
		return nil, fmt.Errorf("policy %s: %w", p.ID, err)
	}
	tree := (*ast.Policy)(parsed.AST())
	scope := scopeOf(tree)
	return &compiled{
		Policy: p,
		forbid: parsed.Effect() == types.Forbid,
		ast:    tree,
		eval:   parsed,
		scope:  scope,
		body:   newBody(tree, scope),
	}, nil
}

func (c *compiled) effect() Effect {
	if c.forbid {
		return Forbid
	}
	return Permit
}

// candidates is a list of policies that cedar-go can be given.
type candidates []*compiled

// All implements cedar-go's PolicyIterator.
func (list candidates) All() iter.Seq2[types.PolicyID, *cedarlang.Policy] {
	return func(yield func(types.PolicyID, *cedarlang.Policy) bool) {
		for _, c := range list {
			if !yield(types.PolicyID(c.ID), c.eval) {
				return
			}
		}
	}
}

// world holds the entities of one call: its principal and the gateway's actions.
type world struct {
	principal types.Entity
	actions   types.EntityMap
}

// Get implements cedar-go's EntityGetter.
func (w *world) Get(uid types.EntityUID) (types.Entity, bool) {
	if uid == w.principal.UID {
		return w.principal, true
	}
	entity, ok := w.actions[uid]
	return entity, ok
}
