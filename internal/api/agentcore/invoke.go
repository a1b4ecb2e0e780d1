package agentcore

import (
	"context"
	"net/http"

	"hardpan/internal/awserr"
	"hardpan/internal/cedar"
	"hardpan/internal/gateway"
	"hardpan/internal/identity"
	"hardpan/internal/mcp"
	"hardpan/internal/op"
)

// invoke answers MCP requests.
func (s *Service) invoke(c *op.Call) (*op.Prepared, error) {
	return s.prepare(c, func(ctx context.Context, v *mcp.Visit) (*op.Response, error) { return s.Plane.Serve(ctx, v) })
}

// end ends an MCP session.
func (s *Service) end(c *op.Call) (*op.Prepared, error) {
	return s.prepare(c, func(_ context.Context, v *mcp.Visit) (*op.Response, error) {
		if err := s.Plane.EndSession(v); err != nil {
			return nil, err
		}
		return &op.Response{Status: http.StatusNoContent, Header: http.Header{}}, nil
	})
}

// listen answers a GET: a gateway sends nothing but answers, which the protocol
// lets a server say so.
func (s *Service) listen(c *op.Call) (*op.Prepared, error) {
	return s.prepare(c, func(context.Context, *mcp.Visit) (*op.Response, error) {
		return &op.Response{Status: http.StatusMethodNotAllowed, Header: http.Header{"Allow": {"POST, DELETE"}}}, nil
	})
}

// prepare says what a caller must be allowed: one who signed, to invoke the
// gateway; a guest was let in by the gateway itself.
func (s *Service) prepare(c *op.Call, run func(context.Context, *mcp.Visit) (*op.Response, error)) (*op.Prepared, error) {
	g, snapshot, err := s.find(c)
	if err != nil {
		return nil, err
	}
	if g.Region != c.Region {
		return nil, awserr.NotFound("There is no gateway %.100q in %s.", c.Labels["gatewayId"], c.Region)
	}
	v := s.visit(c, g, snapshot)
	p := &op.Prepared{Run: func(ctx context.Context) (*op.Response, error) { return run(ctx, v) }}
	if c.Proof != nil {
		p.Exempt = "the gateway's authorizer let the caller in"
		return p, nil
	}
	onGateway, err := gateway.PolicyOn(snapshot, g.Region, g.ARN())
	if err != nil {
		return nil, awserr.Internal(err)
	}
	p.Checks = []op.Check{{
		Action: invokeGateway, Resource: g.ARN(), Region: c.Region, Owner: g.Account, Policy: onGateway,
	}}
	return p, nil
}

func (s *Service) visit(c *op.Call, g *gateway.Gateway, snapshot *identity.Snapshot) *mcp.Visit {
	v := &mcp.Visit{Gateway: g, Snapshot: snapshot, By: c.Caller, Request: c.Request, Body: c.Body, Write: c.Write}
	if p, ok := c.Proof.(*proof); ok {
		v.Caller, v.Owner, v.Bearer = p.caller, p.owner, p.bearer
		return v
	}
	v.Caller, v.Owner = cedar.IAMEntity(c.Caller.ARN), c.Caller.ARN
	return v
}
