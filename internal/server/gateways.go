package server

import (
	"context"

	"hardpan/internal/api/agentcore"
	"hardpan/internal/cedar"
	"hardpan/internal/egress"
	"hardpan/internal/gateway"
	"hardpan/internal/identity"
	"hardpan/internal/mcp"
	"hardpan/internal/mcp/target"
	"hardpan/internal/seal"
)

// openTargets makes what reaches the targets of gateways.
func (s *Server) openTargets(box *seal.Box) *target.Pool {
	return &target.Pool{
		Guard: egress.NewGuard(s.opt.AllowUpstream...), Box: box, Now: s.opt.Now,
		AWS: s.opt.AgentCore.AWS, Commands: s.opt.AgentCore.Commands,
	}
}

// serveGateways declares the routes of tool gateways, and returns what serves them.
func (s *Server) serveGateways(box *seal.Box) *mcp.Plane {
	wire := s.opt.AgentCore.Wire
	if wire == "" {
		wire = cedar.Wire2025
	}
	plane := &mcp.Plane{
		Box: box, Targets: s.targets, Ledger: s.ledger, Wire: wire, Now: s.opt.Now, Log: s.opt.Log, OpenPrompts: s.opt.AgentCore.Undecided, RecordInputs: s.opt.AgentCore.RecordInputs,
	}
	s.door.Serve(agentcore.Table(), &agentcore.Service{Plane: plane, Tokens: s.webIdentities(), Now: s.opt.Now})
	return plane
}

// discoverer asks targets what they serve, for the control plane.
type discoverer struct {
	targets   *target.Pool
	directory *identity.Directory
}

// Discover implements [agentcorecontrol.Discoverer].
func (d discoverer) Discover(ctx context.Context, g *gateway.Gateway, t *gateway.Target) (*gateway.Offer, error) {
	snapshot, ok := d.directory.Account(g.Account)
	if !ok {
		return nil, identity.ErrNoPrincipal
	}
	return d.targets.Discover(ctx, &target.Place{Gateway: g, Target: t, Snapshot: snapshot})
}
