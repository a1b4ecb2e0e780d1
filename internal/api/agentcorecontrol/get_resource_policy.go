package agentcorecontrol

import (
	"context"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"

	"hardpan/internal/op"
)

var _ = op.Add(&table, (*Service).getResourcePolicy, op.Rule[control.GetResourcePolicyInput]{
	Action: "bedrock-agentcore:GetResourcePolicy", Access: op.Read,
	Schema: schema(schemas.GetResourcePolicy, schemas.GetResourcePolicyRequest, schemas.GetResourcePolicyResponse),
	Checks: func(c *op.Call, in *control.GetResourcePolicyInput) ([]op.Check, error) {
		return onResourcePolicy(c, "GetResourcePolicy", in.ResourceArn)
	},
})

func (s *Service) getResourcePolicy(_ context.Context, c *op.Call, in *control.GetResourcePolicyInput) (*control.GetResourcePolicyOutput, error) {
	now, err := state(c)
	if err != nil {
		return nil, err
	}
	p, err := policyOf(now, c.Region, *in.ResourceArn)
	if err != nil {
		return nil, err
	}
	return &control.GetResourcePolicyOutput{Policy: &p.Document}, nil
}
