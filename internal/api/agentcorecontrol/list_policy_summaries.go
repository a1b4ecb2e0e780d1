package agentcorecontrol

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/gateway"
	"hardpan/internal/op"
)

var _ = op.Add(&table, (*Service).listPolicySummaries, op.Rule[control.ListPolicySummariesInput]{
	Action: "bedrock-agentcore:ListPolicySummaries", Access: op.List,
	Schema: schema(schemas.ListPolicySummaries, schemas.ListPolicySummariesRequest, schemas.ListPolicySummariesResponse),
	Checks: func(c *op.Call, in *control.ListPolicySummariesInput) ([]op.Check, error) {
		return onEngine(c, "ListPolicySummaries", in.PolicyEngineId, nil)
	},
})

func (s *Service) listPolicySummaries(_ context.Context, c *op.Call, in *control.ListPolicySummariesInput) (*control.ListPolicySummariesOutput, error) {
	e, now, err := engineNow(c, *in.PolicyEngineId)
	if err != nil {
		return nil, err
	}
	from := scoped(now, e, in.TargetResourceScope)
	items, next, err := page(in.MaxResults, in.NextToken, from, func(p *gateway.Policy) types.PolicySummary {
		return types.PolicySummary{
			CreatedAt: &p.Created, Name: &p.Name, PolicyArn: aws.String(p.ARN()), PolicyEngineId: &p.Within, PolicyId: &p.ID,
			Status: p.Status(), UpdatedAt: &p.Updated, EnforcementMode: p.Detail.EnforcementMode,
		}
	})
	return &control.ListPolicySummariesOutput{Policies: items, NextToken: next}, err
}
