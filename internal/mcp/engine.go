package mcp

import (
	"fmt"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/cedar"
	"hardpan/internal/gateway"
	"hardpan/internal/identity"
)

// engines keeps the policies of engines compiled. What an engine decides depends
// on its policies and, by the schema, on the tools of every gateway that it is
// attached to; a set is made anew only in the parts that changed.
type engines struct {
	mu   sync.Mutex
	kept map[string]*engine // by ARN
}

// engine is a compiled set, with what it was made of.
type engine struct {
	mu       sync.Mutex
	made     []*identity.Shelf
	gateways []*gateway.Gateway // that it is attached to
	schema   *cedar.Schema      // of their tools; nil: none could be made
	policies map[string]*gateway.Policy
	set      *cedar.Set
	err      error
}

// Policies returns the policies of an engine, compiled as they are in the snapshot.
// The error says what in them, or in the tools of its gateways, cannot be compiled.
func (p *Plane) Policies(s *identity.Snapshot, of *gateway.Engine) (*cedar.Set, error) {
	return p.engines.set(s, of)
}

// set is [Plane.Policies].
func (e *engines) set(s *identity.Snapshot, of *gateway.Engine) (*cedar.Set, error) {
	e.mu.Lock()
	if e.kept == nil {
		e.kept = map[string]*engine{}
	}
	one := e.kept[of.ARN()]
	if one == nil {
		one = &engine{}
		e.kept[of.ARN()] = one
	}
	e.mu.Unlock()
	return one.of(s, of)
}

func (e *engine) of(s *identity.Snapshot, of *gateway.Engine) (*cedar.Set, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.isMadeOf(s, of) {
		return e.set, e.err
	}
	e.err = e.describe(s, of)
	if e.err == nil {
		e.err = e.change(s, of, e.schema)
	}
	e.made = shelves(s, of, e.gateways)
	return e.set, e.err
}

// describe brings the schema to what the snapshot has. One of a thousand tools
// takes longer to make than to read a policy, so it stays while only policies
// change.
func (e *engine) describe(s *identity.Snapshot, of *gateway.Engine) (err error) {
	if e.schema != nil && slices.Equal(e.made[1:], shelves(s, of, e.gateways)[1:]) {
		return nil
	}
	e.gateways = gateway.Attached(s, of)
	if e.schema, err = cedar.NewSchema(Described(s, e.gateways)...); err != nil {
		return fmt.Errorf("the tools of the gateways of policy engine %s: %w", of.ID, err)
	}
	return nil
}

func (e *engine) isMadeOf(s *identity.Snapshot, of *gateway.Engine) bool {
	if e.made == nil {
		return false
	}
	for i, shelf := range shelves(s, of, e.gateways) {
		if i >= len(e.made) || e.made[i] != shelf {
			return false
		}
	}
	return true
}

// shelves are what changes when anything changes that an engine's set is made of:
// first its policies, then what its schema is made of.
func shelves(s *identity.Snapshot, of *gateway.Engine, gateways []*gateway.Gateway) []*identity.Shelf {
	list := []*identity.Shelf{s.Shelf(gateway.KindPolicy, of.ID), s.Shelf(gateway.KindGateway, of.Region)}
	for _, g := range gateways {
		list = append(list, s.Shelf(gateway.KindTarget, g.ID))
	}
	return list
}

// change brings the set to what the snapshot has: policies that are as they were
// are not compiled again.
func (e *engine) change(s *identity.Snapshot, of *gateway.Engine, schema *cedar.Schema) (err error) {
	set := e.set
	if set == nil {
		if set, err = cedar.NewSet(schema); err != nil {
			return err
		}
	}
	now := map[string]*gateway.Policy{}
	var with []cedar.Policy
	for p := range gateway.Policies(s, of.ID, "") {
		if !p.InForce() {
			continue
		}
		now[p.ID] = p
		if e.policies[p.ID] == p {
			continue
		}
		text, _ := p.Statement()
		mode := cedar.Active
		if p.LogOnly() {
			mode = cedar.LogOnly
		}
		with = append(with, cedar.Policy{ID: p.ID, Statement: text, Mode: mode})
	}
	var without []string
	for id := range e.policies {
		if now[id] == nil {
			without = append(without, id)
		}
	}
	if set, err = set.WithSchema(schema).Change(with, without); err != nil {
		return fmt.Errorf("policy engine %s: %w", of.ID, err)
	}
	e.set, e.policies = set, now
	return nil
}

// Described is what policies know of gateways: their tools, prompts and
// resources.
func Described(s *identity.Snapshot, gateways []*gateway.Gateway) []cedar.Gateway {
	described := make([]cedar.Gateway, len(gateways))
	for i, g := range gateways {
		described[i] = cedar.Gateway{ARN: g.ARN(), Principals: principalKinds(g)}
		for t := range gateway.Targets(s, g.ID, "") {
			if t.Serves() {
				described[i].Targets = append(described[i].Targets, describedTarget(t))
			}
		}
	}
	return described
}

func principalKinds(g *gateway.Gateway) []cedar.PrincipalKind {
	switch g.Detail.AuthorizerType {
	case types.AuthorizerTypeCustomJwt:
		return []cedar.PrincipalKind{cedar.KindOAuthUser}
	case types.AuthorizerTypeAwsIam:
		return []cedar.PrincipalKind{cedar.KindIAMEntity}
	}
	return nil
}

func describedTarget(t *gateway.Target) cedar.Target {
	out := cedar.Target{Name: t.Name, Resources: t.Resources}
	for _, tool := range t.Tools {
		out.Tools = append(out.Tools, cedar.Tool{Name: tool.Name, InputSchema: tool.Input})
	}
	for _, prompt := range t.Prompts {
		p := cedar.Prompt{Name: prompt.Name}
		for _, a := range prompt.Arguments {
			p.Arguments = append(p.Arguments, cedar.PromptArgument{Name: a.Name, Required: a.Required})
		}
		out.Prompts = append(out.Prompts, p)
	}
	return out
}
