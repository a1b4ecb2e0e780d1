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

var _ = op.Add(&table, (*Service).createApiKeyCredentialProvider, op.Rule[control.CreateApiKeyCredentialProviderInput]{
	Action: "bedrock-agentcore:CreateApiKeyCredentialProvider", Access: op.Write,
	Schema: schema(schemas.CreateApiKeyCredentialProvider, schemas.CreateApiKeyCredentialProviderRequest, schemas.CreateApiKeyCredentialProviderResponse),
	Checks: func(c *op.Call, in *control.CreateApiKeyCredentialProviderInput) ([]op.Check, error) {
		if err := managed(in.ApiKeySecretSource, in.ApiKeySecretConfig); err != nil {
			return nil, err
		}
		var f faults
		f.secret("apiKey", in.ApiKey)
		if err := f.err(); err != nil {
			return nil, err
		}
		return onNewProvider(c, "CreateApiKeyCredentialProvider", gateway.APIKey, in.Name, in.Tags)
	},
})

func (s *Service) createApiKeyCredentialProvider(ctx context.Context, c *op.Call, in *control.CreateApiKeyCredentialProviderInput) (*control.CreateApiKeyCredentialProviderOutput, error) {
	p, err := s.newProvider(c, gateway.APIKey, *in.Name, *in.ApiKey, in.Tags)
	if err != nil {
		return nil, err
	}
	err = s.write(ctx, c, func(tx *store.Tx) error {
		if _, err := madeBefore(tx.State(), p, maxProviders); err != nil {
			return err
		}
		return tx.Put(p)
	})
	if err != nil {
		return nil, err
	}
	return &control.CreateApiKeyCredentialProviderOutput{
		ApiKeySecretArn: &types.Secret{SecretArn: aws.String(p.SecretARN())}, CredentialProviderArn: aws.String(p.ARN()),
		Name: &p.Name, ApiKeySecretSource: types.SecretSourceTypeManaged,
	}, nil
}
