package agentcorecontrol

import (
	"context"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"

	"hardpan/internal/gateway"
	"hardpan/internal/op"
	"hardpan/internal/store"
)

var _ = op.Add(&table, (*Service).deleteApiKeyCredentialProvider, op.Rule[control.DeleteApiKeyCredentialProviderInput]{
	Action: "bedrock-agentcore:DeleteApiKeyCredentialProvider", Access: op.Write,
	Schema: schema(schemas.DeleteApiKeyCredentialProvider, schemas.DeleteApiKeyCredentialProviderRequest, schemas.DeleteApiKeyCredentialProviderResponse),
	Checks: func(c *op.Call, in *control.DeleteApiKeyCredentialProviderInput) ([]op.Check, error) {
		return onProvider(c, "DeleteApiKeyCredentialProvider", gateway.APIKey, in.Name)
	},
})

func (s *Service) deleteApiKeyCredentialProvider(ctx context.Context, c *op.Call, in *control.DeleteApiKeyCredentialProviderInput) (*control.DeleteApiKeyCredentialProviderOutput, error) {
	return &control.DeleteApiKeyCredentialProviderOutput{}, s.write(ctx, c, func(tx *store.Tx) error {
		p, err := findProvider(c, tx.State(), gateway.APIKey, *in.Name)
		if err != nil {
			return err
		}
		if err := unused(tx.State(), p); err != nil {
			return err
		}
		return tx.Delete(p)
	})
}
