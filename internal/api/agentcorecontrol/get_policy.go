package agentcorecontrol

import (
	"context"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"

	"hardpan/internal/op"
)

var _ = op.Add(&table, (*Service).getPolicy, op.Rule[control.GetPolicyInput]{
	Action: "bedrock-agentcore:GetPolicy", Access: op.Read,
	Schema: schema(schemas.GetPolicy, schemas.GetPolicyRequest, schemas.GetPolicyResponse),
	Checks: func(c *op.Call, in *control.GetPolicyInput) ([]op.Check, error) {
		return onPolicy(c, "GetPolicy", in.PolicyEngineId, in.PolicyId)
	},
})

func (s *Service) getPolicy(_ context.Context, c *op.Call, in *control.GetPolicyInput) (*control.GetPolicyOutput, error) {
	p, err := policyNow(c, *in.PolicyEngineId, *in.PolicyId)
	if err != nil {
		return nil, err
	}
	return shownPolicy(p), nil
}
