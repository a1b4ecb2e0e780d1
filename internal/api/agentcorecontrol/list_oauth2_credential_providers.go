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

var _ = op.Add(&table, (*Service).listOauth2CredentialProviders, op.Rule[control.ListOauth2CredentialProvidersInput]{
	Action: "bedrock-agentcore:ListOauth2CredentialProviders", Access: op.List,
	Schema: schema(schemas.ListOauth2CredentialProviders, schemas.ListOauth2CredentialProvidersRequest, schemas.ListOauth2CredentialProvidersResponse),
	Checks: func(c *op.Call, _ *control.ListOauth2CredentialProvidersInput) ([]op.Check, error) {
		return []op.Check{on(c, "ListOauth2CredentialProviders", "token-vault/default/"+gateway.OAuth2+"/*", nil)}, nil
	},
})

func (s *Service) listOauth2CredentialProviders(_ context.Context, c *op.Call, in *control.ListOauth2CredentialProvidersInput) (*control.ListOauth2CredentialProvidersOutput, error) {
	now, err := state(c)
	if err != nil {
		return nil, err
	}
	from := func(after string) iter.Seq[*gateway.Provider] {
		return gateway.Providers(now, c.Region, gateway.OAuth2, after)
	}
	items, next, err := page(in.MaxResults, in.NextToken, from, func(p *gateway.Provider) types.Oauth2CredentialProviderItem {
		return types.Oauth2CredentialProviderItem{
			CreatedTime: &p.Created, CredentialProviderArn: aws.String(p.ARN()), LastUpdatedTime: &p.Updated, Name: &p.Name, CredentialProviderVendor: p.OAuth2.CredentialProviderVendor,
		}
	})
	return &control.ListOauth2CredentialProvidersOutput{CredentialProviders: items, NextToken: next}, err
}
