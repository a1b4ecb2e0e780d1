package agentcorecontrol

import (
	"context"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/op"
	"hardpan/internal/store"
)

var _ = op.Add(&table, (*Service).deletePolicy, op.Rule[control.DeletePolicyInput]{
	Action: "bedrock-agentcore:DeletePolicy", Access: op.Write,
	Schema: schema(schemas.DeletePolicy, schemas.DeletePolicyRequest, schemas.DeletePolicyResponse),
	Checks: func(c *op.Call, in *control.DeletePolicyInput) ([]op.Check, error) {
		return onPolicy(c, "DeletePolicy", in.PolicyEngineId, in.PolicyId)
	},
})

func (s *Service) deletePolicy(ctx context.Context, c *op.Call, in *control.DeletePolicyInput) (*control.DeletePolicyOutput, error) {
	var out *control.GetPolicyOutput
	err := s.write(ctx, c, func(tx *store.Tx) error {
		e, err := findEngine(c, tx.State(), *in.PolicyEngineId)
		if err != nil {
			return err
		}
		old, err := findPolicy(tx.State(), e, *in.PolicyId)
		if err != nil {
			return err
		}
		p := *old
		p.State, p.Updated = string(types.PolicyStatusDeleting), c.Time
		out = shownPolicy(&p)
		return tx.Put(&p)
	})
	return (*control.DeletePolicyOutput)(out), err
}
