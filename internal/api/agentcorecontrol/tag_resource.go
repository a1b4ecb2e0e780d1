package agentcorecontrol

import (
	"context"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"

	"hardpan/internal/identity"
	"hardpan/internal/op"
)

var _ = op.Add(&table, (*Service).tagResource, op.Rule[control.TagResourceInput]{
	Action: "bedrock-agentcore:TagResource", Access: op.Tagging,
	Schema: schema(schemas.TagResource, schemas.TagResourceRequest, schemas.TagResourceResponse),
	Checks: func(c *op.Call, in *control.TagResourceInput) ([]op.Check, error) {
		var f faults
		checkTags(&f, in.Tags)
		if len(in.Tags) == 0 {
			f.missing("tags")
		}
		if err := f.err(); err != nil {
			return nil, err
		}
		check, err := onTagged(c, "TagResource", in.ResourceArn)
		if err != nil {
			return nil, err
		}
		setTagKeys(check.Keys, in.Tags)
		return []op.Check{check}, nil
	},
})

func (s *Service) tagResource(ctx context.Context, c *op.Call, in *control.TagResourceInput) (*control.TagResourceOutput, error) {
	return &control.TagResourceOutput{}, s.retag(ctx, c, *in.ResourceArn, func(old []identity.Tag) ([]identity.Tag, error) {
		added := tagList(in.Tags)
		keys := make([]string, len(added))
		for i, t := range added {
			keys[i] = t.Key
		}
		next := append(withoutTags(old, keys), added...)
		if len(next) > maxTags {
			return nil, quota("A resource has at most %d tags. Remove some, or set fewer.", maxTags)
		}
		return next, nil
	})
}
