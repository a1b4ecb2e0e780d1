package iam

import (
	"context"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/op"
	"hardpan/internal/store"
)

var (
	_ = op.Add(&table, (*Service).tagRole, rule("iam:TagRole", op.Tagging,
		func(p *plan, in *awsiam.TagRoleInput) {
			p.role(in.RoleName)
			p.givenTags(in.Tags)
		}))

	_ = op.Add(&table, (*Service).untagRole, rule("iam:UntagRole", op.Tagging,
		func(p *plan, in *awsiam.UntagRoleInput) {
			p.role(in.RoleName)
			p.oldTagKeys(in.TagKeys)
		}))

	_ = op.Add(&table, (*Service).listRoleTags, rule("iam:ListRoleTags", op.List,
		func(p *plan, in *awsiam.ListRoleTagsInput) {
			p.role(in.RoleName)
			p.page(in.Marker, in.MaxItems)
		}))
)

func (s *Service) tagRole(ctx context.Context, c *op.Call, in *awsiam.TagRoleInput) (*awsiam.TagRoleOutput, error) {
	return done[awsiam.TagRoleOutput](s.change(ctx, c, theRole(*in.RoleName), func(_ *store.Tx, h *holder) (err error) {
		*h.tags, err = withTags(*h.tags, in.Tags)
		return err
	}))
}

func (s *Service) untagRole(ctx context.Context, c *op.Call, in *awsiam.UntagRoleInput) (*awsiam.UntagRoleOutput, error) {
	return done[awsiam.UntagRoleOutput](s.change(ctx, c, theRole(*in.RoleName), func(_ *store.Tx, h *holder) error {
		*h.tags = withoutTags(*h.tags, in.TagKeys)
		return nil
	}))
}

func (s *Service) listRoleTags(_ context.Context, c *op.Call, in *awsiam.ListRoleTagsInput) (*awsiam.ListRoleTagsOutput, error) {
	h, err := s.find(c, theRole(*in.RoleName))
	if err != nil {
		return nil, err
	}
	list, err := pages(in.Marker, in.MaxItems, tagKey, sliced(*h.tags, tagKey))
	if err != nil {
		return nil, err
	}
	return &awsiam.ListRoleTagsOutput{Tags: shown(list, shownTag), Marker: list.marker, IsTruncated: list.truncated}, nil
}
