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

// An engine has to be empty before it is deleted, as with AWS. That it is
// attached to no gateway is Hardpan's own rule: with AWS it is not known what
// such a gateway would do.

var _ = op.Add(&table, (*Service).deletePolicyEngine, op.Rule[control.DeletePolicyEngineInput]{
	Action: "bedrock-agentcore:DeletePolicyEngine", Access: op.Write,
	Schema: schema(schemas.DeletePolicyEngine, schemas.DeletePolicyEngineRequest, schemas.DeletePolicyEngineResponse),
	Checks: func(c *op.Call, in *control.DeletePolicyEngineInput) ([]op.Check, error) {
		return onEngine(c, "DeletePolicyEngine", in.PolicyEngineId, nil)
	},
})

func (s *Service) deletePolicyEngine(ctx context.Context, c *op.Call, in *control.DeletePolicyEngineInput) (*control.DeletePolicyEngineOutput, error) {
	var out *control.GetPolicyEngineOutput
	err := s.write(ctx, c, func(tx *store.Tx) error {
		old, err := findEngine(c, tx.State(), *in.PolicyEngineId)
		if err != nil {
			return err
		}
		for p := range gateway.Policies(tx.State(), old.ID, "") {
			return conflict("The policy engine %s has policies still, such as %s. Delete them first.", old.ID, p.Name)
		}
		for _, g := range gateway.Attached(tx.State(), old) {
			return conflict("The policy engine %s is attached to the gateway %s. Take it off there first.", old.ID, g.ID)
		}
		e := *old
		e.State, e.Updated = string(types.PolicyEngineStatusDeleting), c.Time
		out = shownEngine(&e)
		return tx.Put(&e)
	})
	return (*control.DeletePolicyEngineOutput)(out), err
}
