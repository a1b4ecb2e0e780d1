package agentcorecontrol

import (
	"context"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"

	"hardpan/internal/op"
)

var _ = op.Add(&table, (*Service).getGateway, op.Rule[control.GetGatewayInput]{
	Action: "bedrock-agentcore:GetGateway", Access: op.Read,
	Schema: schema(schemas.GetGateway, schemas.GetGatewayRequest, schemas.GetGatewayResponse),
	Checks: func(c *op.Call, in *control.GetGatewayInput) ([]op.Check, error) {
		return onGateway(c, "GetGateway", in.GatewayIdentifier)
	},
})

func (s *Service) getGateway(_ context.Context, c *op.Call, in *control.GetGatewayInput) (*control.GetGatewayOutput, error) {
	now, err := state(c)
	if err != nil {
		return nil, err
	}
	g, err := findGateway(c, now, *in.GatewayIdentifier)
	if err != nil {
		return nil, err
	}
	return s.shown(g), nil
}
