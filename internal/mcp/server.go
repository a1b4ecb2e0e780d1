package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"hardpan/internal/awserr"
	"hardpan/internal/gateway"
	"hardpan/internal/op"
)

// Versions are the protocol versions that are served, newest first.
// Source: AgentCore developer guide, gateway-using.
var Versions = []string{"2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"}

// sessionless is the first version without sessions.
const sessionless = "2026-07-28"

// Serve answers one POST to a gateway's /mcp. Every request in it is answered
// in the protocol's own way, refusals too; an error is one of HTTP.
func (p *Plane) Serve(ctx context.Context, v *Visit) (*op.Response, error) {
	v.plane = p
	if err := v.sameOrigin(); err != nil {
		return nil, err
	}
	asked, err := readMessages(v.Body)
	if err != nil {
		return failure(http.StatusBadRequest, err), nil
	}
	if r, ok := unknown(asked); ok && len(asked) == 1 {
		return notFound(r), nil
	}
	opening, err := v.openSession(asked)
	if err != nil {
		return nil, err
	}
	ctx, done, err := p.running.start(ctx, v, asked)
	if err != nil {
		return failure(http.StatusBadRequest, err), nil
	}
	r := v.Request.Clone(context.WithValue(context.WithoutCancel(ctx), visitKey{}, &inFlight{v, ctx}))
	r.Body = http.NoBody
	if len(v.Body) > 0 {
		r.Body = body{bytes.NewReader(v.Body)}
	}
	response := v.run(r, done)
	if opening != "" && response.Status < 300 {
		response.Header.Set("Mcp-Session-Id", opening)
	}
	return response, nil
}

type body struct{ *bytes.Reader }

func (body) Close() error { return nil }

// run has the SDK answer the request: whole, or as a stream where the gateway
// streams.
func (v *Visit) run(r *http.Request, done func()) *op.Response {
	streaming := v.Gateway.MCP().StreamingConfiguration
	if streaming != nil && aws.ToBool(streaming.EnableResponseStreaming) {
		return v.stream(r, done)
	}
	defer done()
	w := httptest.NewRecorder()
	v.handler(true).ServeHTTP(w, r)
	return &op.Response{Status: w.Code, Header: w.Header(), Body: w.Body.Bytes(), Recorded: v.wrote.Load()}
}

// handler is the SDK's, in front of the gateway's server.
func (v *Visit) handler(whole bool) http.Handler {
	server := v.server()
	return sdk.NewStreamableHTTPHandler(func(*http.Request) *sdk.Server { return server }, &sdk.StreamableHTTPOptions{
		Stateless: true, JSONResponse: whole, PropagateRequestCancellation: true,
		DisableLocalhostProtection: true, // see sameOrigin
		MaxRequestBodyBytes:        -1,   // the door bounds it
	})
}

// server is the SDK's server of a gateway; one for each state of the gateway.
func (v *Visit) server() *sdk.Server {
	shelf := v.Snapshot.Shelf(gateway.KindGateway, v.Gateway.Region)
	return shelf.Keep(serverKey{v.Gateway.ID}, func() any { return newServer(v.Gateway, v.plane) }).(*sdk.Server)
}

type serverKey struct{ gateway string }

func newServer(g *gateway.Gateway, p *Plane) *sdk.Server {
	settings := g.MCP()
	versions := slices.Clone(Versions)
	if len(settings.SupportedVersions) > 0 {
		versions = slices.DeleteFunc(versions, func(v string) bool { return !slices.Contains(settings.SupportedVersions, v) })
	}
	s := sdk.NewServer(&sdk.Implementation{Name: g.Name, Version: "1.0.0"}, &sdk.ServerOptions{
		Instructions: aws.ToString(settings.Instructions), Logger: p.Log, SupportedProtocolVersions: versions,
		Capabilities: &sdk.ServerCapabilities{
			Tools: &sdk.ToolCapabilities{}, Prompts: &sdk.PromptCapabilities{}, Resources: &sdk.ResourceCapabilities{},
			Completions: &sdk.CompletionCapabilities{}, Logging: &sdk.LoggingCapabilities{},
		},
	})
	s.AddReceivingMiddleware(dispatch)
	return s
}

type visitKey struct{}

// inFlight is a visit with the context that ends when the client leaves or takes
// a request back. The SDK's own context does not, for versions with sessions.
type inFlight struct {
	*Visit
	ctx context.Context
}

// dispatch answers what a gateway decides; the rest of the protocol is the
// SDK's.
func dispatch(next sdk.MethodHandler) sdk.MethodHandler {
	return func(ctx context.Context, method string, request sdk.Request) (sdk.Result, error) {
		v, ok := ctx.Value(visitKey{}).(*inFlight)
		if !ok {
			return nil, errors.New("a request without a visit")
		}
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		defer context.AfterFunc(v.ctx, stop)()

		switch r := request.(type) {
		case *sdk.ListToolsRequest:
			return v.listTools(ctx, r)
		case *sdk.CallToolRequest:
			return v.callTool(ctx, r)
		case *sdk.ListPromptsRequest:
			return v.listPrompts(ctx, r)
		case *sdk.GetPromptRequest:
			return v.getPrompt(ctx, r)
		case *sdk.ListResourcesRequest:
			return v.listResources(ctx, r)
		case *sdk.ListResourceTemplatesRequest:
			return v.listTemplates(ctx, r)
		case *sdk.ReadResourceRequest:
			return v.readResource(ctx, r)
		case *sdk.CompleteRequest:
			return v.complete(ctx, r)
		}
		return next(ctx, method, request)
	}
}

// sameOrigin keeps web pages out that a browser would let in by their address:
// a page of another origin, and one whose name was made to point at this
// machine (DNS rebinding). A signature or token stops them too; a gateway
// without either has nothing else.
func (v *Visit) sameOrigin() error {
	if err := http.NewCrossOriginProtection().Check(v.Request); err != nil {
		return awserr.New("AccessDeniedException", http.StatusForbidden,
			"The request comes from a web page of another origin (%.100q), which may not call this gateway.", v.Request.Header.Get("Origin"))
	}
	local, _ := v.Request.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if local == nil || !loopback(local.String()) || loopback(v.Request.Host) || v.isHost() {
		return nil
	}
	return awserr.New("AccessDeniedException", http.StatusForbidden,
		"The request came over loopback for the host %.100q, which is not this machine's.", v.Request.Host)
}

// isHost reports whether the request names the gateway by its own host.
func (v *Visit) isHost() bool {
	return strings.HasPrefix(strings.ToLower(v.Request.Host), v.Gateway.ID+".gateway.bedrock-agentcore."+v.Gateway.Region+".")
}

func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return ip != nil && ip.IsLoopback()
}

// notFound answers a method that no gateway has.
func notFound(r *jsonrpc.Request) *op.Response {
	id, err := json.Marshal(r.ID.Raw())
	if err != nil {
		id = []byte("null")
	}
	text := fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":%d,"message":%s}}`, id, jsonrpc.CodeMethodNotFound, quoted("Method not found: "+r.Method))
	return &op.Response{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(text)}
}

// failure is a JSON-RPC error for a body of which no request could be read.
func failure(status int, err error) *op.Response {
	code := int64(jsonrpc.CodeInvalidRequest)
	var wire *jsonrpc.Error
	if errors.As(err, &wire) {
		code = wire.Code
	}
	text := fmt.Sprintf(`{"jsonrpc":"2.0","id":null,"error":{"code":%d,"message":%s}}`, code, quoted(err.Error()))
	return &op.Response{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(text)}
}
