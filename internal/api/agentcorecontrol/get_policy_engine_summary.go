package agentcorecontrol

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"

	"hardpan/internal/op"
)

// Summaries are what can be shown without the key that an engine's contents are
// encrypted with.

var _ = op.Add(&table, (*Service).getPolicyEngineSummary, op.Rule[control.GetPolicyEngineSummaryInput]{
	Action: "bedrock-agentcore:GetPolicyEngineSummary", Access: op.Read,
	Schema: schema(schemas.GetPolicyEngineSummary, schemas.GetPolicyEngineSummaryRequest, schemas.GetPolicyEngineSummaryResponse),
	Checks: func(c *op.Call, in *control.GetPolicyEngineSummaryInput) ([]op.Check, error) {
		return onEngine(c, "GetPolicyEngineSummary", in.PolicyEngineId, nil)
	},
})

func (s *Service) getPolicyEngineSummary(_ context.Context, c *op.Call, in *control.GetPolicyEngineSummaryInput) (*control.GetPolicyEngineSummaryOutput, error) {
	e, _, err := engineNow(c, *in.PolicyEngineId)
	if err != nil {
		return nil, err
	}
	return &control.GetPolicyEngineSummaryOutput{
		CreatedAt: &e.Created, Name: &e.Name, PolicyEngineArn: aws.String(e.ARN()), PolicyEngineId: &e.ID,
		Status: e.Status(), UpdatedAt: &e.Updated,
	}, nil
}
