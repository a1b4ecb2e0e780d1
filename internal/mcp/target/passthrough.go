package target

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"hardpan/internal/gateway"
)

// passthrough is plain HTTP. AgentCore gives such a target one action for its
// route; as an MCP tool it takes the body to send and returns the answer's. How
// AWS shows it to MCP clients is not documented: the tool's form is ours.
type passthrough struct {
	pool   *Pool
	config *types.PassthroughTargetConfiguration
}

// passthroughTool is the one tool of the target: its route.
const passthroughTool = "POST:/"

func (p *passthrough) discover(context.Context, *Place) (*gateway.Offer, error) {
	return &gateway.Offer{Tools: []gateway.Tool{{
		Name:        passthroughTool,
		Description: "Sends a JSON body to the target by HTTP POST and returns its answer.",
		Input:       json.RawMessage(`{"type":"object","properties":{"body":{"type":"object","description":"The JSON object to send"}}}`),
	}}}, nil
}

func (p *passthrough) call(ctx context.Context, at *Place, c *Call) (*mcp.CallToolResult, error) {
	var input struct{ Body json.RawMessage }
	if len(c.Arguments) > 0 {
		if err := json.Unmarshal(c.Arguments, &input); err != nil {
			return nil, &Error{Message: "The arguments are no JSON object.", Cause: err}
		}
	}
	if len(input.Body) == 0 {
		input.Body = json.RawMessage("{}")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, aws.ToString(p.config.Endpoint), bytes.NewReader(input.Body))
	if err != nil {
		return nil, &Error{Message: fmt.Sprintf("The target's endpoint %s is no URL.", aws.ToString(p.config.Endpoint)), Cause: err}
	}
	query := r.URL.Query()
	for name, value := range p.config.StaticQueryParameters {
		query.Set(name, value)
	}
	r.URL.RawQuery = query.Encode()
	r.Header.Set("Content-Type", "application/json")
	status, media, body, err := p.pool.do(at, r)
	if err != nil {
		return nil, err
	}
	return texted(status, media, body), nil
}
