package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/cedar"
	"hardpan/internal/gateway"
	"hardpan/internal/mcp/target"
	"hardpan/internal/op"
)

// policies is what decides one request at a gateway: nothing, where no engine is
// attached, or an engine's policies, if the gateway's role may ask it.
type policies struct {
	visit   *Visit
	set     *cedar.Set // nil: no engine, or none that can be asked
	enforce bool
	asked   time.Time
	silent  bool       // nothing of it is written down
	use     op.ToolUse // what the journal will say

	// broken is why the engine cannot be asked. An engine that is enforced then
	// lets nothing through; one that is not changes nothing, which hides it: the
	// journal tells.
	broken bool
}

// policies finds what decides, and checks that the gateway's role may ask it.
// needs is what it has to be allowed for this kind of question.
func (v *Visit) policies(method, name string, needs func(engine, gateway string) []gateway.Need) *policies {
	p := &policies{visit: v, asked: v.plane.Now(), use: op.ToolUse{
		Gateway: v.Gateway.ARN(), Method: method, Name: name, Principal: v.Caller.String(), Allowed: true,
	}}
	p.keepClaims()
	engine, mode, attached := gateway.EngineOf(v.Snapshot, v.Gateway)
	if !attached {
		return p
	}
	p.use.Engine, _ = v.Gateway.Engine()
	p.use.Mode, p.enforce = string(mode), mode == types.GatewayPolicyEngineModeEnforce
	if engine == nil {
		p.fail(errors.New("the policy engine is gone: attach another one, or none"))
		return p
	}
	role, err := gateway.ServiceRole(v.Snapshot, aws.ToString(v.Gateway.Detail.RoleArn), v.Gateway.Region, v.plane.Now())
	if err != nil {
		p.fail(err)
		return p
	}
	for _, lack := range role.Lacks(needs(engine.ARN(), v.Gateway.ARN())) {
		p.use.Missing = append(p.use.Missing, op.Permission{Action: lack.Action, Resource: lack.Resource})
		p.broken = true
	}
	if p.broken {
		p.use.Role = role.Entity.ARN()
		return p
	}
	if p.set, err = v.plane.engines.set(v.Snapshot, engine); err != nil {
		p.set = nil
		p.fail(err)
	}
	return p
}

func (p *policies) fail(err error) {
	p.broken, p.use.Problem = true, err.Error()
}

// closed reports whether nothing may pass because the engine cannot be asked.
func (p *policies) closed() bool { return p.broken && p.enforce }

// visible says which actions could be allowed for the caller by some input.
func (p *policies) visible() func(cedar.Action) bool {
	if p.set == nil {
		return func(cedar.Action) bool { return !p.closed() }
	}
	view := p.set.View(p.visit.Caller, p.visit.Gateway.ARN(), p.visit.plane.Now())
	return func(a cedar.Action) bool {
		could := view.CouldAllow(a).Allowed
		if could {
			p.use.Shown = append(p.use.Shown, a.ID())
		} else {
			p.use.Hidden = append(p.use.Hidden, a.ID())
		}
		return could || !p.enforce
	}
}

// decide decides one action on its real input, and reports whether it may go
// on. The error is an input that is off the action's schema.
func (p *policies) decide(action cedar.Action, input json.RawMessage) (goesOn bool, err error) {
	p.keepInput(action, input)
	if p.set == nil {
		p.use.Allowed = !p.closed()
		return p.use.Allowed, nil
	}
	in, err := p.set.Schema().Input(p.visit.Gateway.ARN(), action, input)
	if err != nil {
		if _, wrong := errors.AsType[*cedar.InputError](err); wrong {
			if p.enforce && !p.set.View(p.visit.Caller, p.visit.Gateway.ARN(), p.visit.plane.Now()).CouldAllow(action).Allowed {
				p.note(cedar.Decision{}) // who could not call it with any input is not told which it takes
				return false, nil
			}
			p.use.Allowed, p.use.Problem = false, err.Error()
			return false, err
		}
		return false, fmt.Errorf("reading the input of %s: %w", action.ID(), err)
	}
	request := cedar.Request{
		Principal: p.visit.Caller, Gateway: p.visit.Gateway.ARN(), Action: action, Input: in, Now: p.visit.plane.Now(),
	}
	d := p.set.Decide(request)
	p.note(d)
	if !d.Allowed && !p.silent {
		p.explain(request)
	}
	return d.Allowed || !p.enforce, nil
}

// note writes down what was decided.
func (p *policies) note(d cedar.Decision) {
	p.use.Allowed, p.use.Determining = d.Allowed, d.Determining
	p.use.Reason = d.Reason(p.visit.plane.Wire)
	for _, m := range d.Mismatched {
		p.use.Mismatched = append(p.use.Mismatched, m.Policy)
	}
	for _, l := range d.LogOnly {
		p.use.LogOnly = append(p.use.LogOnly, op.LogOnlyMatch{Policy: l.Policy, Flips: l.Flips})
	}
}

// write puts the decision into the journal. What cannot be written down may not
// happen.
func (p *policies) write(ctx context.Context) (id string, err error) {
	p.visit.wrote.Store(true)
	id, err = p.visit.Write(ctx, &p.use)
	p.log(ctx, id, err)
	return id, err
}

// permission is what a target needs of the gateway's role, as the journal has it.
func permission(e *target.Error) op.Permission {
	return op.Permission{Action: e.Action, Resource: e.Resource}
}
