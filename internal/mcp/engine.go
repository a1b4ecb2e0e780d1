package mcp

import (
	"fmt"
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
	policies map[string]*gateway.Policy
	set      *cedar.Set
	err      error
}

// set returns the policies of an engine as they are in the snapshot.
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
	gateways := gateway.Attached(s, of)
	schema, err := cedar.NewSchema(Described(s, gateways)...)
	if err != nil {
		err = fmt.Errorf("the tools of the gateways of policy engine %s: %w", of.ID, err)
	} else {
		err = e.change(s, of, schema)
	}
	e.gateways, e.err = gateways, err
	e.made = shelves(s, of, gateways)
	return e.set, e.err
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

// shelves are what changes when anything changes that an engine's set is made of.
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
