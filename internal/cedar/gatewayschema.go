package cedar

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/schema"
	schemaast "github.com/cedar-policy/cedar-go/x/exp/schema/ast"
	"github.com/cedar-policy/cedar-go/x/exp/schema/resolved"
)

// gatewaySchema is what policies can be about at one gateway.
type gatewaySchema struct {
	arn      string
	actions  map[string]*action
	sorted   []Action
	entities types.EntityMap // actions and groups with all that they are in
	ast      *schemaast.Schema
	resolved *resolved.Schema
	groups   map[types.EntityUID]resolved.Action
	size     int
	notes    []Note
}

// action is one action of a gateway.
type action struct {
	uid    types.EntityUID
	groups []types.EntityUID // the nearest first
	input  resolved.RecordType
	hidden map[string]bool // properties of the input that policies cannot see
	open   bool            // it takes arguments that are no properties of its schema
}

// builder collects a gateway's schema.
type builder struct {
	out        *gatewaySchema
	ns         schemaast.Namespace
	principals []schemaast.EntityTypeRef
	names      map[schemaast.Ident]bool
	unseen     map[string]unseen // by action
}

func newGatewaySchema(g Gateway) (*gatewaySchema, error) {
	b := &builder{
		out:    &gatewaySchema{arn: g.ARN, actions: make(map[string]*action), entities: make(types.EntityMap)},
		names:  make(map[schemaast.Ident]bool),
		unseen: make(map[string]unseen),
	}
	for _, kind := range orBoth(g.Principals) {
		b.principals = append(b.principals, schemaast.EntityTypeRef(kind))
	}
	b.out.ast = emptyAST(orBoth(g.Principals))
	b.ns = b.out.ast.Namespaces[namespace]
	for i, target := range g.Targets {
		named := func(t Target) bool { return t.Name == target.Name }
		if err := checkTargetName(target.Name); err != nil {
			return nil, fmt.Errorf("gateway %s: %w", g.ARN, err)
		}
		if slices.ContainsFunc(g.Targets[:i], named) {
			return nil, fmt.Errorf("gateway %s: two targets are named %q", g.ARN, target.Name)
		}
		if err := b.target(target); err != nil {
			return nil, fmt.Errorf("gateway %s: target %q: %w", g.ARN, target.Name, err)
		}
	}
	return b.finish()
}

func orBoth(kinds []PrincipalKind) []PrincipalKind {
	if len(kinds) == 0 {
		return []PrincipalKind{KindOAuthUser, KindIAMEntity}
	}
	return kinds
}

// emptyAST returns what every gateway has: the entity types and the groups.
func emptyAST(kinds []PrincipalKind) *schemaast.Schema {
	withID := schemaast.RecordType{"id": {Type: schemaast.String()}}
	ns := schemaast.Namespace{
		Entities: schemaast.Entities{
			"OAuthUser": {Shape: withID, Tags: schemaast.String()},
			"IamEntity": {Shape: withID},
			"Gateway":   {},
		},
		Actions:     schemaast.Actions{groupMcp: {}},
		CommonTypes: schemaast.CommonTypes{},
	}
	for _, group := range []types.String{groupCallTool, groupGetPrompt, groupReadResource} {
		ns.Actions[group] = schemaast.Action{Parents: []schemaast.ParentRef{schemaast.ParentRefFromID(groupMcp)}}
	}
	if len(kinds) == 1 && kinds[0] == KindIAMEntity {
		delete(ns.Entities, "OAuthUser")
	}
	if len(kinds) == 1 && kinds[0] == KindOAuthUser {
		delete(ns.Entities, "IamEntity")
	}
	return &schemaast.Schema{Namespaces: schemaast.Namespaces{namespace: ns}}
}

// checkTargetName refuses a name with which a tool could pass for what it is not.
func checkTargetName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("a target has no name")
	case strings.Contains(name, separator) || strings.Contains(name, ":"):
		return fmt.Errorf("target name %q holds %q or a colon, so its tools could pass for another target's", name, separator)
	case slices.Contains([]string{groupMcp, groupCallTool, groupGetPrompt, groupReadResource}, name):
		return fmt.Errorf("target name %q is the name of a group of actions: choose another", name)
	}
	return nil
}

func (b *builder) target(target Target) error {
	b.group(target.Name, groupCallTool)
	for _, tool := range target.Tools {
		id := ToolAction(target.Name, tool.Name)
		input, err := inputType(tool.InputSchema, func(path, message string) { b.note(id, path, message) })
		if err != nil {
			return fmt.Errorf("tool %q: %w", tool.Name, err)
		}
		b.remember(id, tool.InputSchema, input)
		if err := b.action(id, target.Name, input); err != nil {
			return err
		}
	}
	if len(target.Prompts) > 0 {
		b.group(promptPrefix+target.Name, groupGetPrompt)
	}
	for _, prompt := range target.Prompts {
		input := make(schemaast.RecordType, len(prompt.Arguments))
		for _, argument := range prompt.Arguments {
			input[types.String(argument.Name)] = schemaast.Attribute{Type: schemaast.String(), Optional: !argument.Required}
		}
		if err := b.action(PromptAction(target.Name, prompt.Name), promptPrefix+target.Name, input); err != nil {
			return err
		}
	}
	if target.Resources {
		input := schemaast.RecordType{"uri": {Type: schemaast.String()}}
		return b.action(ResourceAction(target.Name), groupReadResource, input)
	}
	return nil
}

func (b *builder) group(id, in string) {
	b.ns.Actions[types.String(id)] = schemaast.Action{Parents: []schemaast.ParentRef{schemaast.ParentRefFromID(types.String(in))}}
}

func (b *builder) note(id Action, path, message string) {
	b.out.notes = append(b.out.notes, Note{Gateway: b.out.arn, Action: id, Path: path, Message: message})
}

// unseen is what an action takes and policies cannot see.
type unseen struct {
	hidden map[string]bool
	open   bool
}

// remember keeps the top-level properties that have no Cedar type, so that a call
// that gives them is not taken for one that is off its schema.
func (b *builder) remember(id Action, text json.RawMessage, input schemaast.RecordType) {
	var s struct {
		Properties map[string]json.RawMessage `json:"properties"`
		Additional json.RawMessage            `json:"additionalProperties"`
	}
	if json.Unmarshal(text, &s) != nil {
		return
	}
	found := unseen{open: len(s.Additional) > 0 && string(s.Additional) != "false", hidden: make(map[string]bool)}
	for name := range s.Properties {
		if _, ok := input[types.String(name)]; !ok {
			found.hidden[name] = true
		}
	}
	b.unseen[id.id] = found
}

// action adds an action whose context is {input, system: {now}}.
func (b *builder) action(id Action, group string, input schemaast.RecordType) error {
	if _, twice := b.ns.Actions[types.String(id.id)]; twice {
		return fmt.Errorf("there are two of %q", id.id)
	}
	name := b.typeName(id)
	b.ns.CommonTypes[name] = schemaast.CommonType{Type: input}
	b.ns.Actions[types.String(id.id)] = schemaast.Action{
		Parents: []schemaast.ParentRef{schemaast.ParentRefFromID(types.String(group))},
		AppliesTo: &schemaast.AppliesTo{
			Principals: b.principals,
			Resources:  []schemaast.EntityTypeRef{"Gateway"},
			Context: schemaast.RecordType{
				"input":  {Type: schemaast.Type(types.Path(name))},
				"system": {Type: schemaast.RecordType{"now": {Type: schemaast.Datetime()}}},
			},
		},
	}
	b.out.actions[id.id] = &action{uid: actionUID(id.id), hidden: b.unseen[id.id].hidden, open: b.unseen[id.id].open}
	b.out.sorted = append(b.out.sorted, id)
	return nil
}

// typeName returns a name of an action's input that no other has: target___toolInput,
// with an underscore for what an identifier cannot hold.
func (b *builder) typeName(id Action) schemaast.Ident {
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, id.id)
	if plain[0] >= '0' && plain[0] <= '9' {
		plain = "_" + plain
	}
	name := schemaast.Ident(plain + "Input")
	for n := 2; b.names[name]; n++ {
		name = schemaast.Ident(fmt.Sprintf("%sInput%d", plain, n))
	}
	b.names[name] = true
	return name
}

// contextTypeName returns the name of the type of an action's input.
func contextTypeName(action schemaast.Action) (schemaast.Ident, bool) {
	if action.AppliesTo == nil {
		return "", false
	}
	context, _ := action.AppliesTo.Context.(schemaast.RecordType)
	ref, ok := context["input"].Type.(schemaast.TypeRef)
	return schemaast.Ident(ref), ok
}

// finish resolves the schema and flattens the hierarchy of actions.
func (b *builder) finish() (*gatewaySchema, error) {
	g := b.out
	whole := schema.NewSchemaFromAST(g.ast)
	text, err := whole.MarshalCedar()
	if err != nil {
		return nil, fmt.Errorf("gateway %s: printing the Cedar schema: %w", g.arn, err)
	}
	g.size = len(text) - bytes.Count(text, []byte("\t")) - bytes.Count(text, []byte("\n"))
	if g.size > MaxSchemaSize {
		return nil, fmt.Errorf("%w: gateway %s alone has %d bytes, more than %d", ErrSchemaTooLarge, g.arn, g.size, MaxSchemaSize)
	}
	if g.resolved, err = whole.Resolve(); err != nil {
		return nil, fmt.Errorf("gateway %s: resolving the Cedar schema: %w", g.arn, err)
	}
	slices.SortFunc(g.sorted, func(a, b Action) int { return strings.Compare(a.id, b.id) })
	g.groups = make(map[types.EntityUID]resolved.Action)
	for uid, known := range g.resolved.Actions {
		g.entities[uid] = known.Entity
		if known.AppliesTo == nil {
			g.groups[uid] = known
		}
	}
	for id, a := range g.actions {
		context := g.resolved.Actions[a.uid].AppliesTo.Context
		a.input, _ = context["input"].Type.(resolved.RecordType)
		for _, group := range (Action{id}).groups() {
			a.groups = append(a.groups, actionUID(group))
		}
	}
	return g, nil
}
