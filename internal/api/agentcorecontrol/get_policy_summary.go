package agentcorecontrol

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"

	"hardpan/internal/op"
)

var _ = op.Add(&table, (*Service).getPolicySummary, op.Rule[control.GetPolicySummaryInput]{
	Action: "bedrock-agentcore:GetPolicySummary", Access: op.Read,
	Schema: schema(schemas.GetPolicySummary, schemas.GetPolicySummaryRequest, schemas.GetPolicySummaryResponse),
	Checks: func(c *op.Call, in *control.GetPolicySummaryInput) ([]op.Check, error) {
		return onPolicy(c, "GetPolicySummary", in.PolicyEngineId, in.PolicyId)
	},
})

func (s *Service) getPolicySummary(_ context.Context, c *op.Call, in *control.GetPolicySummaryInput) (*control.GetPolicySummaryOutput, error) {
	p, err := policyNow(c, *in.PolicyEngineId, *in.PolicyId)
	if err != nil {
		return nil, err
	}
	return &control.GetPolicySummaryOutput{
		CreatedAt: &p.Created, Name: &p.Name, PolicyArn: aws.String(p.ARN()), PolicyEngineId: &p.Within, PolicyId: &p.ID,
		Status: p.Status(), UpdatedAt: &p.Updated, EnforcementMode: p.Detail.EnforcementMode,
	}, nil
}
