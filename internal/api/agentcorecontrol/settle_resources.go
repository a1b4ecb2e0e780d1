package agentcorecontrol

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/gateway"
	"hardpan/internal/identity"
)

// What becomes of each kind of resource. A nil result is one that goes.

func nextGateway(g *gateway.Gateway) gateway.Resource {
	if g.Status() == types.GatewayStatusDeleting {
		return nil
	}
	next := *g
	next.State = string(types.GatewayStatusReady)
	return &next
}

func nextEngine(e *gateway.Engine) gateway.Resource {
	if e.Status() == types.PolicyEngineStatusDeleting {
		return nil
	}
	next := *e
	next.State = string(types.PolicyEngineStatusActive)
	return &next
}

// failedTarget is what a target becomes that could not be settled.
var failedTarget = map[types.TargetStatus]types.TargetStatus{
	types.TargetStatusCreating:      types.TargetStatusFailed,
	types.TargetStatusUpdating:      types.TargetStatusUpdateUnsuccessful,
	types.TargetStatusSynchronizing: types.TargetStatusSynchronizeUnsuccessful,
}

func (s *Service) nextTarget(ctx context.Context, now *identity.Snapshot, t *gateway.Target) (gateway.Resource, error) {
	if t.Status() == types.TargetStatusDeleting {
		return nil, nil
	}
	next := *t
	offer, err := s.offer(ctx, now, t)
	if err == nil {
		err = checkTools(offer.Tools)
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil, ctx.Err() // the server stops: what is under way goes on after the start
	}
	if err != nil {
		next.State = string(failedTarget[t.Status()])
		next.Detail.StatusReasons = []string{reason(err)}
		return &next, nil
	}
	next.State, next.Detail.StatusReasons = string(types.TargetStatusReady), nil
	next.Tools, next.Prompts, next.Resources = offer.Tools, offer.Prompts, offer.Resources
	if server, ok := t.MCP().(*types.McpTargetConfigurationMemberMcpServer); ok && server.Value.McpToolSchema == nil {
		at := s.Now().UTC().Truncate(time.Millisecond)
		next.Detail.LastSynchronizedAt = &at
	}
	return &next, nil
}

// offer returns what a target serves: what it declares itself, or what it
// answers when it is asked.
func (s *Service) offer(ctx context.Context, now *identity.Snapshot, t *gateway.Target) (*gateway.Offer, error) {
	switch form := t.MCP().(type) {
	case *types.McpTargetConfigurationMemberLambda:
		if inline, ok := form.Value.ToolSchema.(*types.ToolSchemaMemberInlinePayload); ok {
			tools, err := gateway.LambdaTools(inline.Value)
			return &gateway.Offer{Tools: tools}, err
		}
	case *types.McpTargetConfigurationMemberMcpServer:
		if inline, ok := form.Value.McpToolSchema.(*types.McpToolSchemaConfigurationMemberInlinePayload); ok {
			tools, err := serverTools(inline.Value)
			return &gateway.Offer{Tools: tools}, err
		}
	}
	g, ok := gateway.Find(now, t.Region, t.GatewayID())
	if !ok {
		return nil, errors.New("the gateway of the target is gone")
	}
	if s.Discover == nil {
		return nil, errors.New("this server has nothing that could ask a target of this form for its tools")
	}
	return s.Discover.Discover(ctx, g, t)
}

func nextPolicy(now *identity.Snapshot, p *gateway.Policy) gateway.Resource {
	if p.Status() == types.PolicyStatusDeleting {
		return nil
	}
	next := *p
	next.Next, next.Detail.StatusReasons = nil, nil
	if p.Next == nil { // only its mode or description was changed
		next.State = string(types.PolicyStatusActive)
		return &next
	}
	wrong := p.Next.Refused
	if wrong == "" {
		wrong = findings(now, p)
	}
	if wrong == "" {
		next.State, next.Detail.Definition = string(types.PolicyStatusActive), p.Next.Definition()
		return &next
	}
	next.Detail.StatusReasons = []string{wrong}
	next.State = string(types.PolicyStatusUpdateFailed)
	if p.Status() == types.PolicyStatusCreating {
		next.State, next.Next = string(types.PolicyStatusCreateFailed), p.Next // shown, never in force
	}
	return &next
}

// reason is an error as a person reads it, of a bounded length.
func reason(err error) string {
	const most = 1000
	text := err.Error()
	if awsErr := awsMessage(err); awsErr != "" {
		text = awsErr
	}
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
