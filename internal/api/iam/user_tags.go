package iam

import (
	"context"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/op"
	"hardpan/internal/store"
)

var (
	_ = op.Add(&table, (*Service).tagUser, rule("iam:TagUser", op.Tagging,
		func(p *plan, in *awsiam.TagUserInput) {
			p.namedUser(in.UserName)
			p.givenTags(in.Tags)
		}))

	_ = op.Add(&table, (*Service).untagUser, rule("iam:UntagUser", op.Tagging,
		func(p *plan, in *awsiam.UntagUserInput) {
			p.namedUser(in.UserName)
			p.oldTagKeys(in.TagKeys)
		}))

	_ = op.Add(&table, (*Service).listUserTags, rule("iam:ListUserTags", op.List,
		func(p *plan, in *awsiam.ListUserTagsInput) {
			p.namedUser(in.UserName)
			p.page(in.Marker, in.MaxItems)
		}))
)

func (s *Service) tagUser(ctx context.Context, c *op.Call, in *awsiam.TagUserInput) (*awsiam.TagUserOutput, error) {
	return done[awsiam.TagUserOutput](s.change(ctx, c, theUser(*in.UserName), func(_ *store.Tx, h *holder) (err error) {
		*h.tags, err = withTags(*h.tags, in.Tags)
		return err
	}))
}

func (s *Service) untagUser(ctx context.Context, c *op.Call, in *awsiam.UntagUserInput) (*awsiam.UntagUserOutput, error) {
	return done[awsiam.UntagUserOutput](s.change(ctx, c, theUser(*in.UserName), func(_ *store.Tx, h *holder) error {
		*h.tags = withoutTags(*h.tags, in.TagKeys)
		return nil
	}))
}

func (s *Service) listUserTags(_ context.Context, c *op.Call, in *awsiam.ListUserTagsInput) (*awsiam.ListUserTagsOutput, error) {
	h, err := s.find(c, theUser(*in.UserName))
	if err != nil {
		return nil, err
	}
	list, err := pages(in.Marker, in.MaxItems, tagKey, sliced(*h.tags, tagKey))
	if err != nil {
		return nil, err
	}
	return &awsiam.ListUserTagsOutput{Tags: shown(list, shownTag), Marker: list.marker, IsTruncated: list.truncated}, nil
}
