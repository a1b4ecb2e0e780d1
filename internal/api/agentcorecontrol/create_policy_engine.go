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

var _ = op.Add(&table, (*Service).createPolicyEngine, op.Rule[control.CreatePolicyEngineInput]{
	Action: "bedrock-agentcore:CreatePolicyEngine", Access: op.Write,
	Schema: schema(schemas.CreatePolicyEngine, schemas.CreatePolicyEngineRequest, schemas.CreatePolicyEngineResponse),
	Checks: func(c *op.Call, in *control.CreatePolicyEngineInput) ([]op.Check, error) {
		var f faults
		f.required("name", in.Name, engineNameRule)
		f.optional("description", in.Description, descriptionRule)
		f.optional("clientToken", in.ClientToken, tokenRule)
		checkTags(&f, in.Tags)
		if err := f.err(); err != nil {
			return nil, err
		}
		if in.EncryptionKeyArn != nil {
			return nil, notBuilt("encryptionKeyArn")
		}
		return onCreate(c, "CreatePolicyEngine", "policy-engine/*", in.Tags), nil
	},
})

func (s *Service) createPolicyEngine(ctx context.Context, c *op.Call, in *control.CreatePolicyEngineInput) (*control.CreatePolicyEngineOutput, error) {
	made := &gateway.Engine{
		Meta: newMeta(c, c.Region, gateway.NewEngineID(*in.Name), in.Name, in.ClientToken, string(types.PolicyEngineStatusCreating)),
	}
	made.Tags, made.Detail.Description = tagList(in.Tags), in.Description
	err := s.write(ctx, c, func(tx *store.Tx) error {
		before, err := madeBefore(tx.State(), made, maxEngines)
		switch {
		case err != nil:
			return err
		case before != nil:
			made = before.(*gateway.Engine)
			return nil
		}
		return tx.Put(made)
	})
	if err != nil {
		return nil, err
	}
	return (*control.CreatePolicyEngineOutput)(shownEngine(made)), nil
}
