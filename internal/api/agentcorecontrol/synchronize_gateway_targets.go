package agentcorecontrol

import (
	"context"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/awserr"
	"hardpan/internal/gateway"
	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/store"
)

var _ = op.Add(&table, (*Service).synchronizeGatewayTargets, op.Rule[control.SynchronizeGatewayTargetsInput]{
	Action: "bedrock-agentcore:SynchronizeGatewayTargets", Access: op.Write,
	Schema: schema(schemas.SynchronizeGatewayTargets, schemas.SynchronizeGatewayTargetsRequest, schemas.SynchronizeGatewayTargetsResponse),
	Checks: func(c *op.Call, in *control.SynchronizeGatewayTargetsInput) ([]op.Check, error) {
		if len(in.TargetIdList) == 0 {
			return nil, awserr.Validation("1 validation error detected: Value at 'targetIdList' failed to satisfy constraint: Member must have length greater than or equal to 1")
		}
		return onGateway(c, "SynchronizeGatewayTargets", in.GatewayIdentifier)
	},
})

// Synchronising asks targets anew what tools they have; it is for targets that
// are MCP servers, whose tools are listed beforehand.

func (s *Service) synchronizeGatewayTargets(ctx context.Context, c *op.Call, in *control.SynchronizeGatewayTargetsInput) (*control.SynchronizeGatewayTargetsOutput, error) {
	out := &control.SynchronizeGatewayTargetsOutput{Targets: []types.GatewayTarget{}}
	err := s.write(ctx, c, func(tx *store.Tx) error {
		g, err := changeable(c, tx.State(), *in.GatewayIdentifier)
		if err != nil {
			return err
		}
		for _, id := range in.TargetIdList {
			t, err := synchronized(tx.State(), g, id)
			if err != nil {
				return err
			}
			t.State, t.Updated = string(types.TargetStatusSynchronizing), c.Time
			if err := tx.Put(t); err != nil {
				return err
			}
			out.Targets = append(out.Targets, inList(t))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// synchronized returns a copy of a target that can be synchronised now.
func synchronized(s *identity.Snapshot, g *gateway.Gateway, id string) (*gateway.Target, error) {
	old, err := findTarget(s, g, id)
	if err != nil {
		return nil, err
	}
	server, ok := old.MCP().(*types.McpTargetConfigurationMemberMcpServer)
	switch {
	case !ok:
		return nil, awserr.Validation("The target %s is no MCP server. Only those are synchronised.", old.Name)
	case server.Value.McpToolSchema != nil:
		return nil, awserr.Validation("The tools of the target %s stand in its mcpToolSchema: there is nothing to synchronise.", old.Name)
	case old.Unfinished():
		return nil, conflict("The target %s is %s. Wait until that is done.", old.ID, old.State)
	}
	t := *old
	return &t, nil
}
