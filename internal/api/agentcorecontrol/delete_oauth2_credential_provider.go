package agentcorecontrol

import (
	"context"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"

	"hardpan/internal/gateway"
	"hardpan/internal/op"
	"hardpan/internal/store"
)

var _ = op.Add(&table, (*Service).deleteOauth2CredentialProvider, op.Rule[control.DeleteOauth2CredentialProviderInput]{
	Action: "bedrock-agentcore:DeleteOauth2CredentialProvider", Access: op.Write,
	Schema: schema(schemas.DeleteOauth2CredentialProvider, schemas.DeleteOauth2CredentialProviderRequest, schemas.DeleteOauth2CredentialProviderResponse),
	Checks: func(c *op.Call, in *control.DeleteOauth2CredentialProviderInput) ([]op.Check, error) {
		return onProvider(c, "DeleteOauth2CredentialProvider", gateway.OAuth2, in.Name)
	},
})

func (s *Service) deleteOauth2CredentialProvider(ctx context.Context, c *op.Call, in *control.DeleteOauth2CredentialProviderInput) (*control.DeleteOauth2CredentialProviderOutput, error) {
	return &control.DeleteOauth2CredentialProviderOutput{}, s.write(ctx, c, func(tx *store.Tx) error {
		p, err := findProvider(c, tx.State(), gateway.OAuth2, *in.Name)
		if err != nil {
			return err
		}
		if err := unused(tx.State(), p); err != nil {
			return err
		}
		return tx.Delete(p)
	})
}
