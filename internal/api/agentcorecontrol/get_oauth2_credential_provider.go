package agentcorecontrol

import (
	"context"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"

	"hardpan/internal/gateway"
	"hardpan/internal/op"
)

var _ = op.Add(&table, (*Service).getOauth2CredentialProvider, op.Rule[control.GetOauth2CredentialProviderInput]{
	Action: "bedrock-agentcore:GetOauth2CredentialProvider", Access: op.Read,
	Schema: schema(schemas.GetOauth2CredentialProvider, schemas.GetOauth2CredentialProviderRequest, schemas.GetOauth2CredentialProviderResponse),
	Checks: func(c *op.Call, in *control.GetOauth2CredentialProviderInput) ([]op.Check, error) {
		return onProvider(c, "GetOauth2CredentialProvider", gateway.OAuth2, in.Name)
	},
})

func (s *Service) getOauth2CredentialProvider(_ context.Context, c *op.Call, in *control.GetOauth2CredentialProviderInput) (*control.GetOauth2CredentialProviderOutput, error) {
	p, err := providerNow(c, gateway.OAuth2, *in.Name)
	if err != nil {
		return nil, err
	}
	return shownOAuth2(p), nil
}
