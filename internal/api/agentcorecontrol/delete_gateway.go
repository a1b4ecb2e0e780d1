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

var _ = op.Add(&table, (*Service).deleteGateway, op.Rule[control.DeleteGatewayInput]{
	Action: "bedrock-agentcore:DeleteGateway", Access: op.Write,
	Schema: schema(schemas.DeleteGateway, schemas.DeleteGatewayRequest, schemas.DeleteGatewayResponse),
	Checks: func(c *op.Call, in *control.DeleteGatewayInput) ([]op.Check, error) {
		return onGateway(c, "DeleteGateway", in.GatewayIdentifier)
	},
})

func (s *Service) deleteGateway(ctx context.Context, c *op.Call, in *control.DeleteGatewayInput) (*control.DeleteGatewayOutput, error) {
	err := s.write(ctx, c, func(tx *store.Tx) error {
		old, err := findGateway(c, tx.State(), *in.GatewayIdentifier)
		if err != nil {
			return err
		}
		for t := range gateway.Targets(tx.State(), old.ID, "") {
			return conflict("The gateway %s has targets still, such as %s. Delete them first.", old.ID, t.Name)
		}
		g := *old
		g.State, g.Updated = string(types.GatewayStatusDeleting), c.Time
		return tx.Put(&g)
	})
	if err != nil {
		return nil, err
	}
	return &control.DeleteGatewayOutput{GatewayId: in.GatewayIdentifier, Status: types.GatewayStatusDeleting}, nil
}
