package agentcorecontrol

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/op"
	"hardpan/internal/store"
)

var _ = op.Add(&table, (*Service).deleteGatewayTarget, op.Rule[control.DeleteGatewayTargetInput]{
	Action: "bedrock-agentcore:DeleteGatewayTarget", Access: op.Write,
	Schema: schema(schemas.DeleteGatewayTarget, schemas.DeleteGatewayTargetRequest, schemas.DeleteGatewayTargetResponse),
	Checks: func(c *op.Call, in *control.DeleteGatewayTargetInput) ([]op.Check, error) {
		return onTarget(c, "DeleteGatewayTarget", in.GatewayIdentifier, in.TargetId)
	},
})

func (s *Service) deleteGatewayTarget(ctx context.Context, c *op.Call, in *control.DeleteGatewayTargetInput) (*control.DeleteGatewayTargetOutput, error) {
	out := &control.DeleteGatewayTargetOutput{TargetId: in.TargetId, Status: types.TargetStatusDeleting}
	err := s.write(ctx, c, func(tx *store.Tx) error {
		g, err := findGateway(c, tx.State(), *in.GatewayIdentifier)
		if err != nil {
			return err
		}
		old, err := findTarget(tx.State(), g, *in.TargetId)
		if err != nil {
			return err
		}
		t := *old
		t.State, t.Updated = string(types.TargetStatusDeleting), c.Time
		out.GatewayArn = aws.String(g.ARN())
		return tx.Put(&t)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
