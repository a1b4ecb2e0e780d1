package agentcorecontrol

import (
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
)

// oauth2Of reads how a provider is reached, and as whom. Gateways get tokens for
// themselves and by exchange, which takes no vendor's ways of its own: built is
// CustomOauth2.
func oauth2Of(vendor types.CredentialProviderVendorType, given types.Oauth2ProviderConfigInput) (*types.CustomOauth2ProviderConfigInput, error) {
	var f faults
	if vendor == "" {
		f.missing("credentialProviderVendor")
	}
	oneOf(&f, "credentialProviderVendor", vendor, vendor.Values())
	if given == nil {
		f.missing("oauth2ProviderConfigInput")
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	custom, ok := given.(*types.Oauth2ProviderConfigInputMemberCustomOauth2ProviderConfig)
	if !ok || vendor != types.CredentialProviderVendorTypeCustomOauth2 {
		return nil, notBuilt("credentialProviderVendor " + string(vendor) + " (CustomOauth2 is)")
	}
	in := &custom.Value
	switch {
	case in.PrivateEndpoint != nil, len(in.PrivateEndpointOverrides) > 0:
		return nil, notBuilt("customOauth2ProviderConfig.privateEndpoint")
	case in.ClientAuthenticationMethod == types.ClientAuthenticationMethodTypeAwsIamIdTokenJwt:
		return nil, notBuilt("clientAuthenticationMethod AWS_IAM_ID_TOKEN_JWT")
	case in.PrivateKeyJwtConfig != nil, in.ClientAuthenticationMethod == types.ClientAuthenticationMethodTypePrivateKeyJwt:
		return nil, notBuilt("customOauth2ProviderConfig.privateKeyJwtConfig")
	}
	if err := managed(in.ClientSecretSource, in.ClientSecretConfig); err != nil {
		return nil, err
	}
	return in, checkCustom(in)
}

func checkCustom(in *types.CustomOauth2ProviderConfigInput) error {
	const at = "oauth2ProviderConfigInput.customOauth2ProviderConfig."
	var f faults
	f.required(at+"clientId", in.ClientId, secretRule)
	f.secret(at+"clientSecret", in.ClientSecret)
	switch d := in.OauthDiscovery.(type) {
	case *types.Oauth2DiscoveryMemberDiscoveryUrl:
		f.optional(at+"oauthDiscovery.discoveryUrl", &d.Value, discoveryRule)
	case *types.Oauth2DiscoveryMemberAuthorizationServerMetadata:
		f.required(at+"oauthDiscovery.authorizationServerMetadata.issuer", d.Value.Issuer, urlRule)
		f.required(at+"oauthDiscovery.authorizationServerMetadata.tokenEndpoint", d.Value.TokenEndpoint, urlRule)
	default:
		f.missing(at + "oauthDiscovery")
	}
	return f.err()
}

// oauth2Detail is a provider as AWS shows it: without its secret.
func oauth2Detail(vendor types.CredentialProviderVendorType, in *types.CustomOauth2ProviderConfigInput) control.GetOauth2CredentialProviderOutput {
	return control.GetOauth2CredentialProviderOutput{
		CredentialProviderVendor: vendor,
		Oauth2ProviderConfigOutput: &types.Oauth2ProviderConfigOutputMemberCustomOauth2ProviderConfig{
			Value: types.CustomOauth2ProviderConfigOutput{
				OauthDiscovery: in.OauthDiscovery, ClientAuthenticationMethod: in.ClientAuthenticationMethod, ClientId: in.ClientId,
				OnBehalfOfTokenExchangeConfig: in.OnBehalfOfTokenExchangeConfig,
			},
		},
	}
}
