package agentcorecontrol

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/awserr"
	"hardpan/internal/gateway"
	"hardpan/internal/identity"
)

// checkCredentials holds what a gateway shows to a target against the rules.
func checkCredentials(list []types.CredentialProviderConfiguration) error {
	var f faults
	if len(list) > 1 {
		f.add("Value of %d members at 'credentialProviderConfigurations' failed to satisfy constraint: Member must have length less than or equal to 1", len(list))
	}
	for i, given := range list {
		at := fmt.Sprintf("credentialProviderConfigurations.%d.member", i+1)
		if given.CredentialProviderType == "" {
			f.missing(at + ".credentialProviderType")
		}
		oneOf(&f, at+".credentialProviderType", given.CredentialProviderType, given.CredentialProviderType.Values())
		checkProvider(&f, at+".credentialProvider", given)
	}
	if err := f.err(); err != nil {
		return err
	}
	return unbuiltCredentials(list)
}

// checkProvider checks that the provider is of the kind that was announced.
func checkProvider(f *faults, at string, given types.CredentialProviderConfiguration) {
	switch provider := given.CredentialProvider.(type) {
	case *types.CredentialProviderMemberApiKeyCredentialProvider:
		f.required(at+".apiKeyCredentialProvider.providerArn", provider.Value.ProviderArn, resourceRule)
		oneOf(f, at+".apiKeyCredentialProvider.credentialLocation", provider.Value.CredentialLocation, provider.Value.CredentialLocation.Values())
		if given.CredentialProviderType != types.CredentialProviderTypeApiKey {
			f.add("Value at '%s.apiKeyCredentialProvider' goes with credentialProviderType API_KEY only", at)
		}
	case *types.CredentialProviderMemberOauthCredentialProvider:
		f.required(at+".oauthCredentialProvider.providerArn", provider.Value.ProviderArn, resourceRule)
		oneOf(f, at+".oauthCredentialProvider.grantType", provider.Value.GrantType, provider.Value.GrantType.Values())
		if given.CredentialProviderType != types.CredentialProviderTypeOauth {
			f.add("Value at '%s.oauthCredentialProvider' goes with credentialProviderType OAUTH only", at)
		}
	case nil:
		if t := given.CredentialProviderType; t == types.CredentialProviderTypeApiKey || t == types.CredentialProviderTypeOauth {
			f.missing(at)
		}
	}
}

func unbuiltCredentials(list []types.CredentialProviderConfiguration) error {
	for _, given := range list {
		if given.CredentialProviderType == types.CredentialProviderTypeCallerIamCredentials {
			return notBuilt("credentialProviderType CALLER_IAM_CREDENTIALS")
		}
		oauth, ok := given.CredentialProvider.(*types.CredentialProviderMemberOauthCredentialProvider)
		if ok && oauth.Value.GrantType == types.OAuthGrantTypeAuthorizationCode {
			return notBuilt("grantType AUTHORIZATION_CODE")
		}
	}
	return nil
}

// findProviders checks that the credential providers which a target names exist.
func findProviders(s *identity.Snapshot, list []types.CredentialProviderConfiguration) error {
	for _, given := range list {
		var named *string
		switch provider := given.CredentialProvider.(type) {
		case *types.CredentialProviderMemberApiKeyCredentialProvider:
			named = provider.Value.ProviderArn
		case *types.CredentialProviderMemberOauthCredentialProvider:
			named = provider.Value.ProviderArn
		}
		if named == nil {
			continue
		}
		if _, ok := gateway.FindProvider(s, aws.ToString(named)); !ok {
			return awserr.NotFound("There is no credential provider %s.", *named)
		}
	}
	return nil
}
