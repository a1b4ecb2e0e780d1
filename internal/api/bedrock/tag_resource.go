package bedrock

import (
	"context"

	awsbedrock "github.com/aws/aws-sdk-go-v2/service/bedrock"

	"hardpan/arn"
	"hardpan/internal/awserr"
	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/store"
	"hardpan/internal/wire/rest"
)

var _ = op.Add(&table, (*Service).tagResource, op.Rule[awsbedrock.TagResourceInput]{
	Action: "bedrock:TagResource", Access: op.Tagging,
	Schema: rest.Operation("TagResource", "POST", "/tagResource", 200,
		awsbedrock.TagResourceInput{}, awsbedrock.TagResourceOutput{}),
	Checks: func(c *op.Call, in *awsbedrock.TagResourceInput) ([]op.Check, error) {
		a, err := taggable(c, in.ResourceARN)
		if err == nil {
			err = checkGivenTags(in)
		}
		if err != nil {
			return nil, err
		}
		check := onProfile(c, "bedrock:TagResource", a)
		setTagKeys(check.Keys, in.Tags)
		return []op.Check{check}, nil
	},
})

func checkGivenTags(in *awsbedrock.TagResourceInput) error {
	if in.Tags == nil {
		return awserr.Validation("1 validation error detected: Value null at 'tags' failed to satisfy constraint: Member must not be null")
	}
	return checkTags(in.Tags)
}

func (s *Service) tagResource(ctx context.Context, c *op.Call, in *awsbedrock.TagResourceInput) (*awsbedrock.TagResourceOutput, error) {
	return &awsbedrock.TagResourceOutput{}, s.retag(ctx, c, *in.ResourceARN, func(old []identity.Tag) ([]identity.Tag, error) {
		return withTags(old, in.Tags)
	})
}

// retag changes the tags of a resource. Whether it may be was decided before on
// the tags that it had then; whether it still is there is decided in the write.
func (s *Service) retag(ctx context.Context, c *op.Call, resource string, change func([]identity.Tag) ([]identity.Tag, error)) error {
	a, err := arn.Parse(resource)
	if err != nil {
		return err
	}
	return s.write(ctx, c, func(tx *store.Tx) error {
		old, err := tagged(tx.State(), a)
		if err != nil {
			return err
		}
		p := *old
		if p.Tags, err = change(old.Tags); err != nil {
			return err
		}
		p.Updated = c.Time
		return tx.Put(&p)
	})
}
