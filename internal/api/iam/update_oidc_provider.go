package iam

import (
	"context"
	"slices"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/store"
)

// Changes to an identity provider. A client id that is there is added, and one
// that is not there removed, without a word; so is a provider that is not there
// deleted (IAM API Reference). Roles that trust it stay, and trust nobody then.

var (
	_ = op.Add(&table, (*Service).addClientID, rule("iam:AddClientIDToOpenIDConnectProvider", op.Write,
		func(p *plan, in *awsiam.AddClientIDToOpenIDConnectProviderInput) {
			p.provider(in.OpenIDConnectProviderArn)
			p.required("clientID", in.ClientID, clientIDRule)
		}))

	_ = op.Add(&table, (*Service).removeClientID, rule("iam:RemoveClientIDFromOpenIDConnectProvider", op.Write,
		func(p *plan, in *awsiam.RemoveClientIDFromOpenIDConnectProviderInput) {
			p.provider(in.OpenIDConnectProviderArn)
			p.required("clientID", in.ClientID, clientIDRule)
		}))

	_ = op.Add(&table, (*Service).updateThumbprint, rule("iam:UpdateOpenIDConnectProviderThumbprint", op.Write,
		func(p *plan, in *awsiam.UpdateOpenIDConnectProviderThumbprintInput) {
			p.provider(in.OpenIDConnectProviderArn)
			p.some("thumbprintList", len(in.ThumbprintList))
			p.thumbprints(in.ThumbprintList)
		}))

	_ = op.Add(&table, (*Service).deleteOIDCProvider, rule("iam:DeleteOpenIDConnectProvider", op.Write,
		func(p *plan, in *awsiam.DeleteOpenIDConnectProviderInput) { p.provider(in.OpenIDConnectProviderArn) }))
)

func (s *Service) addClientID(ctx context.Context, c *op.Call, in *awsiam.AddClientIDToOpenIDConnectProviderInput) (*awsiam.AddClientIDToOpenIDConnectProviderOutput, error) {
	return done[awsiam.AddClientIDToOpenIDConnectProviderOutput](s.changeProvider(ctx, c, *in.OpenIDConnectProviderArn, func(p *identity.OIDCProvider) error {
		if !slices.Contains(p.ClientIDs, *in.ClientID) {
			p.ClientIDs = append(slices.Clone(p.ClientIDs), *in.ClientID)
		}
		return checkProvider(p)
	}))
}

func (s *Service) removeClientID(ctx context.Context, c *op.Call, in *awsiam.RemoveClientIDFromOpenIDConnectProviderInput) (*awsiam.RemoveClientIDFromOpenIDConnectProviderOutput, error) {
	return done[awsiam.RemoveClientIDFromOpenIDConnectProviderOutput](s.changeProvider(ctx, c, *in.OpenIDConnectProviderArn, func(p *identity.OIDCProvider) error {
		p.ClientIDs = slices.DeleteFunc(slices.Clone(p.ClientIDs), func(id string) bool { return id == *in.ClientID })
		return nil
	}))
}

func (s *Service) updateThumbprint(ctx context.Context, c *op.Call, in *awsiam.UpdateOpenIDConnectProviderThumbprintInput) (*awsiam.UpdateOpenIDConnectProviderThumbprintOutput, error) {
	return done[awsiam.UpdateOpenIDConnectProviderThumbprintOutput](s.changeProvider(ctx, c, *in.OpenIDConnectProviderArn, func(p *identity.OIDCProvider) error {
		p.Thumbprints = lowered(in.ThumbprintList)
		return checkProvider(p)
	}))
}

func (s *Service) deleteOIDCProvider(ctx context.Context, c *op.Call, in *awsiam.DeleteOpenIDConnectProviderInput) (*awsiam.DeleteOpenIDConnectProviderOutput, error) {
	return done[awsiam.DeleteOpenIDConnectProviderOutput](s.write(ctx, c, func(tx *store.Tx) error {
		p, ok := tx.State().OIDCProviderByARN(*in.OpenIDConnectProviderArn)
		if !ok {
			return nil
		}
		return tx.Delete(p)
	}))
}
