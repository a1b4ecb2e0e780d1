package agentcorecontrol

import (
	"context"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/op"
	"hardpan/internal/store"
)

var _ = op.Add(&table, (*Service).updatePolicyEngine, op.Rule[control.UpdatePolicyEngineInput]{
	Action: "bedrock-agentcore:UpdatePolicyEngine", Access: op.Write,
	Schema: schema(schemas.UpdatePolicyEngine, schemas.UpdatePolicyEngineRequest, schemas.UpdatePolicyEngineResponse),
	Checks: func(c *op.Call, in *control.UpdatePolicyEngineInput) ([]op.Check, error) {
		if in.Description != nil {
			var f faults
			f.optional("description.optionalValue", in.Description.OptionalValue, descriptionRule)
			if err := f.err(); err != nil {
				return nil, err
			}
		}
		return onEngine(c, "UpdatePolicyEngine", in.PolicyEngineId, nil)
	},
})

func (s *Service) updatePolicyEngine(ctx context.Context, c *op.Call, in *control.UpdatePolicyEngineInput) (*control.UpdatePolicyEngineOutput, error) {
	var out *control.GetPolicyEngineOutput
	err := s.write(ctx, c, func(tx *store.Tx) error {
		old, err := findEngine(c, tx.State(), *in.PolicyEngineId)
		if err != nil {
			return err
		}
		if old.Unfinished() {
			return conflict("The policy engine %s is %s. Wait until that is done.", old.ID, old.State)
		}
		e := *old
		e.State, e.Updated = string(types.PolicyEngineStatusUpdating), c.Time
		if in.Description != nil {
			e.Detail.Description = in.Description.OptionalValue
		}
		out = shownEngine(&e)
		return tx.Put(&e)
	})
	return (*control.UpdatePolicyEngineOutput)(out), err
}
