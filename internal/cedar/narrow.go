package cedar

import (
	"maps"

	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/schema/resolved"
)

// about returns the part of a gateway's schema that a policy can be about. The type
// checker looks at every action of its schema each time, and a gateway has thousands.
func (g *gatewaySchema) about(p *ast.Policy) *resolved.Schema {
	named := scopeOf(p).actions
	if named == nil {
		return g.resolved
	}
	narrow := *g.resolved
	narrow.Actions = maps.Clone(g.groups)
	keep := func(uid types.EntityUID) {
		if known, ok := g.resolved.Actions[uid]; ok {
			narrow.Actions[uid] = known
		}
	}
	for _, id := range named {
		keep(actionUID(id))
		if _, group := g.groups[actionUID(id)]; group {
			for _, a := range g.actions {
				if (&compiled{scope: scope{actions: named}}).isAbout(a) {
					keep(a.uid)
				}
			}
		}
	}
	for _, condition := range p.Conditions {
		ast.Inspect(ast.NewNode(condition.Body), func(part ast.IsNode) bool {
			if value, ok := part.(ast.NodeValue); ok {
				if uid, ok := value.Value.(types.EntityUID); ok {
					keep(uid)
				}
			}
			return true
		})
	}
	return &narrow
}
