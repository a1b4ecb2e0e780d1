package agentcorecontrol

import (
	"context"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/gateway"
	"hardpan/internal/op"
)

var _ = op.Add(&table, (*Service).listPolicies, op.Rule[control.ListPoliciesInput]{
	Action: "bedrock-agentcore:ListPolicies", Access: op.List,
	Schema: schema(schemas.ListPolicies, schemas.ListPoliciesRequest, schemas.ListPoliciesResponse),
	Checks: func(c *op.Call, in *control.ListPoliciesInput) ([]op.Check, error) {
		return onEngine(c, "ListPolicies", in.PolicyEngineId, nil)
	},
})

func (s *Service) listPolicies(_ context.Context, c *op.Call, in *control.ListPoliciesInput) (*control.ListPoliciesOutput, error) {
	e, now, err := engineNow(c, *in.PolicyEngineId)
	if err != nil {
		return nil, err
	}
	from := scoped(now, e, in.TargetResourceScope)
	items, next, err := page(in.MaxResults, in.NextToken, from, func(p *gateway.Policy) types.Policy {
		o := shownPolicy(p)
		return types.Policy{
			CreatedAt: o.CreatedAt, Definition: o.Definition, Name: o.Name, PolicyArn: o.PolicyArn, PolicyEngineId: o.PolicyEngineId,
			PolicyId: o.PolicyId, Status: o.Status, StatusReasons: o.StatusReasons, UpdatedAt: o.UpdatedAt,
			Description: o.Description, EnforcementMode: o.EnforcementMode,
		}
	})
	return &control.ListPoliciesOutput{Policies: items, NextToken: next}, err
}
