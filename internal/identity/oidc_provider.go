package identity

import (
	"iter"
	"strings"
	"time"
)

// OIDCProvider is an outside OpenID Connect identity provider, whose users an
// account's roles may trust.
type OIDCProvider struct {
	Scope
	URL         string // host and path, without https://; unique in the account
	ClientIDs   []string
	Thumbprints []string // SHA-1 of certificates, 40 hex digits in lower case
	Created     time.Time
	Tags        []Tag
}

// Ref implements [Entity].
func (p *OIDCProvider) Ref() Ref { return Ref{KindOIDCProvider, p.Account, p.URL} }

// ARN is arn:PARTITION:iam::ACCOUNT:oidc-provider/URL.
func (p *OIDCProvider) ARN() string { return p.iamARN("oidc-provider/", p.URL, "") }

// Issuer is the provider as the iss claim of its tokens names it.
func (p *OIDCProvider) Issuer() string { return "https://" + p.URL }

// Canonical implements [Entity].
func (p *OIDCProvider) Canonical() Entity {
	c := *p
	c.Created = instant(c.Created)
	c.Tags = sortedTags(c.Tags)
	c.ClientIDs, c.Thumbprints = sortedStrings(c.ClientIDs), sortedStrings(c.Thumbprints)
	return &c
}

// OIDCProvider finds an identity provider by its URL without https://.
func (s *Snapshot) OIDCProvider(url string) (*OIDCProvider, bool) { return s.providers.get(url) }

// OIDCProviderByARN finds an identity provider by its ARN.
func (s *Snapshot) OIDCProviderByARN(providerARN string) (*OIDCProvider, bool) {
	_, url, _ := strings.Cut(providerARN, ":oidc-provider/")
	p, ok := s.OIDCProvider(url)
	if !ok || p.ARN() != providerARN {
		return nil, false
	}
	return p, true
}

// OIDCProviders yields the identity providers in the order of their URLs.
func (s *Snapshot) OIDCProviders() iter.Seq[*OIDCProvider] {
	return func(yield func(*OIDCProvider) bool) {
		for _, p := range s.providers.from("") {
			if !yield(p) {
				return
			}
		}
	}
}
