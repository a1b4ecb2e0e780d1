package server

import (
	"context"

	"hardpan/internal/api/agentcorecontrol"
	"hardpan/internal/cedar"
	"hardpan/internal/gateway"
	"hardpan/internal/mcp/target"
	"hardpan/internal/seal"
)

// AgentCore sets up the tool gateways.
type AgentCore struct {
	// RefuseUnready refuses to attach a policy engine to a gateway whose role
	// cannot ask it, as AWS does since 2026; else it is attached and said.
	RefuseUnready bool

	Wire      cedar.Wire // of refusals; empty: cedar.Wire2025, as in the first reports
	Undecided bool       // leave prompts and resources undecided, as AWS does

	// RecordInputs puts the arguments of calls into the journal, for replays.
	RecordInputs bool

	AWS      target.AWS                // how Lambda functions and APIs of AWS are reached
	Commands map[string]target.Command // MCP servers that run on this machine, by name
}

// makeControl makes the control plane of tool gateways.
func (s *Server) makeControl(box *seal.Box) *agentcorecontrol.Service {
	return agentcorecontrol.New(agentcorecontrol.Options{
		DB: s.db, Box: box, Discover: discoverer{s.targets, s.db.Directory()}, RefuseUnready: s.opt.AgentCore.RefuseUnready, Now: s.opt.Now, Log: s.opt.Log,
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
