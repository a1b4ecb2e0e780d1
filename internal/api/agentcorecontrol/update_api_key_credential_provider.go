package agentcorecontrol

import (
	"context"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"

	"hardpan/internal/gateway"
	"hardpan/internal/op"
	"hardpan/internal/store"
)

var _ = op.Add(&table, (*Service).updateApiKeyCredentialProvider, op.Rule[control.UpdateApiKeyCredentialProviderInput]{
	Action: "bedrock-agentcore:UpdateApiKeyCredentialProvider", Access: op.Write,
	Schema: schema(schemas.UpdateApiKeyCredentialProvider, schemas.UpdateApiKeyCredentialProviderRequest, schemas.UpdateApiKeyCredentialProviderResponse),
	Checks: func(c *op.Call, in *control.UpdateApiKeyCredentialProviderInput) ([]op.Check, error) {
		if err := managed(in.ApiKeySecretSource, in.ApiKeySecretConfig); err != nil {
			return nil, err
		}
		var f faults
		f.secret("apiKey", in.ApiKey)
		if err := f.err(); err != nil {
			return nil, err
		}
		return onProvider(c, "UpdateApiKeyCredentialProvider", gateway.APIKey, in.Name)
	},
})

func (s *Service) updateApiKeyCredentialProvider(ctx context.Context, c *op.Call, in *control.UpdateApiKeyCredentialProviderInput) (*control.UpdateApiKeyCredentialProviderOutput, error) {
	var out *control.GetApiKeyCredentialProviderOutput
	err := s.write(ctx, c, func(tx *store.Tx) error {
		old, err := findProvider(c, tx.State(), gateway.APIKey, *in.Name)
		if err != nil {
			return err
		}
		p := *old
		p.Updated = c.Time
		if err := s.seal(&p, *in.ApiKey); err != nil {
			return err
		}
		out = shownAPIKey(&p)
		return tx.Put(&p)
	})
	return (*control.UpdateApiKeyCredentialProviderOutput)(out), err
}
