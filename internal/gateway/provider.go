package gateway

import (
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"

	"hardpan/internal/identity"
	"hardpan/internal/seal"
)

// The kinds of credential providers, as they stand in ARNs.
const (
	APIKey = "apikeycredentialprovider"
	OAuth2 = "oauth2credentialprovider"
)

// Provider is a credential provider: what a gateway shows to its targets. It is
// within its region and kind.
type Provider struct {
	Meta
	Type   string // APIKey or OAuth2
	Sealed []byte // the API key or client secret; only [Provider.AssociatedData] opens it

	OAuth2 control.GetOauth2CredentialProviderOutput // what AWS shows of one of type OAuth2, if it is one
}

// NewProvider returns the empty provider of a kind with its names set.
func NewProvider(scope identity.Scope, region, kind, name string) *Provider {
	return &Provider{Type: kind, Meta: Meta{
		Scope: scope, Region: region, Within: ProviderPlace(region, kind), Name: name, ID: kind + "-" + suffix(),
	}}
}

// ProviderPlace is what providers of a kind are within in a region.
func ProviderPlace(region, kind string) string { return region + "/" + kind }

// Ref implements [identity.Entity].
func (p *Provider) Ref() identity.Ref { return p.ref(KindProvider) }

// ARN is arn:PARTITION:bedrock-agentcore:REGION:ACCOUNT:token-vault/default/KIND/NAME.
func (p *Provider) ARN() string { return p.arn("token-vault/default/" + p.Type + "/" + p.Name) }

// SecretARN is the ARN that AWS shows for the secret. Hardpan has no Secrets
// Manager: nothing is found there, and the secret is never shown. Its form is
// from memory, unverified.
func (p *Provider) SecretARN() string {
	family := "apikey"
	if p.Type == OAuth2 {
		family = "oauth2"
	}
	return "arn:" + p.Partition + ":secretsmanager:" + p.Region + ":" + p.Account +
		":secret:bedrock-agentcore-identity!default/" + family + "/" + p.Name + "-" + p.ID[len(p.ID)-6:]
}

// AssociatedData binds the sealed secret to its provider.
func (p *Provider) AssociatedData() []byte {
	return seal.Row(p.Partition, p.Account, string(KindProvider), p.ID)
}

// Unfinished implements [identity.Resource].
func (p *Provider) Unfinished() bool { return false }

// Content is what is stored of the provider beside its Meta.
func (p *Provider) Content() (string, error) {
	return encode(schemas.GetOauth2CredentialProviderResponse, &p.OAuth2, own{Type: p.Type, Sealed: p.Sealed})
}

func (p *Provider) setContent(text string) error {
	var o own
	err := decode(schemas.GetOauth2CredentialProviderResponse, text, &p.OAuth2, &o)
	p.Type, p.Sealed = o.Type, o.Sealed
	return err
}

// Canonical implements [identity.Entity].
func (p *Provider) Canonical() identity.Entity {
	c := *p
	c.Meta = p.canonical()
	return &c
}
