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

var _ = op.Add(&table, (*Service).listGateways, op.Rule[control.ListGatewaysInput]{
	Action: "bedrock-agentcore:ListGateways", Access: op.List,
	Schema: schema(schemas.ListGateways, schemas.ListGatewaysRequest, schemas.ListGatewaysResponse),
	Checks: func(c *op.Call, _ *control.ListGatewaysInput) ([]op.Check, error) {
		return []op.Check{on(c, "ListGateways", "gateway/*", nil)}, nil
	},
})

func (s *Service) listGateways(_ context.Context, c *op.Call, in *control.ListGatewaysInput) (*control.ListGatewaysOutput, error) {
	now, err := state(c)
	if err != nil {
		return nil, err
	}
	from := func(after string) iter.Seq[*gateway.Gateway] { return gateway.Gateways(now, c.Region, after) }
	items, next, err := page(in.MaxResults, in.NextToken, from, func(g *gateway.Gateway) types.GatewaySummary {
		return types.GatewaySummary{
			AuthorizerType: g.Detail.AuthorizerType, CreatedAt: &g.Created, GatewayId: &g.ID, Name: &g.Name,
			Status: g.Status(), UpdatedAt: &g.Updated, Description: g.Detail.Description, ProtocolType: g.Detail.ProtocolType,
		}
	})
	return &control.ListGatewaysOutput{Items: items, NextToken: next}, err
}
