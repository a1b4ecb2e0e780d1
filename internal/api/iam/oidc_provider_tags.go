package iam

import (
	"context"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/identity"
	"hardpan/internal/op"
)

var (
	_ = op.Add(&table, (*Service).tagOIDCProvider, rule("iam:TagOpenIDConnectProvider", op.Tagging,
		func(p *plan, in *awsiam.TagOpenIDConnectProviderInput) {
			p.provider(in.OpenIDConnectProviderArn)
			p.givenTags(in.Tags)
		}))

	_ = op.Add(&table, (*Service).untagOIDCProvider, rule("iam:UntagOpenIDConnectProvider", op.Tagging,
		func(p *plan, in *awsiam.UntagOpenIDConnectProviderInput) {
			p.provider(in.OpenIDConnectProviderArn)
			p.oldTagKeys(in.TagKeys)
		}))

	_ = op.Add(&table, (*Service).listOIDCProviderTags, rule("iam:ListOpenIDConnectProviderTags", op.List,
		func(p *plan, in *awsiam.ListOpenIDConnectProviderTagsInput) {
			p.provider(in.OpenIDConnectProviderArn)
			p.page(in.Marker, in.MaxItems)
		}))
)

func (s *Service) tagOIDCProvider(ctx context.Context, c *op.Call, in *awsiam.TagOpenIDConnectProviderInput) (*awsiam.TagOpenIDConnectProviderOutput, error) {
	return done[awsiam.TagOpenIDConnectProviderOutput](s.changeProvider(ctx, c, *in.OpenIDConnectProviderArn, func(p *identity.OIDCProvider) (err error) {
		p.Tags, err = withTags(p.Tags, in.Tags)
		return err
	}))
}

func (s *Service) untagOIDCProvider(ctx context.Context, c *op.Call, in *awsiam.UntagOpenIDConnectProviderInput) (*awsiam.UntagOpenIDConnectProviderOutput, error) {
	return done[awsiam.UntagOpenIDConnectProviderOutput](s.changeProvider(ctx, c, *in.OpenIDConnectProviderArn, func(p *identity.OIDCProvider) error {
		p.Tags = withoutTags(p.Tags, in.TagKeys)
		return nil
	}))
}

func (s *Service) listOIDCProviderTags(_ context.Context, c *op.Call, in *awsiam.ListOpenIDConnectProviderTagsInput) (*awsiam.ListOpenIDConnectProviderTagsOutput, error) {
	state, err := s.state(c)
	if err != nil {
		return nil, err
	}
	p, err := findProvider(state, *in.OpenIDConnectProviderArn)
	if err != nil {
		return nil, err
	}
	list, err := pages(in.Marker, in.MaxItems, tagKey, sliced(p.Tags, tagKey))
	if err != nil {
		return nil, err
	}
	return &awsiam.ListOpenIDConnectProviderTagsOutput{Tags: shown(list, shownTag), Marker: list.marker, IsTruncated: list.truncated}, nil
}
