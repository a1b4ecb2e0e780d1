package rest

import (
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
)

// agentcoreUnions are those that inputs of AgentCore's control plane hold, and
// those that are these unions' members in turn.
var agentcoreUnions = join(
	union[types.AuthorizerConfiguration](
		types.AuthorizerConfigurationMemberCustomJWTAuthorizer{}),
	union[types.GatewayProtocolConfiguration](
		types.GatewayProtocolConfigurationMemberMcp{}),
	union[types.TargetConfiguration](
		types.TargetConfigurationMemberHttp{}, types.TargetConfigurationMemberInference{},
		types.TargetConfigurationMemberMcp{}),
	union[types.HttpTargetConfiguration](
		types.HttpTargetConfigurationMemberAgentcoreRuntime{}, types.HttpTargetConfigurationMemberConnector{},
		types.HttpTargetConfigurationMemberPassthrough{}),
	union[types.InferenceTargetConfiguration](
		types.InferenceTargetConfigurationMemberConnector{}, types.InferenceTargetConfigurationMemberProvider{}),
	union[types.McpTargetConfiguration](
		types.McpTargetConfigurationMemberApiGateway{}, types.McpTargetConfigurationMemberConnector{},
		types.McpTargetConfigurationMemberLambda{}, types.McpTargetConfigurationMemberMcpServer{},
		types.McpTargetConfigurationMemberOpenApiSchema{}, types.McpTargetConfigurationMemberSmithyModel{}),
	union[types.ApiSchemaConfiguration](
		types.ApiSchemaConfigurationMemberInlinePayload{}, types.ApiSchemaConfigurationMemberS3{}),
	union[types.PrivateEndpoint](
		types.PrivateEndpointMemberManagedVpcResource{}, types.PrivateEndpointMemberSelfManagedLatticeResource{}),
	union[types.SelfManagedLatticeResource](
		types.SelfManagedLatticeResourceMemberResourceConfigurationIdentifier{}),
	union[types.CertificateConfiguration](
		types.CertificateConfigurationMemberS3{}, types.CertificateConfigurationMemberSecretsManager{}),
	union[types.PolicyDefinition](
		types.PolicyDefinitionMemberCedar{}, types.PolicyDefinitionMemberPolicy{},
		types.PolicyDefinitionMemberPolicyGeneration{}),
	union[types.Oauth2ProviderConfigInput](
		types.Oauth2ProviderConfigInputMemberAtlassianOauth2ProviderConfig{},
		types.Oauth2ProviderConfigInputMemberCustomOauth2ProviderConfig{},
		types.Oauth2ProviderConfigInputMemberGithubOauth2ProviderConfig{},
		types.Oauth2ProviderConfigInputMemberGoogleOauth2ProviderConfig{},
		types.Oauth2ProviderConfigInputMemberIncludedOauth2ProviderConfig{},
		types.Oauth2ProviderConfigInputMemberLinkedinOauth2ProviderConfig{},
		types.Oauth2ProviderConfigInputMemberMicrosoftOauth2ProviderConfig{},
		types.Oauth2ProviderConfigInputMemberSalesforceOauth2ProviderConfig{},
		types.Oauth2ProviderConfigInputMemberSlackOauth2ProviderConfig{}),
)
