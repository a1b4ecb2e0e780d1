package agentcorecontrol

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/awserr"
	"hardpan/internal/gateway"
	"hardpan/internal/identity"
	"hardpan/internal/op"
)

// Credential providers hold what gateways show to their targets. Secrets are
// sealed before they are stored, and never shown again. Only a secret that is
// given is built (MANAGED): Hardpan has no Secrets Manager to read others from.

// maxProviders is how many credential providers of a kind an account has at most
// in a region. AWS's own quota is smaller and adjustable.
const maxProviders = 1000

// findProvider returns a credential provider of the caller's account and region.
func findProvider(c *op.Call, s *identity.Snapshot, kind, name string) (*gateway.Provider, error) {
	r, ok := s.ResourceAt(gateway.KindProvider, gateway.ProviderPlace(c.Region, kind), name)
	if !ok {
		return nil, awserr.NotFound("There is no credential provider %s in %s.", name, c.Region)
	}
	return r.(*gateway.Provider), nil
}

// providerNow is findProvider as of now.
func providerNow(c *op.Call, kind, name string) (*gateway.Provider, error) {
	now, err := state(c)
	if err != nil {
		return nil, err
	}
	return findProvider(c, now, kind, name)
}

// onProvider is the check of an action on a credential provider.
func onProvider(c *op.Call, action, kind string, name *string) ([]op.Check, error) {
	var f faults
	f.required("name", name, providerNameRule)
	if err := f.err(); err != nil {
		return nil, err
	}
	var tags []identity.Tag
	if p, err := providerNow(c, kind, *name); err == nil {
		tags = p.Tags
	}
	return []op.Check{on(c, action, "token-vault/default/"+kind+"/"+*name, tags)}, nil
}

// onNewProvider is the check of making a credential provider.
func onNewProvider(c *op.Call, action, kind string, name *string, tags map[string]string) ([]op.Check, error) {
	var f faults
	f.required("name", name, providerNameRule)
	checkTags(&f, tags)
	if err := f.err(); err != nil {
		return nil, err
	}
	return onCreate(c, action, "token-vault/default/"+kind+"/"+*name, tags), nil
}

// newProvider makes a provider whose secret is sealed.
func (s *Service) newProvider(c *op.Call, kind, name, secret string, tags map[string]string) (*gateway.Provider, error) {
	p := gateway.NewProvider(identity.Scope{Partition: c.Partition, Account: c.Account}, c.Region, kind, name)
	p.Created, p.Updated, p.Tags = c.Time, c.Time, tagList(tags)
	return p, s.seal(p, secret)
}

// seal replaces a provider's secret.
func (s *Service) seal(p *gateway.Provider, secret string) (err error) {
	if p.Sealed, err = s.Box.Seal([]byte(secret), p.AssociatedData()); err != nil {
		return awserr.Internal(err)
	}
	return nil
}

// managed refuses a secret that would have to be read from elsewhere.
func managed(source types.SecretSourceType, reference *types.SecretReference) error {
	if source == types.SecretSourceTypeExternal || reference != nil {
		return notBuilt("A secret source of EXTERNAL")
	}
	return nil
}

// unused refuses to delete a provider that a target names.
func unused(s *identity.Snapshot, p *gateway.Provider) error {
	for g := range gateway.Gateways(s, p.Region, "") {
		for t := range gateway.Targets(s, g.ID, "") {
			if names(t, p.ARN()) {
				return conflict("The credential provider %s is used by the target %s of the gateway %s.", p.Name, t.Name, g.ID)
			}
		}
	}
	return nil
}

func names(t *gateway.Target, providerARN string) bool {
	for _, given := range t.Detail.CredentialProviderConfigurations {
		switch provider := given.CredentialProvider.(type) {
		case *types.CredentialProviderMemberApiKeyCredentialProvider:
			return aws.ToString(provider.Value.ProviderArn) == providerARN
		case *types.CredentialProviderMemberOauthCredentialProvider:
			return aws.ToString(provider.Value.ProviderArn) == providerARN
		}
	}
	return false
}

func shownAPIKey(p *gateway.Provider) *control.GetApiKeyCredentialProviderOutput {
	return &control.GetApiKeyCredentialProviderOutput{
		ApiKeySecretArn: &types.Secret{SecretArn: aws.String(p.SecretARN())}, CreatedTime: &p.Created,
		CredentialProviderArn: aws.String(p.ARN()), LastUpdatedTime: &p.Updated, Name: &p.Name,
		ApiKeySecretSource: types.SecretSourceTypeManaged,
	}
}

func shownOAuth2(p *gateway.Provider) *control.GetOauth2CredentialProviderOutput {
	out := p.OAuth2
	out.ClientSecretArn, out.CreatedTime = &types.Secret{SecretArn: aws.String(p.SecretARN())}, &p.Created
	out.CredentialProviderArn, out.LastUpdatedTime, out.Name = aws.String(p.ARN()), &p.Updated, &p.Name
	out.ClientSecretSource, out.Status = types.SecretSourceTypeManaged, types.StatusReady
	return &out
}
