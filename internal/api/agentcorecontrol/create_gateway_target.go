package agentcorecontrol

import (
	"context"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/gateway"
	"hardpan/internal/op"
	"hardpan/internal/store"
)

var _ = op.Add(&table, (*Service).createGatewayTarget, op.Rule[control.CreateGatewayTargetInput]{
	Action: "bedrock-agentcore:CreateGatewayTarget", Access: op.Write,
	Schema: schema(schemas.CreateGatewayTarget, schemas.CreateGatewayTargetRequest, schemas.CreateGatewayTargetResponse),
	Checks: func(c *op.Call, in *control.CreateGatewayTargetInput) ([]op.Check, error) {
		checks, err := onGateway(c, "CreateGatewayTarget", in.GatewayIdentifier)
		if err != nil {
			return nil, err
		}
		var f faults
		f.optional("clientToken", in.ClientToken, tokenRule)
		if err := f.err(); err != nil {
			return nil, err
		}
		return checks, checkTarget(asTargetUpdate(in))
	},
})

// asTargetUpdate is the part of a creation that an update has too.
func asTargetUpdate(in *control.CreateGatewayTargetInput) *control.UpdateGatewayTargetInput {
	return &control.UpdateGatewayTargetInput{
		Name: in.Name, TargetConfiguration: in.TargetConfiguration, CertificateConfigurations: in.CertificateConfigurations,
		CredentialProviderConfigurations: in.CredentialProviderConfigurations, Description: in.Description,
		MetadataConfiguration: in.MetadataConfiguration, PrivateEndpoint: in.PrivateEndpoint,
	}
}

// targetDetail is what a target is to be, as AWS shows it.
func targetDetail(in *control.UpdateGatewayTargetInput) control.GetGatewayTargetOutput {
	return control.GetGatewayTargetOutput{
		TargetConfiguration: in.TargetConfiguration, CredentialProviderConfigurations: in.CredentialProviderConfigurations,
		Description: in.Description, MetadataConfiguration: in.MetadataConfiguration,
	}
}

func (s *Service) createGatewayTarget(ctx context.Context, c *op.Call, in *control.CreateGatewayTargetInput) (*control.CreateGatewayTargetOutput, error) {
	made := &gateway.Target{
		Meta:   newMeta(c, *in.GatewayIdentifier, gateway.NewTargetID(), in.Name, in.ClientToken, string(types.TargetStatusCreating)),
		Detail: targetDetail(asTargetUpdate(in)),
	}
	err := s.write(ctx, c, func(tx *store.Tx) error {
		if _, err := changeable(c, tx.State(), *in.GatewayIdentifier); err != nil {
			return err
		}
		before, err := madeBefore(tx.State(), made, maxTargets)
		if err != nil {
			return err
		}
		if before != nil {
			made = before.(*gateway.Target)
			return nil
		}
		if err := findProviders(tx.State(), in.CredentialProviderConfigurations); err != nil {
			return err
		}
		return tx.Put(made)
	})
	if err != nil {
		return nil, err
	}
	return (*control.CreateGatewayTargetOutput)(shownTarget(made)), nil
}
