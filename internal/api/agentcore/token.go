package agentcore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/oidc"
)

// The rules of a CUSTOM_JWT authorizer. Each that is set has to hold: audience
// AND clients AND scopes AND claims (observed: a token without an audience fails
// at a gateway that names audiences, whatever its client).

// verify holds a token against a gateway's rules and returns its claims. The
// error is for whoever sent the token.
func (s *Service) verify(ctx context.Context, rules *types.CustomJWTAuthorizerConfiguration, text string) (map[string]any, error) {
	if rules == nil {
		return nil, errors.New("the gateway has no rules for tokens")
	}
	token, err := oidc.Parse(text)
	if err != nil {
		return nil, said(err)
	}
	claims, err := s.Tokens.VerifyDiscovered(ctx, aws.ToString(rules.DiscoveryUrl), token)
	if err != nil {
		return nil, said(err)
	}
	return claims, accepted(rules, claims)
}

// said is what the sender may know of why a token is not good: what is behind a
// provider that cannot be reached is not theirs.
func said(err error) error {
	if e, ok := errors.AsType[*oidc.Error](err); ok {
		if e.Reason == oidc.Unreachable {
			return errors.New("the identity provider's keys could not be fetched")
		}
		return errors.New(e.Detail)
	}
	return errors.New("it cannot be verified")
}

func accepted(rules *types.CustomJWTAuthorizerConfiguration, claims map[string]any) error {
	if len(rules.AllowedAudience) > 0 && !anyOf(texts(claims["aud"]), rules.AllowedAudience) {
		return errors.New("it was made for another audience (aud)")
	}
	client := texts(claims["client_id"])
	if len(client) == 0 {
		client = texts(claims["azp"])
	}
	if len(rules.AllowedClients) > 0 && !anyOf(client, rules.AllowedClients) {
		return errors.New("it was issued to a client that this gateway does not accept (client_id)")
	}
	if len(rules.AllowedScopes) > 0 && !anyOf(scopes(claims), rules.AllowedScopes) {
		return errors.New("it has none of the scopes that this gateway accepts (scope)")
	}
	for _, rule := range rules.CustomClaims {
		if !claimFits(rule, claims) {
			return fmt.Errorf("its claim %s is not as this gateway demands", aws.ToString(rule.InboundTokenClaimName))
		}
	}
	return nil
}

// scopes are those of a token: one text with spaces between (RFC 9068), or a
// list, as some providers write it.
func scopes(claims map[string]any) (list []string) {
	for _, name := range []string{"scope", "scp"} {
		for _, text := range texts(claims[name]) {
			list = append(list, strings.Fields(text)...)
		}
	}
	return list
}

func claimFits(rule types.CustomClaimValidationType, claims map[string]any) bool {
	value, given := claims[aws.ToString(rule.InboundTokenClaimName)]
	if !given || rule.AuthorizingClaimMatchValue == nil {
		return false
	}
	_, isText := value.(string)
	if isText != (rule.InboundTokenClaimValueType == types.InboundTokenClaimValueTypeString) {
		return false
	}
	have, match := texts(value), rule.AuthorizingClaimMatchValue
	var want []string
	switch v := match.ClaimMatchValue.(type) {
	case *types.ClaimMatchValueTypeMemberMatchValueString:
		want = []string{v.Value}
	case *types.ClaimMatchValueTypeMemberMatchValueStringList:
		want = v.Value
	}
	switch match.ClaimMatchOperator {
	case types.ClaimMatchOperatorTypeEquals:
		return len(have) == 1 && slices.Equal(have, want)
	case types.ClaimMatchOperatorTypeContains, types.ClaimMatchOperatorTypeContainsAny:
		return anyOf(have, want)
	}
	return false
}

// texts are the strings of a claim: itself, or those of a list.
func texts(claim any) (list []string) {
	switch claim := claim.(type) {
	case string:
		return []string{claim}
	case []any:
		for _, one := range claim {
			if text, ok := one.(string); ok {
				list = append(list, text)
			}
		}
	}
	return list
}

func anyOf(have, accepted []string) bool {
	return slices.ContainsFunc(have, func(one string) bool { return slices.Contains(accepted, one) })
}
