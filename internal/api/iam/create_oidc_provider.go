package iam

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/store"
)

// CreateOpenIDConnectProvider with tags needs iam:TagOpenIDConnectProvider too.

var _ = op.Add(&table, (*Service).createOIDCProvider, rule("iam:CreateOpenIDConnectProvider", op.Write,
	func(p *plan, in *awsiam.CreateOpenIDConnectProviderInput) {
		p.required("url", in.Url, providerURLRule)
		p.clientIDs(in.ClientIDList...)
		p.thumbprints(in.ThumbprintList)
		url, ok := providerURL(aws.ToString(in.Url))
		if !ok {
			p.refuse(errProviderURL)
		}
		p.on(p.arn(providerType, "/", url))
		p.newTags(in.Tags, "iam:TagOpenIDConnectProvider")
	}))

var errProviderURL = invalidInput("Invalid Open ID Connect Provider URL: it begins with https://, has a host in lower case, " +
	"may have a path, and is exactly what the provider's tokens have in their iss claim.")

func (s *Service) createOIDCProvider(ctx context.Context, c *op.Call, in *awsiam.CreateOpenIDConnectProviderInput) (*awsiam.CreateOpenIDConnectProviderOutput, error) {
	url, _ := providerURL(*in.Url)
	var made *identity.OIDCProvider
	err := s.write(ctx, c, func(tx *store.Tx) (err error) {
		if _, taken := tx.State().OIDCProvider(url); taken {
			return alreadyExists("Provider with url %s already exists.", *in.Url)
		}
		if size(tx.State().OIDCProviders()) >= maxOIDCProviders {
			return quota("OpenIdConnectProvidersPerAccount", maxOIDCProviders)
		}
		made = &identity.OIDCProvider{
			Scope: tx.State().Account().Scope, URL: url, ClientIDs: in.ClientIDList, Thumbprints: lowered(in.ThumbprintList), Created: tx.Now,
		}
		if made.Tags, err = withTags(nil, in.Tags); err != nil {
			return err
		}
		if err := checkProvider(made); err != nil {
			return err
		}
		return tx.Put(made)
	})
	if err != nil {
		return nil, err
	}
	return &awsiam.CreateOpenIDConnectProviderOutput{OpenIDConnectProviderArn: aws.String(made.ARN()), Tags: shownTags(made.Tags)}, nil
}
