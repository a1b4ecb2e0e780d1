package iam

import (
	"context"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/store"
)

var (
	_ = op.Add(&table, (*Service).tagPolicy, rule("iam:TagPolicy", op.Tagging,
		func(p *plan, in *awsiam.TagPolicyInput) {
			p.policy(in.PolicyArn)
			p.givenTags(in.Tags)
		}))

	_ = op.Add(&table, (*Service).untagPolicy, rule("iam:UntagPolicy", op.Tagging,
		func(p *plan, in *awsiam.UntagPolicyInput) {
			p.policy(in.PolicyArn)
			p.oldTagKeys(in.TagKeys)
		}))

	_ = op.Add(&table, (*Service).listPolicyTags, rule("iam:ListPolicyTags", op.List,
		func(p *plan, in *awsiam.ListPolicyTagsInput) {
			p.policy(in.PolicyArn)
			p.page(in.Marker, in.MaxItems)
		}))
)

func (s *Service) tagPolicy(ctx context.Context, c *op.Call, in *awsiam.TagPolicyInput) (*awsiam.TagPolicyOutput, error) {
	return done[awsiam.TagPolicyOutput](s.changePolicy(ctx, c, *in.PolicyArn, func(_ *store.Tx, p *identity.ManagedPolicy) (err error) {
		p.Tags, err = withTags(p.Tags, in.Tags)
		return err
	}))
}

func (s *Service) untagPolicy(ctx context.Context, c *op.Call, in *awsiam.UntagPolicyInput) (*awsiam.UntagPolicyOutput, error) {
	return done[awsiam.UntagPolicyOutput](s.changePolicy(ctx, c, *in.PolicyArn, func(_ *store.Tx, p *identity.ManagedPolicy) error {
		p.Tags = withoutTags(p.Tags, in.TagKeys)
		return nil
	}))
}

func (s *Service) listPolicyTags(_ context.Context, c *op.Call, in *awsiam.ListPolicyTagsInput) (*awsiam.ListPolicyTagsOutput, error) {
	state, err := s.state(c)
	if err != nil {
		return nil, err
	}
	policy, ok := state.Policy(*in.PolicyArn)
	if !ok {
		return nil, noPolicy(*in.PolicyArn)
	}
	list, err := pages(in.Marker, in.MaxItems, tagKey, sliced(policy.Tags, tagKey))
	if err != nil {
		return nil, err
	}
	return &awsiam.ListPolicyTagsOutput{Tags: shown(list, shownTag), Marker: list.marker, IsTruncated: list.truncated}, nil
}
