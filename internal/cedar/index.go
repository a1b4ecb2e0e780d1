package cedar

import (
	"maps"
	"slices"

	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
)

// index finds the policies that can be about a call. A policy stands under each
// action that it names and under what it says of the gateway and the principal;
// under nothing where it says nothing. What is found may still not match: the
// index leaves out only what is certainly false, and never what could fail to
// evaluate.
type index struct {
	actions map[string]bucket    // by the id of an action or a group; "" for any
	tags    map[types.String]int // how many policies stand under a value of a tag
}

// bucket holds the policies about one action. It is never changed, only replaced.
type bucket map[key][]*compiled

// key is what policies about one action have in common; empty fields are about all.
type key struct {
	gateway string // ARN
	caller  caller
}

// caller is what a policy says of the principal: who it is, of what type, or the
// value of one tag (with idTag: of the attribute id).
type caller struct {
	kind types.EntityType
	id   types.String
	tag  types.String
}

// idTag stands for the attribute id among tags. No claim has an empty name.
const idTag = types.String("\x00id")

func newIndex() index {
	return index{actions: make(map[string]bucket), tags: make(map[types.String]int)}
}

func (x index) clone() index {
	return index{actions: maps.Clone(x.actions), tags: maps.Clone(x.tags)}
}

// touched are the buckets that one change of a set has made its own: they may be
// changed, and all others are shared with the set before.
type touched map[string]bool

// own returns the bucket of an action, to be changed.
func (x index) own(action string, own touched) bucket {
	b := x.actions[action]
	if !own[action] {
		copied := make(bucket, len(b))
		for k, list := range b {
			copied[k] = slices.Clip(list) // so that what is added goes elsewhere
		}
		b = copied
		x.actions[action], own[action] = b, true
	}
	return b
}

func (x index) add(c *compiled, own touched) {
	for _, action := range c.scope.under() {
		b := x.own(action, own)
		b[c.scope.key()] = append(b[c.scope.key()], c)
	}
	if tag := c.scope.caller.tag; tag != "" {
		x.tags[tag]++
	}
}

func (x index) remove(c *compiled, own touched) {
	for _, action := range c.scope.under() {
		b := x.own(action, own)
		rest := slices.DeleteFunc(slices.Clone(b[c.scope.key()]), func(other *compiled) bool { return other == c })
		if b[c.scope.key()] = rest; len(rest) == 0 {
			delete(b, c.scope.key())
		}
		if len(b) == 0 {
			delete(x.actions, action)
			delete(own, action)
		}
	}
	if tag := c.scope.caller.tag; tag != "" {
		if x.tags[tag]--; x.tags[tag] == 0 {
			delete(x.tags, tag)
		}
	}
}

// find returns the policies that can be about a call, in the order of their creation,
// using the room in found. A policy that names several groups of an action is found once.
func (x index) find(found []*compiled, p Principal, gateway string, a *action) []*compiled {
	callers := x.callers(p)
	found = x.actions[string(a.uid.ID)].about(found, gateway, callers)
	found = x.grouped(found, gateway, a, callers)
	slices.SortFunc(found, byOrder)
	return slices.Compact(found)
}

// grouped appends the policies about the groups of an action, and about any.
func (x index) grouped(found []*compiled, gateway string, a *action, callers []caller) []*compiled {
	for _, group := range a.groups {
		found = x.actions[string(group.ID)].about(found, gateway, callers)
	}
	return x.actions[""].about(found, gateway, callers)
}

func (b bucket) about(found []*compiled, gateway string, callers []caller) []*compiled {
	if len(b) == 0 {
		return found
	}
	for _, c := range callers {
		found = append(found, b[key{gateway, c}]...)
		found = append(found, b[key{"", c}]...)
	}
	return found
}

// callers returns all that policies can stand under for a principal.
func (x index) callers(p Principal) []caller {
	uid := p.entity.UID
	callers := append(make([]caller, 0, 4+len(x.tags)), caller{}, caller{kind: uid.Type}, caller{kind: uid.Type, id: uid.ID})
	for tag := range x.tags {
		if tag == idTag {
			callers = append(callers, caller{tag: tag, id: uid.ID})
			continue
		}
		if value, ok := p.entity.Tags.Get(tag); ok {
			text, _ := value.(types.String)
			callers = append(callers, caller{tag: tag, id: text})
		}
	}
	return callers
}

// scope is what a policy says of whom and what it is about.
type scope struct {
	actions []string // ids of actions and groups; nil: any
	gateway string   // ARN; empty: any
	caller  caller

	// indexed: whatever the index finds under the scope, the scope is true for.
	indexed bool
}

func (s scope) key() key { return key{s.gateway, s.caller} }

// under returns the actions that the policy stands under.
func (s scope) under() []string {
	if s.actions == nil {
		return []string{""}
	}
	return s.actions
}

// scopeOf reads a policy's scope and the leading conditions on its principal.
func scopeOf(p *ast.Policy) scope {
	s := scope{caller: callerOf(p), indexed: true}
	var named []types.EntityUID
	switch a := p.Action.(type) {
	case ast.ScopeTypeEq:
		named = []types.EntityUID{a.Entity}
	case ast.ScopeTypeIn:
		named = []types.EntityUID{a.Entity}
	case ast.ScopeTypeInSet:
		named, s.actions = a.Entities, []string{}
	}
	for _, entity := range named {
		if !slices.Contains(s.actions, string(entity.ID)) {
			s.actions = append(s.actions, string(entity.ID))
		}
		s.indexed = s.indexed && entity.Type == actionType
	}
	switch r := p.Resource.(type) {
	case ast.ScopeTypeEq:
		s.gateway, s.indexed = string(r.Entity.ID), s.indexed && r.Entity.Type == gatewayType
	case ast.ScopeTypeIn:
		s.gateway, s.indexed = string(r.Entity.ID), s.indexed && r.Entity.Type == gatewayType
	case ast.ScopeTypeIs:
		s.indexed = s.indexed && r.Type == gatewayType
	case ast.ScopeTypeIsIn:
		s.gateway, s.indexed = string(r.Entity.ID), false
	}
	switch p.Principal.(type) {
	case ast.ScopeTypeIsIn:
		s.indexed = false
	case ast.ScopeTypeIs:
		s.indexed = s.indexed && s.caller.tag == ""
	}
	return s
}

func callerOf(p *ast.Policy) caller {
	switch who := p.Principal.(type) {
	case ast.ScopeTypeEq:
		return caller{kind: who.Entity.Type, id: who.Entity.ID}
	case ast.ScopeTypeIn:
		return caller{kind: who.Entity.Type, id: who.Entity.ID}
	case ast.ScopeTypeIsIn:
		return caller{kind: who.Entity.Type, id: who.Entity.ID}
	}
	if tagged, ok := leadingTag(p); ok {
		return tagged
	}
	if who, ok := p.Principal.(ast.ScopeTypeIs); ok {
		return caller{kind: who.Type}
	}
	return caller{}
}

// leadingTag finds a value of a tag or of the id without which the conditions are
// false. Only what can neither be true nor fail before that is passed over: a test
// of a tag behind hasTag of it, of the id, and of the principal's type.
func leadingTag(p *ast.Policy) (caller, bool) {
	guarded := make(map[types.String]bool)
	for _, condition := range p.Conditions {
		if condition.Condition != ast.ConditionWhen {
			return caller{}, false
		}
		for _, node := range conjuncts(nil, condition.Body) {
			switch node := node.(type) {
			case ast.NodeTypeIs:
				if !isVariable(node.Left, "principal") {
					return caller{}, false
				}
			case ast.NodeTypeHasTag:
				tag, ok := stringOf(node.Right)
				if !ok || !isVariable(node.Left, "principal") {
					return caller{}, false
				}
				guarded[tag] = true
			case ast.NodeTypeEquals:
				return wantedTag(node, guarded)
			default:
				return caller{}, false
			}
		}
	}
	return caller{}, false
}

// wantedTag reads principal.getTag("t") == "v" and principal.id == "v".
func wantedTag(node ast.NodeTypeEquals, guarded map[types.String]bool) (caller, bool) {
	value, ok := stringOf(node.Right)
	if !ok {
		return caller{}, false
	}
	switch left := node.Left.(type) {
	case ast.NodeTypeGetTag:
		tag, ok := stringOf(left.Right)
		return caller{tag: tag, id: value}, ok && guarded[tag] && isVariable(left.Left, "principal")
	case ast.NodeTypeAccess:
		return caller{tag: idTag, id: value}, left.Value == "id" && isVariable(left.Arg, "principal")
	}
	return caller{}, false
}

// conjuncts appends what is joined by && in a condition, from left to right.
func conjuncts(list []ast.IsNode, node ast.IsNode) []ast.IsNode {
	if and, ok := node.(ast.NodeTypeAnd); ok {
		return conjuncts(conjuncts(list, and.Left), and.Right)
	}
	return append(list, node)
}

func isVariable(node ast.IsNode, name types.String) bool {
	variable, ok := node.(ast.NodeTypeVariable)
	return ok && variable.Name == name
}

func stringOf(node ast.IsNode) (types.String, bool) {
	value, ok := node.(ast.NodeValue)
	if !ok {
		return "", false
	}
	text, ok := value.Value.(types.String)
	return text, ok
}
