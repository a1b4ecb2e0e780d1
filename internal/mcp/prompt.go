package mcp

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"hardpan/internal/cedar"
	"hardpan/internal/gateway"
	"hardpan/internal/mcp/target"
)

// Prompts and resources come from targets that are MCP servers. AWS decides no
// policy on them; Hardpan does, unless [Plane.OpenPrompts] says otherwise.

// offers yields what each target of the gateway offers. A target that cannot be
// asked offers nothing: the others' lists are not spoilt by it.
func (v *Visit) offers(ctx context.Context, each func(*gateway.Target, *target.Offers)) {
	for t := range gateway.Targets(v.Snapshot, v.Gateway.ID, "") {
		if !t.Serves() || t.MCP() == nil {
			continue
		}
		o, err := v.plane.Targets.Offers(ctx, v.at(t))
		if err != nil {
			v.plane.Log.Warn("a target does not say what it offers", "gateway", v.Gateway.ID, "target", t.ID, "error", err)
			continue
		}
		each(t, o)
	}
}

// offered finds what decides lists and calls of prompts and resources.
func (v *Visit) offered(method, name string, needs func(engine, gateway string) []gateway.Need) *policies {
	p := v.policies(method, name, needs)
	if v.plane.OpenPrompts {
		p.set, p.broken = nil, false
	}
	return p
}

// listPrompts shows the prompts that some arguments could get.
func (v *Visit) listPrompts(ctx context.Context, _ *sdk.ListPromptsRequest) (sdk.Result, error) {
	p := v.offered("prompts/list", "", gateway.ListNeeds)
	could := p.visible()
	result := &sdk.ListPromptsResult{Prompts: []*sdk.Prompt{}}
	if !p.closed() {
		v.offers(ctx, func(t *gateway.Target, o *target.Offers) {
			for _, prompt := range o.Prompts {
				if could(cedar.PromptAction(t.Name, prompt.Name)) {
					named := *prompt
					named.Name = t.FullName(prompt.Name)
					result.Prompts = append(result.Prompts, &named)
				}
			}
		})
	}
	return result, v.listed(ctx, p)
}

// listed writes a list down, and refuses it if the policies cannot be asked.
func (v *Visit) listed(ctx context.Context, p *policies) error {
	if p.closed() {
		p.use.Allowed, p.use.Message = false, brokenText
	}
	id, err := p.write(ctx)
	if err == nil && p.closed() {
		return p.refusal(id)
	}
	return err
}

// getPrompt decides a prompt on its real arguments, and has its target write it.
func (v *Visit) getPrompt(ctx context.Context, r *sdk.GetPromptRequest) (sdk.Result, error) {
	t, own, err := v.targetOf("prompt", r.Params.Name)
	if err != nil {
		return nil, err
	}
	arguments, err := json.Marshal(r.Params.Arguments)
	if err != nil || r.Params.Arguments == nil {
		arguments = []byte("{}")
	}
	p := v.offered("prompts/get", r.Params.Name, gateway.CallNeeds)
	if err := v.admit(ctx, p, t, cedar.PromptAction(t.Name, own), arguments); err != nil {
		return nil, err
	}
	result, err := v.plane.Targets.GetPrompt(ctx, v.at(t), own, r.Params.Arguments)
	return answered(ctx, v, p, result, err)
}

// targetOf finds the target that a name's prefix names. A name that leads
// nowhere is answered like one that policy hides.
func (v *Visit) targetOf(what, name string) (t *gateway.Target, own string, err error) {
	unknown := &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: fmt.Sprintf("Unknown %s: %.200s", what, name)}
	prefix, own, ok := splitName(name)
	if !ok {
		return nil, "", unknown
	}
	t, ok = gateway.TargetNamed(v.Snapshot, v.Gateway.ID, prefix)
	if !ok || !t.Serves() || t.MCP() == nil {
		return nil, "", unknown
	}
	return t, own, nil
}

// admit decides a prompt, resource or completion. A denial is written down and
// returned as the error.
func (v *Visit) admit(ctx context.Context, p *policies, t *gateway.Target, action cedar.Action, input json.RawMessage) error {
	p.use.Target = t.ID
	goesOn, err := p.decide(action, input)
	if err == nil && goesOn {
		return nil
	}
	wrong := err
	p.use.Message = brokenText
	if !p.broken {
		p.use.Message = "AuthorizeActionException - " + deniedText + " [" + p.use.Reason + "]"
	}
	id, err := p.write(ctx)
	switch {
	case err != nil:
		return err
	case wrong != nil:
		return offSchema(wrong)
	}
	return p.refusal(id)
}

// answered writes the outcome down, and says a target's failure as the protocol
// does where a result cannot be an error.
func answered[R sdk.Result](ctx context.Context, v *Visit, p *policies, result R, failed error) (sdk.Result, error) {
	if failed != nil {
		p.use.Failed, p.use.Problem, p.use.Message = true, failed.Error(), v.told(failed)
	}
	id, err := p.write(context.WithoutCancel(ctx))
	if err != nil {
		return nil, err
	}
	if failed == nil {
		return result, nil
	}
	text := v.targetFailed(failed, id).Content[0].(*sdk.TextContent).Text
	return nil, &jsonrpc.Error{Code: jsonrpc.CodeInternalError, Message: text, Data: idData(id)}
}
