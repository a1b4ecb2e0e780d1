package agentcorecontrol

import (
	"context"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/op"
	"hardpan/internal/store"
)

var _ = op.Add(&table, (*Service).updateGatewayTarget, op.Rule[control.UpdateGatewayTargetInput]{
	Action: "bedrock-agentcore:UpdateGatewayTarget", Access: op.Write,
	Schema: schema(schemas.UpdateGatewayTarget, schemas.UpdateGatewayTargetRequest, schemas.UpdateGatewayTargetResponse),
	Checks: func(c *op.Call, in *control.UpdateGatewayTargetInput) ([]op.Check, error) {
		checks, err := onTarget(c, "UpdateGatewayTarget", in.GatewayIdentifier, in.TargetId)
		if err != nil {
			return nil, err
		}
		return checks, checkTarget(in)
	},
})

func (s *Service) updateGatewayTarget(ctx context.Context, c *op.Call, in *control.UpdateGatewayTargetInput) (*control.UpdateGatewayTargetOutput, error) {
	var out *control.GetGatewayTargetOutput
	err := s.write(ctx, c, func(tx *store.Tx) error {
		g, err := changeable(c, tx.State(), *in.GatewayIdentifier)
		if err != nil {
			return err
		}
		old, err := findTarget(tx.State(), g, *in.TargetId)
		if err != nil {
			return err
		}
		if old.Unfinished() {
			return conflict("The target %s is %s. Wait until that is done.", old.ID, old.State)
		}
		if other, taken := tx.State().ResourceAt(old.Ref().Kind, old.Within, *in.Name); taken && other.Ref() != old.Ref() {
			return conflict("A target with the name %s already exists in %s. Choose another name.", *in.Name, g.ID)
		}
		if err := findProviders(tx.State(), in.CredentialProviderConfigurations); err != nil {
			return err
		}
		t := *old
		t.Name, t.Detail, t.State, t.Updated = *in.Name, targetDetail(in), string(types.TargetStatusUpdating), c.Time
		t.Detail.LastSynchronizedAt = old.Detail.LastSynchronizedAt
		out = shownTarget(&t)
		return tx.Put(&t)
	})
	return (*control.UpdateGatewayTargetOutput)(out), err
}
