package agentcorecontrol

import (
	"context"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/gateway"
	"hardpan/internal/op"
)

var _ = op.Add(&table, (*Service).listPolicyEngineSummaries, op.Rule[control.ListPolicyEngineSummariesInput]{
	Action: "bedrock-agentcore:ListPolicyEngineSummaries", Access: op.List,
	Schema: schema(schemas.ListPolicyEngineSummaries, schemas.ListPolicyEngineSummariesRequest, schemas.ListPolicyEngineSummariesResponse),
	Checks: func(c *op.Call, _ *control.ListPolicyEngineSummariesInput) ([]op.Check, error) {
		return []op.Check{on(c, "ListPolicyEngineSummaries", "policy-engine/*", nil)}, nil
	},
})

func (s *Service) listPolicyEngineSummaries(_ context.Context, c *op.Call, in *control.ListPolicyEngineSummariesInput) (*control.ListPolicyEngineSummariesOutput, error) {
	now, err := state(c)
	if err != nil {
		return nil, err
	}
	from := func(after string) iter.Seq[*gateway.Engine] { return gateway.Engines(now, c.Region, after) }
	items, next, err := page(in.MaxResults, in.NextToken, from, func(e *gateway.Engine) types.PolicyEngineSummary {
		return types.PolicyEngineSummary{
			CreatedAt: &e.Created, Name: &e.Name, PolicyEngineArn: aws.String(e.ARN()), PolicyEngineId: &e.ID,
			Status: e.Status(), UpdatedAt: &e.Updated,
		}
	})
	return &control.ListPolicyEngineSummariesOutput{PolicyEngines: items, NextToken: next}, err
}
