package agentcorecontrol

import (
	"context"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"

	"hardpan/internal/op"
	"hardpan/internal/store"
)

var _ = op.Add(&table, (*Service).deleteResourcePolicy, op.Rule[control.DeleteResourcePolicyInput]{
	Action: "bedrock-agentcore:DeleteResourcePolicy", Access: op.Permissions,
	Schema: schema(schemas.DeleteResourcePolicy, schemas.DeleteResourcePolicyRequest, schemas.DeleteResourcePolicyResponse),
	Checks: func(c *op.Call, in *control.DeleteResourcePolicyInput) ([]op.Check, error) {
		return onResourcePolicy(c, "DeleteResourcePolicy", in.ResourceArn)
	},
})

func (s *Service) deleteResourcePolicy(ctx context.Context, c *op.Call, in *control.DeleteResourcePolicyInput) (*control.DeleteResourcePolicyOutput, error) {
	return &control.DeleteResourcePolicyOutput{}, s.write(ctx, c, func(tx *store.Tx) error {
		p, err := policyOf(tx.State(), c.Region, *in.ResourceArn)
		if err != nil {
			return err
		}
		return tx.Delete(p)
	})
}
