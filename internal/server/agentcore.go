package server

import (
	"context"

	"hardpan/internal/api/agentcorecontrol"
	"hardpan/internal/gateway"
	"hardpan/internal/seal"
)

// AgentCore sets up the tool gateways.
type AgentCore struct {
	// RefuseUnready refuses to attach a policy engine to a gateway whose role
	// cannot ask it, as AWS does since 2026; else it is attached and said.
	RefuseUnready bool
}

// makeControl makes the control plane of tool gateways.
func (s *Server) makeControl(box *seal.Box) *agentcorecontrol.Service {
	return agentcorecontrol.New(agentcorecontrol.Options{
		DB: s.db, Box: box, RefuseUnready: s.opt.AgentCore.RefuseUnready, Now: s.opt.Now, Log: s.opt.Log,
		GatewayURL: func(g *gateway.Gateway) string { return s.URL() + "/gateways/" + g.ID + "/mcp" },
	})
}

// settleGateways carries what is under way with tool gateways to its end, beside
// serving. The returned function ends it.
func (s *Server) settleGateways(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() { defer close(done); s.control.Settle(ctx) }()
	return func() { cancel(); <-done }
}
