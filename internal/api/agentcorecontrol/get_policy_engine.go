package agentcorecontrol

import (
	"context"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"

	"hardpan/internal/op"
)

var _ = op.Add(&table, (*Service).getPolicyEngine, op.Rule[control.GetPolicyEngineInput]{
	Action: "bedrock-agentcore:GetPolicyEngine", Access: op.Read,
	Schema: schema(schemas.GetPolicyEngine, schemas.GetPolicyEngineRequest, schemas.GetPolicyEngineResponse),
	Checks: func(c *op.Call, in *control.GetPolicyEngineInput) ([]op.Check, error) {
		return onEngine(c, "GetPolicyEngine", in.PolicyEngineId, nil)
	},
})

func (s *Service) getPolicyEngine(_ context.Context, c *op.Call, in *control.GetPolicyEngineInput) (*control.GetPolicyEngineOutput, error) {
	e, _, err := engineNow(c, *in.PolicyEngineId)
	if err != nil {
		return nil, err
	}
	return shownEngine(e), nil
}
