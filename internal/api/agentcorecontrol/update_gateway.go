package agentcorecontrol

import (
	"context"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/awserr"
	"hardpan/internal/op"
	"hardpan/internal/store"
)

// UpdateGateway replaces all that a gateway is but its name: what is left out
// is gone, the policy engine too. No other action guards that (AWS's guide,
// policy enforcement modes).

var _ = op.Add(&table, (*Service).updateGateway, op.Rule[control.UpdateGatewayInput]{
	Action: "bedrock-agentcore:UpdateGateway", Access: op.Write,
	Schema: schema(schemas.UpdateGateway, schemas.UpdateGatewayRequest, schemas.UpdateGatewayResponse),
	Checks: func(c *op.Call, in *control.UpdateGatewayInput) ([]op.Check, error) {
		checks, err := onGateway(c, "UpdateGateway", in.GatewayIdentifier)
		if err != nil {
			return nil, err
		}
		if err := checkGateway(in); err != nil {
			return nil, err
		}
		return append(checks, passing(c, *in.RoleArn)), nil
	},
})

func (s *Service) updateGateway(ctx context.Context, c *op.Call, in *control.UpdateGatewayInput) (*control.UpdateGatewayOutput, error) {
	var out *control.GetGatewayOutput
	err := s.write(ctx, c, func(tx *store.Tx) error {
		old, err := findGateway(c, tx.State(), *in.GatewayIdentifier)
		if err != nil {
			return err
		}
		switch {
		case old.Unfinished():
			return conflict("The gateway %s is %s. Wait until that is done.", old.ID, old.State)
		case *in.Name != old.Name:
			return awserr.Validation("The name of a gateway cannot be changed: %s is called %s.", old.ID, old.Name)
		}
		g := *old
		g.Detail, g.State, g.Updated = detailOf(in), string(types.GatewayStatusUpdating), c.Time
		if g.MCP().SearchType != "" && old.MCP().SearchType == "" {
			return awserr.Validation("searchType %s can only be chosen when a gateway is made.", types.SearchTypeSemantic)
		}
		if err := checkRole(tx.State(), *in.RoleArn, g.ARN()); err != nil {
			return err
		}
		if g.Detail.StatusReasons, err = s.attach(c, tx.State(), &g); err != nil {
			return err
		}
		out = s.shown(&g)
		return tx.Put(&g)
	})
	return (*control.UpdateGatewayOutput)(out), err
}
