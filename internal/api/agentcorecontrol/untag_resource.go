package agentcorecontrol

import (
	"context"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"

	"hardpan/internal/identity"
	"hardpan/internal/op"
)

var _ = op.Add(&table, (*Service).untagResource, op.Rule[control.UntagResourceInput]{
	Action: "bedrock-agentcore:UntagResource", Access: op.Tagging,
	Schema: schema(schemas.UntagResource, schemas.UntagResourceRequest, schemas.UntagResourceResponse),
	Checks: func(c *op.Call, in *control.UntagResourceInput) ([]op.Check, error) {
		var f faults
		if len(in.TagKeys) == 0 {
			f.missing("tagKeys")
		}
		for _, key := range in.TagKeys {
			f.optional("tagKeys", &key, tagKeyRule)
			checkTagKey(&f, key)
		}
		if err := f.err(); err != nil {
			return nil, err
		}
		check, err := onTagged(c, "UntagResource", in.ResourceArn)
		if err != nil {
			return nil, err
		}
		check.Keys.SetMany("aws:TagKeys", "request", in.TagKeys)
		return []op.Check{check}, nil
	},
})

func (s *Service) untagResource(ctx context.Context, c *op.Call, in *control.UntagResourceInput) (*control.UntagResourceOutput, error) {
	return &control.UntagResourceOutput{}, s.retag(ctx, c, *in.ResourceArn, func(old []identity.Tag) ([]identity.Tag, error) {
		return withoutTags(old, in.TagKeys), nil
	})
}
