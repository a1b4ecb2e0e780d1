package agentcorecontrol

import (
	"context"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"

	"hardpan/internal/op"
)

var _ = op.Add(&table, (*Service).listTagsForResource, op.Rule[control.ListTagsForResourceInput]{
	Action: "bedrock-agentcore:ListTagsForResource", Access: op.Read,
	Schema: schema(schemas.ListTagsForResource, schemas.ListTagsForResourceRequest, schemas.ListTagsForResourceResponse),
	Checks: func(c *op.Call, in *control.ListTagsForResourceInput) ([]op.Check, error) {
		check, err := onTagged(c, "ListTagsForResource", in.ResourceArn)
		return []op.Check{check}, err
	},
})

func (s *Service) listTagsForResource(_ context.Context, c *op.Call, in *control.ListTagsForResourceInput) (*control.ListTagsForResourceOutput, error) {
	now, err := state(c)
	if err != nil {
		return nil, err
	}
	r, err := tagged(now, *in.ResourceArn)
	if err != nil {
		return nil, err
	}
	out := &control.ListTagsForResourceOutput{Tags: map[string]string{}}
	for _, t := range r.Common().Tags {
		out.Tags[t.Key] = t.Value
	}
	return out, nil
}
