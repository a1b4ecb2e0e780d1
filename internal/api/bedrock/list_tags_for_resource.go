package bedrock

import (
	"context"

	awsbedrock "github.com/aws/aws-sdk-go-v2/service/bedrock"
	"github.com/aws/aws-sdk-go-v2/service/bedrock/types"

	"hardpan/arn"
	"hardpan/internal/op"
	"hardpan/internal/wire/rest"
)

var _ = op.Add(&table, (*Service).listTagsForResource, op.Rule[awsbedrock.ListTagsForResourceInput]{
	Action: "bedrock:ListTagsForResource", Access: op.Read,
	Schema: rest.Operation("ListTagsForResource", "POST", "/listTagsForResource", 200,
		awsbedrock.ListTagsForResourceInput{}, awsbedrock.ListTagsForResourceOutput{}),
	Checks: func(c *op.Call, in *awsbedrock.ListTagsForResourceInput) ([]op.Check, error) {
		a, err := taggable(c, in.ResourceARN)
		if err != nil {
			return nil, err
		}
		return []op.Check{onProfile(c, "bedrock:ListTagsForResource", a)}, nil
	},
})

func (s *Service) listTagsForResource(_ context.Context, c *op.Call, in *awsbedrock.ListTagsForResourceInput) (*awsbedrock.ListTagsForResourceOutput, error) {
	a, err := arn.Parse(*in.ResourceARN)
	if err != nil {
		return nil, err
	}
	have, err := state(c)
	if err != nil {
		return nil, err
	}
	p, err := tagged(have, a)
	if err != nil {
		return nil, err
	}
	out := &awsbedrock.ListTagsForResourceOutput{Tags: []types.Tag{}}
	for i := range p.Tags {
		out.Tags = append(out.Tags, types.Tag{Key: &p.Tags[i].Key, Value: &p.Tags[i].Value})
	}
	return out, nil
}
