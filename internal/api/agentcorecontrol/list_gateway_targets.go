package agentcorecontrol

import (
	"context"
	"iter"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/gateway"
	"hardpan/internal/op"
)

var _ = op.Add(&table, (*Service).listGatewayTargets, op.Rule[control.ListGatewayTargetsInput]{
	Action: "bedrock-agentcore:ListGatewayTargets", Access: op.List,
	Schema: schema(schemas.ListGatewayTargets, schemas.ListGatewayTargetsRequest, schemas.ListGatewayTargetsResponse),
	Checks: func(c *op.Call, in *control.ListGatewayTargetsInput) ([]op.Check, error) {
		return onGateway(c, "ListGatewayTargets", in.GatewayIdentifier)
	},
})

func (s *Service) listGatewayTargets(_ context.Context, c *op.Call, in *control.ListGatewayTargetsInput) (*control.ListGatewayTargetsOutput, error) {
	now, err := state(c)
	if err != nil {
		return nil, err
	}
	g, err := findGateway(c, now, *in.GatewayIdentifier)
	if err != nil {
		return nil, err
	}
	from := func(after string) iter.Seq[*gateway.Target] { return gateway.Targets(now, g.ID, after) }
	items, next, err := page(in.MaxResults, in.NextToken, from, func(t *gateway.Target) types.TargetSummary {
		summary := types.TargetSummary{
			CreatedAt: &t.Created, Name: &t.Name, Status: t.Status(), TargetId: &t.ID, UpdatedAt: &t.Updated,
			Description: t.Detail.Description, LastSynchronizedAt: t.Detail.LastSynchronizedAt, TargetType: targetType(t),
		}
		if server, ok := t.MCP().(*types.McpTargetConfigurationMemberMcpServer); ok {
			summary.ListingMode, summary.ResourcePriority = server.Value.ListingMode, server.Value.ResourcePriority
		}
		return summary
	})
	return &control.ListGatewayTargetsOutput{Items: items, NextToken: next}, err
}
