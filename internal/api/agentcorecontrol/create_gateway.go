package agentcorecontrol

import (
	"context"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/gateway"
	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/store"
)

var _ = op.Add(&table, (*Service).createGateway, op.Rule[control.CreateGatewayInput]{
	Action: "bedrock-agentcore:CreateGateway", Access: op.Write,
	Schema: schema(schemas.CreateGateway, schemas.CreateGatewayRequest, schemas.CreateGatewayResponse),
	Checks: func(c *op.Call, in *control.CreateGatewayInput) ([]op.Check, error) {
		var f faults
		f.optional("clientToken", in.ClientToken, tokenRule)
		checkTags(&f, in.Tags)
		if err := f.err(); err != nil {
			return nil, err
		}
		if err := checkGateway(asUpdate(in)); err != nil {
			return nil, err
		}
		return append(onCreate(c, "CreateGateway", "gateway/*", in.Tags), passing(c, *in.RoleArn)), nil
	},
})

// asUpdate is the part of a creation that an update has too.
func asUpdate(in *control.CreateGatewayInput) *control.UpdateGatewayInput {
	return &control.UpdateGatewayInput{
		Name: in.Name, RoleArn: in.RoleArn, Description: in.Description, AuthorizerType: in.AuthorizerType,
		AuthorizerConfiguration: in.AuthorizerConfiguration, ExceptionLevel: in.ExceptionLevel,
		InterceptorConfigurations: in.InterceptorConfigurations, KmsKeyArn: in.KmsKeyArn,
		PolicyEngineConfiguration: in.PolicyEngineConfiguration, ProtocolConfiguration: in.ProtocolConfiguration,
		ProtocolType: in.ProtocolType,
	}
}

// detailOf is what a gateway is to be, as AWS shows it.
func detailOf(in *control.UpdateGatewayInput) control.GetGatewayOutput {
	return control.GetGatewayOutput{
		RoleArn: in.RoleArn, Description: in.Description, AuthorizerType: in.AuthorizerType,
		AuthorizerConfiguration: in.AuthorizerConfiguration, ExceptionLevel: in.ExceptionLevel,
		PolicyEngineConfiguration: in.PolicyEngineConfiguration, ProtocolConfiguration: in.ProtocolConfiguration,
		ProtocolType: in.ProtocolType,
	}
}

func (s *Service) createGateway(ctx context.Context, c *op.Call, in *control.CreateGatewayInput) (*control.CreateGatewayOutput, error) {
	made := &gateway.Gateway{
		Meta:   newMeta(c, c.Region, gateway.NewGatewayID(*in.Name), in.Name, in.ClientToken, string(types.GatewayStatusCreating)),
		Detail: detailOf(asUpdate(in)),
	}
	made.Tags = tagList(in.Tags)
	err := s.write(ctx, c, func(tx *store.Tx) error {
		before, err := madeBefore(tx.State(), made, maxGateways)
		if err != nil {
			return err
		}
		if before != nil {
			made = before.(*gateway.Gateway)
			return nil
		}
		if err := checkRole(tx.State(), *in.RoleArn, made.ARN()); err != nil {
			return err
		}
		if made.Detail.StatusReasons, err = s.attach(c, tx.State(), made); err != nil {
			return err
		}
		return tx.Put(made)
	})
	if err != nil {
		return nil, err
	}
	return (*control.CreateGatewayOutput)(s.shown(made)), nil
}

// madeBefore tells whether a resource can be made. It returns the one that the
// same request has made before, if it has: then there is nothing to do.
func madeBefore(s *identity.Snapshot, r gateway.Resource, most int) (identity.Resource, error) {
	m, kind, count := r.Common(), r.Ref().Kind, 0
	for other := range s.Resources(kind, m.Within, "") {
		o := other.(gateway.Resource).Common()
		if m.Token != "" && o.Token == m.Token {
			if o.Name == m.Name {
				return other, nil
			}
			return nil, conflict("The clientToken %s was used before, with other parameters. Use a new one.", m.Token)
		}
		count++
	}
	if _, taken := s.ResourceAt(kind, m.Within, m.Name); taken {
		return nil, conflict("A %s with the name %s already exists in %s. Choose another name.", kindName[kind], m.Name, m.Within)
	}
	if count >= most {
		return nil, quota("%s has %d resources of the kind %s, which is the limit. Delete some that are not used.", m.Within, most, kindName[kind])
	}
	return nil, nil
}

// kindName is how a person calls a kind of resource.
var kindName = map[identity.Kind]string{
	gateway.KindGateway: "gateway", gateway.KindTarget: "target", gateway.KindEngine: "policy engine",
	gateway.KindPolicy: "policy", gateway.KindProvider: "credential provider",
}
