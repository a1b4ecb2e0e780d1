package sts

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"hardpan/internal/oidc"
	"hardpan/internal/op"
	"hardpan/internal/token"
)

// AssumeRoleWithWebIdentity takes no signature: a token of an outside identity
// provider says who calls. The provider is one that the role's account has
// registered, and the role's trust policy alone decides. Whether the role or its
// account exists is not told: nobody is registered in an account that does not.

var _ = op.AddUnsigned(&table, (*Service).webIdentity, (*Service).assumeRoleWithWebIdentity, op.Rule[awssts.AssumeRoleWithWebIdentityInput]{
	Action: "sts:AssumeRoleWithWebIdentity", Access: op.Write,
	Unsigned: "AWS: the token of an identity provider stands in place of a signature",
	Checks: func(c *op.Call, in *awssts.AssumeRoleWithWebIdentityInput) ([]op.Check, error) {
		role := asRole(in, c.Caller.WebIdentity)
		if err := validateAssumeRole(role); err != nil {
			return nil, rejectedClaim(err)
		}
		return roleChecks(c, "sts:AssumeRoleWithWebIdentity", role), nil
	},
})

// webIdentity says who calls, if their token is good.
func (s *Service) webIdentity(ctx context.Context, c *op.Call, in *awssts.AssumeRoleWithWebIdentityInput) (*op.Caller, error) {
	if err := validateWebIdentity(in); err != nil {
		return nil, err
	}
	t, err := oidc.Parse(*in.WebIdentityToken)
	if err != nil {
		return nil, tokenRefused(err)
	}
	provider, ok := findProvider(c.Directory, *in.RoleArn, t.Issuer())
	if !ok {
		return nil, noProvider(t.Issuer())
	}
	claims, err := s.Web.Verify(ctx, oidc.Provider{
		Issuer: provider.Issuer(), ClientIDs: provider.ClientIDs, Thumbprints: provider.Thumbprints,
	}, t)
	if err != nil {
		return nil, tokenRefused(err)
	}
	return webCaller(provider, claims), nil
}

// Lengths of a token, in characters. Source: AWS STS API Reference.
const (
	minWebToken = 4
	maxWebToken = 20_000
)

func validateWebIdentity(in *awssts.AssumeRoleWithWebIdentityInput) error {
	switch {
	case in.WebIdentityToken == nil:
		return missing("webIdentityToken")
	case len(*in.WebIdentityToken) < minWebToken || len(*in.WebIdentityToken) > maxWebToken:
		return invalid("1 validation error detected: Value at 'webIdentityToken' failed to satisfy constraint: "+
			"Member must have length between %d and %d", minWebToken, maxWebToken)
	case in.ProviderId != nil:
		return invalid("ProviderId is for OAuth 2.0 access tokens of www.amazon.com and graph.facebook.com, which Hardpan does not take. " +
			"Leave it out with an OpenID Connect token.")
	}
	return validateAssumeRole(asRole(in, &oidc.Claims{}))
}

// asRole is the same request as AssumeRole has it: tags and source identity come
// from the token.
func asRole(in *awssts.AssumeRoleWithWebIdentityInput, claims *oidc.Claims) *awssts.AssumeRoleInput {
	role := &awssts.AssumeRoleInput{
		RoleArn: in.RoleArn, RoleSessionName: in.RoleSessionName, DurationSeconds: in.DurationSeconds,
		Policy: in.Policy, PolicyArns: in.PolicyArns, TransitiveTagKeys: claims.Transitive,
	}
	for _, t := range claims.Tags {
		role.Tags = append(role.Tags, types.Tag{Key: aws.String(t.Key), Value: aws.String(t.Value)})
	}
	if claims.Source != "" {
		role.SourceIdentity = &claims.Source
	}
	return role
}

func (s *Service) assumeRoleWithWebIdentity(_ context.Context, c *op.Call, in *awssts.AssumeRoleWithWebIdentityInput) (*awssts.AssumeRoleWithWebIdentityOutput, error) {
	claims := c.Caller.WebIdentity
	assumed, err := s.assume(c, asRole(in, claims), func(session *token.Session) {
		session.Ancestors = []string{c.Caller.UserID}
		session.Provider = c.Caller.ID
		session.Claims = sessionClaims(claims)
	})
	if err != nil {
		return nil, err
	}
	return &awssts.AssumeRoleWithWebIdentityOutput{
		AssumedRoleUser: assumed.AssumedRoleUser, Credentials: assumed.Credentials, SourceIdentity: assumed.SourceIdentity,
		PackedPolicySize: assumed.PackedPolicySize, //nolint:staticcheck // deprecated in the SDK, still what AWS sends
		Audience:         &claims.Audience, Provider: aws.String(c.Caller.ID), SubjectFromWebIdentityToken: &claims.Subject,
	}, nil
}
