package sts

import (
	"errors"
	"net/http"
	"strings"

	"hardpan/arn"
	"hardpan/internal/awserr"
	"hardpan/internal/identity"
	"hardpan/internal/oidc"
	"hardpan/internal/op"
	"hardpan/internal/token"
	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

// findProvider finds who issued a token among the providers of the role's
// account.
func findProvider(d *identity.Directory, roleARN, issuer string) (*identity.OIDCProvider, bool) {
	a, err := arn.Parse(roleARN)
	url, ok := strings.CutPrefix(issuer, "https://")
	if err != nil || !ok {
		return nil, false
	}
	snapshot, ok := d.Account(a.Account)
	if !ok {
		return nil, false
	}
	return snapshot.OIDCProvider(url)
}

// webCaller is a caller of whom a provider's token is all that is known. As in
// CloudTrail, their id is the provider, the audience and the subject.
func webCaller(p *identity.OIDCProvider, claims *oidc.Claims) *op.Caller {
	provider := p.ARN()
	return &op.Caller{WebIdentity: claims, Principal: &identity.Principal{
		Scope: p.Scope, Kind: identity.WebIdentityUser, ID: provider, UserID: provider + ":" + claims.Audience + ":" + claims.Subject,
		Name: claims.Subject, ARN: provider, EntityARN: provider,
		Subject: &eval.Subject{Account: p.Account, Federated: provider, Identity: eval.NewSet()},
		Keys:    webKeys(p, claims),
	}}
}

// webKeys are the condition keys of a token, each named after the provider.
// Source: IAM User Guide, "Available keys for AWS OIDC federation", from memory;
// that email is one of them was observed.
func webKeys(p *identity.OIDCProvider, claims *oidc.Claims) *condition.Context {
	keys := condition.NewContext(nil)
	keys.Set("aws:FederatedProvider", "principal", p.ARN())
	for _, claim := range sessionClaims(claims) {
		keys.Set(claim.Key, "principal", claim.Value)
	}
	prefix := claimPrefix(claims)
	if len(claims.Original) == 1 {
		keys.Set(prefix+"oaud", "principal", claims.Original[0])
	} else {
		keys.SetMany(prefix+"oaud", "principal", claims.Original)
	}
	if len(claims.Methods) > 0 {
		keys.SetMany(prefix+"amr", "principal", claims.Methods)
	}
	if claims.Email != "" {
		keys.Set(prefix+"email", "principal", claims.Email)
	}
	return keys
}

// sessionClaims are the keys that stay with the session, so that its policies
// can name them (same source).
func sessionClaims(claims *oidc.Claims) []token.Tag {
	prefix := claimPrefix(claims)
	return []token.Tag{{Key: prefix + "aud", Value: claims.Audience}, {Key: prefix + "sub", Value: claims.Subject}}
}

func claimPrefix(claims *oidc.Claims) string {
	return strings.TrimPrefix(claims.Issuer, "https://") + ":"
}

// The refusals of a token. Codes and statuses are those of the API Reference;
// of the texts, those on provider, audience, expiry, form and key are AWS's as
// seen in public reports, the others Hardpan's own.

func noProvider(issuer string) *awserr.Error {
	const most = 255
	return invalidToken("No OpenIDConnect provider found in your account for %.*s", most, issuer)
}

func invalidToken(format string, args ...any) *awserr.Error {
	return awserr.New("InvalidIdentityToken", http.StatusBadRequest, format, args...)
}

func tokenRefused(err error) error {
	e, ok := errors.AsType[*oidc.Error](err)
	if !ok {
		return err
	}
	switch e.Reason {
	case oidc.Expired:
		return awserr.New("ExpiredTokenException", http.StatusBadRequest, "Token expired: %s", e.Detail).Because(e)
	case oidc.Audience:
		return invalidToken("Incorrect token audience").Because(e)
	case oidc.UnknownKey:
		return invalidToken("Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements").Because(e)
	case oidc.Unreachable:
		return awserr.New("IDPCommunicationError", http.StatusBadRequest,
			"The identity provider's keys could not be fetched. Try again in a while; the operator of Hardpan finds the cause in the log.").Because(e)
	case oidc.NotYet, oidc.Claim:
		return rejectedClaim(e)
	case oidc.Malformed:
		if e.Cause == nil {
			return invalidToken("%s", e.Detail)
		}
		return invalidToken("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)").Because(e)
	}
	return invalidToken("The ID Token is not accepted: %s", e.Detail).Because(e)
}

// rejectedClaim is a token whose claims do not keep the rules.
func rejectedClaim(err error) error {
	said := err.Error()
	if e, ok := errors.AsType[*awserr.Error](err); ok {
		said = e.Message
	}
	if e, ok := errors.AsType[*oidc.Error](err); ok {
		said = e.Detail
	}
	return awserr.New("IDPRejectedClaim", http.StatusForbidden, "A claim of the ID Token is not valid: %s", said).Because(err)
}
