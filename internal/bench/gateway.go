package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// A tool call through a gateway against the same call of the MCP server behind
// it. The gateway verifies the signature, asks IAM, its role and the policies of
// an engine, and has the decision in its journal before it answers. Then, what
// sessions that do nothing take, and a long list.

const (
	mcpCall = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"%secho","arguments":{"text":"hello"}}}`
	mcpList = `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`
	mcpOpen = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}`

	gatewayClients = 64
	gatewayRounds  = 5
	gatewayPause   = 400 * time.Millisecond // between two calls of a client: 160 calls a second in all
	gatewayCalls   = 6                      // of a client in a round

	idleSessions = 1_000
	listRounds   = 31
)

// echoServer is the MCP server behind the gateway.
func echoServer() http.Handler {
	s := mcp.NewServer(&mcp.Implementation{Name: "bench", Version: "1"}, nil)
	s.AddTool(&mcp.Tool{Name: "echo", Description: "says it again", InputSchema: json.RawMessage(`{"type":"object","properties":{"text":{"type":"string"}}}`)},
		func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "hello"}}}, nil
		})
	return mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return s }, &mcp.StreamableHTTPOptions{Stateless: true, JSONResponse: true})
}

func gateways(ctx context.Context) (figures []Figure, err error) {
	dir, err := os.MkdirTemp("", "hardpan-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	behind, err := startRole(ctx, "mcp", "")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, behind.stop()) }()
	server, _, err := startHardpan(ctx, dir, "--allow-upstream", "127.0.0.0/8")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	g, err := makeGateways(ctx, server.url, behind.url)
	if err != nil {
		return nil, err
	}
	fsync, err := fsyncTime(dir)
	if err != nil {
		return nil, err
	}
	added, err := g.added(ctx, behind.url, fsync)
	if err != nil {
		return nil, err
	}
	list, err := g.longList(ctx)
	if err != nil {
		return nil, err
	}
	sessions, err := g.sessions(ctx, server.pid)
	return []Figure{added, list, sessions}, err
}

// added is what a call waits for the gateway, by the medians of many clients that
// each call now and then.
func (g *benchGateways) added(ctx context.Context, direct string, fsync float64) (Figure, error) {
	plain, err := g.render(ctx, direct, fmt.Sprintf(mcpCall, ""))
	if err != nil {
		return Figure{}, err
	}
	through, err := g.render(ctx, g.small, fmt.Sprintf(mcpCall, "echo___"))
	if err != nil {
		return Figure{}, err
	}
	var times [2][]float64
	for round := range gatewayRounds + 1 {
		for i, at := range []struct {
			url     string
			request []byte
		}{{direct, plain}, {g.small, through}} {
			took, err := paced(ctx, at.url, at.request)
			if err != nil {
				return Figure{}, err
			}
			if round > 0 { // the first warms
				times[i] = append(times[i], took...)
			}
		}
	}
	alone, gateway := median(times[0]), median(times[1])
	return Figure{
		Name: "gateway.call.added", Value: gateway - alone, Unit: "ms", Target: AtMost(1),
		Note: fmt.Sprintf("median %.3f ms, direct %.3f ms; %d clients; one fsync %.3f ms", gateway, alone, gatewayClients, fsync),
	}, nil
}

// longList is a list of a thousand tools over HTTP, policies asked for each.
func (g *benchGateways) longList(ctx context.Context) (Figure, error) {
	request, err := g.render(ctx, g.large, mcpList)
	if err != nil {
		return Figure{}, err
	}
	var times []float64
	last := time.Now()
	err = repeat(ctx, hostOf(g.large), request, func() bool {
		now := time.Now()
		times = append(times, now.Sub(last).Seconds()*1e3)
		last = now
		return len(times) < listRounds
	})
	if err != nil {
		return Figure{}, err
	}
	return Figure{
		Name: "gateway.list.1000-tools", Value: median(times), Unit: "ms", Target: AtMost(25),
		Note: fmt.Sprintf("over HTTP in one page, signed, decided and in the journal; median of %d", listRounds),
	}, nil
}

// sessions is what a thousand open sessions that do nothing take.
func (g *benchGateways) sessions(ctx context.Context, pid int) (Figure, error) {
	request, err := g.render(ctx, g.small, mcpOpen)
	if err != nil {
		return Figure{}, err
	}
	before, err := residentBytes(pid)
	if err != nil {
		return Figure{}, err
	}
	opened := 0
	if err := repeat(ctx, hostOf(g.small), request, func() bool { opened++; return opened < idleSessions }); err != nil {
		return Figure{}, err
	}
	after, err := residentBytes(pid)
	return Figure{
		Name: "gateway.idle-sessions", Value: float64(after-before) / 1e6, Unit: "MB", Target: AtMost(50),
		Note: fmt.Sprintf("%d sessions, resident memory more than before", idleSessions),
	}, err
}

// render signs one JSON-RPC request and writes it out as bytes.
func (g *benchGateways) render(ctx context.Context, endpoint, body string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, bytes.NewReader([]byte(body)))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	r.Header.Set("MCP-Protocol-Version", "2025-06-18")
	if err := g.sign(ctx, r, body); err != nil {
		return nil, err
	}
	var wire bytes.Buffer
	if err := r.Write(&wire); err != nil {
		return nil, err
	}
	return wire.Bytes(), nil
}
