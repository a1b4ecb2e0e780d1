package agentcorecontrol

import (
	"context"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/gateway"
	"hardpan/internal/op"
)

var _ = op.Add(&table, (*Service).listApiKeyCredentialProviders, op.Rule[control.ListApiKeyCredentialProvidersInput]{
	Action: "bedrock-agentcore:ListApiKeyCredentialProviders", Access: op.List,
	Schema: schema(schemas.ListApiKeyCredentialProviders, schemas.ListApiKeyCredentialProvidersRequest, schemas.ListApiKeyCredentialProvidersResponse),
	Checks: func(c *op.Call, _ *control.ListApiKeyCredentialProvidersInput) ([]op.Check, error) {
		return []op.Check{on(c, "ListApiKeyCredentialProviders", "token-vault/default/"+gateway.APIKey+"/*", nil)}, nil
	},
})

func (s *Service) listApiKeyCredentialProviders(_ context.Context, c *op.Call, in *control.ListApiKeyCredentialProvidersInput) (*control.ListApiKeyCredentialProvidersOutput, error) {
	now, err := state(c)
	if err != nil {
		return nil, err
	}
	from := func(after string) iter.Seq[*gateway.Provider] {
		return gateway.Providers(now, c.Region, gateway.APIKey, after)
	}
	items, next, err := page(in.MaxResults, in.NextToken, from, func(p *gateway.Provider) types.ApiKeyCredentialProviderItem {
		return types.ApiKeyCredentialProviderItem{
			CreatedTime: &p.Created, CredentialProviderArn: aws.String(p.ARN()), LastUpdatedTime: &p.Updated, Name: &p.Name,
		}
	})
	return &control.ListApiKeyCredentialProvidersOutput{CredentialProviders: items, NextToken: next}, err
}
