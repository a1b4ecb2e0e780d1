package agentcorecontrol

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/gateway"
	"hardpan/internal/op"
	"hardpan/internal/store"
)

var _ = op.Add(&table, (*Service).updateOauth2CredentialProvider, op.Rule[control.UpdateOauth2CredentialProviderInput]{
	Action: "bedrock-agentcore:UpdateOauth2CredentialProvider", Access: op.Write,
	Schema: schema(schemas.UpdateOauth2CredentialProvider, schemas.UpdateOauth2CredentialProviderRequest, schemas.UpdateOauth2CredentialProviderResponse),
	Checks: func(c *op.Call, in *control.UpdateOauth2CredentialProviderInput) ([]op.Check, error) {
		if _, err := oauth2Of(in.CredentialProviderVendor, in.Oauth2ProviderConfigInput); err != nil {
			return nil, err
		}
		return onProvider(c, "UpdateOauth2CredentialProvider", gateway.OAuth2, in.Name)
	},
})

func (s *Service) updateOauth2CredentialProvider(ctx context.Context, c *op.Call, in *control.UpdateOauth2CredentialProviderInput) (*control.UpdateOauth2CredentialProviderOutput, error) {
	given, err := oauth2Of(in.CredentialProviderVendor, in.Oauth2ProviderConfigInput)
	if err != nil {
		return nil, err
	}
	var p gateway.Provider
	err = s.write(ctx, c, func(tx *store.Tx) error {
		old, err := findProvider(c, tx.State(), gateway.OAuth2, *in.Name)
		if err != nil {
			return err
		}
		p = *old
		p.Updated, p.OAuth2 = c.Time, oauth2Detail(in.CredentialProviderVendor, given)
		if err := s.seal(&p, *given.ClientSecret); err != nil {
			return err
		}
		return tx.Put(&p)
	})
	if err != nil {
		return nil, err
	}
	return &control.UpdateOauth2CredentialProviderOutput{
		ClientSecretArn: &types.Secret{SecretArn: aws.String(p.SecretARN())}, CreatedTime: &p.Created,
		CredentialProviderArn: aws.String(p.ARN()), CredentialProviderVendor: p.OAuth2.CredentialProviderVendor,
		LastUpdatedTime: &p.Updated, Name: &p.Name, Oauth2ProviderConfigOutput: p.OAuth2.Oauth2ProviderConfigOutput,
		ClientSecretSource: types.SecretSourceTypeManaged, Status: types.StatusReady,
	}, nil
}
