package bedrock

import (
	"context"

	awsbedrock "github.com/aws/aws-sdk-go-v2/service/bedrock"

	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/wire/rest"
)

var _ = op.Add(&table, (*Service).untagResource, op.Rule[awsbedrock.UntagResourceInput]{
	Action: "bedrock:UntagResource", Access: op.Tagging,
	Schema: rest.Operation("UntagResource", "POST", "/untagResource", 200,
		awsbedrock.UntagResourceInput{}, awsbedrock.UntagResourceOutput{}),
	Checks: func(c *op.Call, in *awsbedrock.UntagResourceInput) ([]op.Check, error) {
		a, err := taggable(c, in.ResourceARN)
		if err == nil {
			err = checkOldKeys(in.TagKeys)
		}
		if err != nil {
			return nil, err
		}
		check := onProfile(c, "bedrock:UntagResource", a)
		check.Keys.SetMany("aws:TagKeys", "request", in.TagKeys)
		return []op.Check{check}, nil
	},
})

func checkOldKeys(keys []string) error {
	var f faults
	if keys == nil {
		f.add("Value null at 'tagKeys' failed to satisfy constraint: Member must not be null")
	}
	for i := range keys {
		f.optional("tagKeys.member", &keys[i], tagKeyRule)
	}
	if err := f.err(); err != nil {
		return err
	}
	return checkTagKeys(keys)
}

func (s *Service) untagResource(ctx context.Context, c *op.Call, in *awsbedrock.UntagResourceInput) (*awsbedrock.UntagResourceOutput, error) {
	return &awsbedrock.UntagResourceOutput{}, s.retag(ctx, c, *in.ResourceARN, func(old []identity.Tag) ([]identity.Tag, error) {
		return withoutTags(old, in.TagKeys), nil
	})
}
