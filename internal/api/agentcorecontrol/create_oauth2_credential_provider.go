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

var _ = op.Add(&table, (*Service).createOauth2CredentialProvider, op.Rule[control.CreateOauth2CredentialProviderInput]{
	Action: "bedrock-agentcore:CreateOauth2CredentialProvider", Access: op.Write,
	Schema: schema(schemas.CreateOauth2CredentialProvider, schemas.CreateOauth2CredentialProviderRequest, schemas.CreateOauth2CredentialProviderResponse),
	Checks: func(c *op.Call, in *control.CreateOauth2CredentialProviderInput) ([]op.Check, error) {
		if _, err := oauth2Of(in.CredentialProviderVendor, in.Oauth2ProviderConfigInput); err != nil {
			return nil, err
		}
		return onNewProvider(c, "CreateOauth2CredentialProvider", gateway.OAuth2, in.Name, in.Tags)
	},
})

func (s *Service) createOauth2CredentialProvider(ctx context.Context, c *op.Call, in *control.CreateOauth2CredentialProviderInput) (*control.CreateOauth2CredentialProviderOutput, error) {
	given, err := oauth2Of(in.CredentialProviderVendor, in.Oauth2ProviderConfigInput)
	if err != nil {
		return nil, err
	}
	p, err := s.newProvider(c, gateway.OAuth2, *in.Name, *given.ClientSecret, in.Tags)
	if err != nil {
		return nil, err
	}
	p.OAuth2 = oauth2Detail(in.CredentialProviderVendor, given)
	err = s.write(ctx, c, func(tx *store.Tx) error {
		if _, err := madeBefore(tx.State(), p, maxProviders); err != nil {
			return err
		}
		return tx.Put(p)
	})
	if err != nil {
		return nil, err
	}
	return &control.CreateOauth2CredentialProviderOutput{
		ClientSecretArn: &types.Secret{SecretArn: aws.String(p.SecretARN())}, CredentialProviderArn: aws.String(p.ARN()), Name: &p.Name,
		ClientSecretSource: types.SecretSourceTypeManaged, Oauth2ProviderConfigOutput: p.OAuth2.Oauth2ProviderConfigOutput,
		Status: types.StatusReady,
	}, nil
}
