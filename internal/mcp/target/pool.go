package target

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"hardpan/internal/egress"
	"hardpan/internal/gateway"
	"hardpan/internal/seal"
)

// Pool reaches targets, and keeps the connections and tokens that reaching them
// takes. It is safe for concurrent use.
type Pool struct {
	Guard *egress.Guard
	Box   *seal.Box // opens API keys and client secrets
	Now   func() time.Time
	AWS   AWS

	// Commands are MCP servers that run on this machine, by the name after
	// "stdio:" in a target's endpoint. Only the operator's configuration has them.
	Commands map[string]Command

	// Timeout is how long a target may take for one answer; 0: five minutes, as
	// AgentCore's (from memory).
	Timeout time.Duration

	once      sync.Once
	dialed    *http.Transport
	transport http.RoundTripper // dialed, with answers bounded
	tokens    tokens
	servers   servers
}

// AWS is how AWS's own services are reached, for targets that are Lambda
// functions or APIs of Amazon API Gateway, and whose credentials sign for a
// gateway's role. Endpoints are of the operator's configuration; empty: AWS's.
type AWS struct {
	Credentials        aws.CredentialsProvider // nil: there are none, and what needs them says so
	LambdaEndpoint     string
	APIGatewayEndpoint string
	InvokeEndpoint     string // of deployed APIs: http://host/RESTAPI/STAGE
}

// Command is a program that speaks MCP over its standard input and output.
type Command struct {
	Path string
	Args []string
	Env  []string // NAME=value; nothing else of this process's environment is handed on
}

// defaultTimeout: see [Pool.Timeout].
const defaultTimeout = 5 * time.Minute

// kind answers for the targets of one kind.
type kind interface {
	discover(ctx context.Context, at *Place) (*gateway.Offer, error)
	call(ctx context.Context, at *Place, c *Call) (*mcp.CallToolResult, error)
}

// kindOf returns what answers for a target.
func (p *Pool) kindOf(at *Place) (kind, error) {
	p.once.Do(p.open)
	switch c := at.Target.MCP().(type) {
	case *types.McpTargetConfigurationMemberMcpServer:
		return &mcpServer{p, aws.ToString(c.Value.Endpoint)}, nil
	case *types.McpTargetConfigurationMemberOpenApiSchema:
		return newOpenAPI(p, at, c.Value)
	case *types.McpTargetConfigurationMemberApiGateway:
		return &apiGateway{p, c.Value}, nil
	case *types.McpTargetConfigurationMemberLambda:
		return &lambda{p, c.Value}, nil
	}
	if c := at.Target.Passthrough(); c != nil {
		return &passthrough{p, c}, nil
	}
	return nil, &Error{Message: "Targets of this kind are not served by this release of Hardpan."}
}

// open makes what reaches targets over HTTP. Many calls go to few targets, so that
// connections are kept.
func (p *Pool) open() {
	p.dialed = p.Guard.Transport()
	p.dialed.MaxIdleConnsPerHost, p.dialed.MaxIdleConns, p.dialed.ResponseHeaderTimeout = 64, 512, 0
	p.transport = &bounded{p.dialed}
}

// Discover asks a target what it serves: its tools, prompts, and whether it has
// resources. The error is for a person and holds no secret.
func (p *Pool) Discover(ctx context.Context, at *Place) (*gateway.Offer, error) {
	k, err := p.kindOf(at)
	if err != nil {
		return nil, err
	}
	ctx, cancel := p.bound(ctx)
	defer cancel()
	return k.discover(ctx, at)
}

// CallTool carries out one tool call. A target's own refusal is a result; an
// *[Error] is a target that gave no answer.
func (p *Pool) CallTool(ctx context.Context, at *Place, c *Call) (*mcp.CallToolResult, error) {
	k, err := p.kindOf(at)
	if err != nil {
		return nil, err
	}
	ctx, cancel := p.bound(ctx)
	defer cancel()
	return k.call(ctx, at, c)
}

// bound ends what a target does not finish.
func (p *Pool) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := p.Timeout
	if limit == 0 {
		limit = defaultTimeout
	}
	return context.WithTimeoutCause(bare{ctx}, limit, fmt.Errorf("the target did not answer within %s", limit))
}

// bare is a context without its values. The SDK keeps what it negotiated with a
// client there, and would take it for what it negotiated with the target.
type bare struct{ context.Context }

// Value implements context.Context.
func (bare) Value(any) any { return nil }

// Close ends all connections and the servers that run on this machine.
func (p *Pool) Close() {
	p.servers.close()
	if p.dialed != nil {
		p.dialed.CloseIdleConnections()
	}
}
