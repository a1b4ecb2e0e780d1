package iam

import (
	"context"
	"net/url"
	"regexp"
	"strings"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"hardpan/arn"
	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/store"
)

// Outside OpenID Connect identity providers. Nothing is fetched from one when it
// is registered, only when a token of it comes. Unlike AWS, Hardpan looks for no
// thumbprint where the request gives none: the provider's certificate is then
// good if the system trusts who signed it.

// The most that an account and a provider may have, and the longest client id
// (IAM API Reference; IAM and AWS STS quotas).
const (
	maxOIDCProviders = 100
	maxClientIDs     = 100
	maxThumbprints   = 5
)

// providerType begins the resource of a provider's ARN.
const providerType = "oidc-provider"

var (
	clientIDRule    = textRule{min: 1, max: 255}
	providerURLRule = textRule{min: 1, max: 255}
	thumbprintRule  = textRule{min: 40, max: 40, pattern: regexp.MustCompile(`^[0-9A-Fa-f]*$`), shown: `[0-9A-Fa-f]*`}
)

// provider is about a registered identity provider.
func (p *plan) provider(providerARN *string) {
	p.required("openIDConnectProviderArn", providerARN, arnRule)
	if providerARN == nil {
		return
	}
	if a, err := arn.Parse(*providerARN); err != nil || a.Service != "iam" || a.Region != "" || a.Type() != providerType {
		p.refuse(notAnARN(*providerARN))
		return
	}
	if provider, ok := p.state.OIDCProviderByARN(*providerARN); ok {
		p.resourceTags(provider.Tags)
	}
	p.on(*providerARN)
}

// clientIDs and thumbprints hold lists of them against their rules.

func (p *plan) clientIDs(list ...string) {
	for i := range list {
		p.text("clientID", &list[i], clientIDRule)
	}
}

func (p *plan) thumbprints(list []string) {
	for i := range list {
		p.text("thumbprintList.member", &list[i], thumbprintRule)
	}
}

// providerURL is a provider's URL without https://, as its ARN has it.
func providerURL(text string) (string, bool) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return "", false
	}
	rest, ok := strings.CutPrefix(text, "https://")
	return rest, ok && !strings.ContainsAny(rest, " *?#,\"'\\") && strings.ToLower(u.Host) == u.Host
}

func findProvider(s *identity.Snapshot, providerARN string) (*identity.OIDCProvider, error) {
	p, ok := s.OIDCProviderByARN(providerARN)
	if !ok {
		return nil, noSuchEntity("OpenIDConnect Provider not found for arn %s", providerARN)
	}
	return p, nil
}

// changeProvider edits a copy of a provider in one write.
func (s *Service) changeProvider(ctx context.Context, c *op.Call, providerARN string, edit func(*identity.OIDCProvider) error) error {
	return s.write(ctx, c, func(tx *store.Tx) error {
		found, err := findProvider(tx.State(), providerARN)
		if err != nil {
			return err
		}
		changed := *found
		if err := edit(&changed); err != nil {
			return err
		}
		return tx.Put(&changed)
	})
}

// checkProvider holds the lists of a provider against their limits.
func checkProvider(p *identity.OIDCProvider) error {
	switch {
	case len(p.ClientIDs) > maxClientIDs:
		return quota("ClientIdsPerOpenIdConnectProvider", maxClientIDs)
	case len(p.Thumbprints) > maxThumbprints:
		return invalidInput("Thumbprint list must contain fewer than %d entries.", maxThumbprints+1)
	}
	return nil
}

// lowered is a list of thumbprints as they are compared.
func lowered(list []string) []string {
	out := make([]string, len(list))
	for i, text := range list {
		out[i] = strings.ToLower(text)
	}
	return out
}

var (
	_ = op.Add(&table, (*Service).getOIDCProvider, rule("iam:GetOpenIDConnectProvider", op.Read,
		func(p *plan, in *awsiam.GetOpenIDConnectProviderInput) { p.provider(in.OpenIDConnectProviderArn) }))

	// The denial names the collection, as AWS's does (from memory).
	_ = op.Add(&table, (*Service).listOIDCProviders, rule("iam:ListOpenIDConnectProviders", op.List,
		func(p *plan, _ *awsiam.ListOpenIDConnectProvidersInput) { p.on(p.arn(providerType, "/", "*")) }))
)

func (s *Service) getOIDCProvider(_ context.Context, c *op.Call, in *awsiam.GetOpenIDConnectProviderInput) (*awsiam.GetOpenIDConnectProviderOutput, error) {
	state, err := s.state(c)
	if err != nil {
		return nil, err
	}
	p, err := findProvider(state, *in.OpenIDConnectProviderArn)
	if err != nil {
		return nil, err
	}
	return &awsiam.GetOpenIDConnectProviderOutput{
		Url: &p.URL, ClientIDList: p.ClientIDs, ThumbprintList: p.Thumbprints, CreateDate: &p.Created, Tags: shownTags(p.Tags),
	}, nil
}

func (s *Service) listOIDCProviders(_ context.Context, c *op.Call, _ *awsiam.ListOpenIDConnectProvidersInput) (*awsiam.ListOpenIDConnectProvidersOutput, error) {
	state, err := s.state(c)
	if err != nil {
		return nil, err
	}
	out := &awsiam.ListOpenIDConnectProvidersOutput{OpenIDConnectProviderList: []types.OpenIDConnectProviderListEntry{}}
	for p := range state.OIDCProviders() {
		providerARN := p.ARN()
		out.OpenIDConnectProviderList = append(out.OpenIDConnectProviderList, types.OpenIDConnectProviderListEntry{Arn: &providerARN})
	}
	return out, nil
}
