package agentcorecontrol

import (
	"context"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"

	"hardpan/internal/gateway"
	"hardpan/internal/op"
)

var _ = op.Add(&table, (*Service).getApiKeyCredentialProvider, op.Rule[control.GetApiKeyCredentialProviderInput]{
	Action: "bedrock-agentcore:GetApiKeyCredentialProvider", Access: op.Read,
	Schema: schema(schemas.GetApiKeyCredentialProvider, schemas.GetApiKeyCredentialProviderRequest, schemas.GetApiKeyCredentialProviderResponse),
	Checks: func(c *op.Call, in *control.GetApiKeyCredentialProviderInput) ([]op.Check, error) {
		return onProvider(c, "GetApiKeyCredentialProvider", gateway.APIKey, in.Name)
	},
})

func (s *Service) getApiKeyCredentialProvider(_ context.Context, c *op.Call, in *control.GetApiKeyCredentialProviderInput) (*control.GetApiKeyCredentialProviderOutput, error) {
	p, err := providerNow(c, gateway.APIKey, *in.Name)
	if err != nil {
		return nil, err
	}
	return shownAPIKey(p), nil
}
