package agentcorecontrol

import (
	"context"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"

	"hardpan/internal/op"
)

var _ = op.Add(&table, (*Service).getGatewayTarget, op.Rule[control.GetGatewayTargetInput]{
	Action: "bedrock-agentcore:GetGatewayTarget", Access: op.Read,
	Schema: schema(schemas.GetGatewayTarget, schemas.GetGatewayTargetRequest, schemas.GetGatewayTargetResponse),
	Checks: func(c *op.Call, in *control.GetGatewayTargetInput) ([]op.Check, error) {
		return onTarget(c, "GetGatewayTarget", in.GatewayIdentifier, in.TargetId)
	},
})

func (s *Service) getGatewayTarget(_ context.Context, c *op.Call, in *control.GetGatewayTargetInput) (*control.GetGatewayTargetOutput, error) {
	now, err := state(c)
	if err != nil {
		return nil, err
	}
	g, err := findGateway(c, now, *in.GatewayIdentifier)
	if err != nil {
		return nil, err
	}
	t, err := findTarget(now, g, *in.TargetId)
	if err != nil {
		return nil, err
	}
	return shownTarget(t), nil
}
