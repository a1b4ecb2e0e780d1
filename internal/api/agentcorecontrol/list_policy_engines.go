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

var _ = op.Add(&table, (*Service).listPolicyEngines, op.Rule[control.ListPolicyEnginesInput]{
	Action: "bedrock-agentcore:ListPolicyEngines", Access: op.List,
	Schema: schema(schemas.ListPolicyEngines, schemas.ListPolicyEnginesRequest, schemas.ListPolicyEnginesResponse),
	Checks: func(c *op.Call, _ *control.ListPolicyEnginesInput) ([]op.Check, error) {
		return []op.Check{on(c, "ListPolicyEngines", "policy-engine/*", nil)}, nil
	},
})

func (s *Service) listPolicyEngines(_ context.Context, c *op.Call, in *control.ListPolicyEnginesInput) (*control.ListPolicyEnginesOutput, error) {
	now, err := state(c)
	if err != nil {
		return nil, err
	}
	from := func(after string) iter.Seq[*gateway.Engine] { return gateway.Engines(now, c.Region, after) }
	items, next, err := page(in.MaxResults, in.NextToken, from, func(e *gateway.Engine) types.PolicyEngine {
		return types.PolicyEngine{
			CreatedAt: &e.Created, Name: &e.Name, PolicyEngineArn: aws.String(e.ARN()), PolicyEngineId: &e.ID,
			Status: e.Status(), UpdatedAt: &e.Updated, Description: e.Detail.Description, StatusReasons: reasons(e.Detail.StatusReasons),
		}
	})
	return &control.ListPolicyEnginesOutput{PolicyEngines: items, NextToken: next}, err
}
