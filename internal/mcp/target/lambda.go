package target

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"hardpan/arn"
	"hardpan/internal/gateway"
)

// lambda is a Lambda function, called by Lambda's Invoke API with the tool's
// arguments as its event. Source: Lambda API Reference, Invoke; the client
// context's names are AgentCore's (from memory).
type lambda struct {
	pool   *Pool
	config types.McpLambdaTargetConfiguration
}

// invokeFunction is what the gateway's role needs.
const invokeFunction = "lambda:InvokeFunction"

func (l *lambda) discover(context.Context, *Place) (*gateway.Offer, error) {
	inline, ok := l.config.ToolSchema.(*types.ToolSchemaMemberInlinePayload)
	if !ok {
		return nil, &Error{Message: "A tool schema in Amazon S3 is not read by this release of Hardpan; give it inline."}
	}
	tools, err := gateway.LambdaTools(inline.Value)
	return &gateway.Offer{Tools: tools}, err
}

func (l *lambda) call(ctx context.Context, at *Place, c *Call) (*mcp.CallToolResult, error) {
	function := aws.ToString(l.config.LambdaArn)
	if err := l.pool.may(at, invokeFunction, function); err != nil {
		return nil, l.denied(function, err)
	}
	r, err := l.request(ctx, at, c, function)
	if err != nil {
		return nil, err
	}
	if err := l.pool.sign(r, "lambda", regionOf(function, at), at); err != nil {
		return nil, err
	}
	answer, err := l.pool.transport.RoundTrip(r)
	if err != nil {
		return nil, unreachable(ctx, r.URL, err)
	}
	defer func() { _ = answer.Body.Close() }()
	var body bytes.Buffer
	if _, err := body.ReadFrom(answer.Body); err != nil {
		return nil, unreachable(ctx, r.URL, err)
	}
	switch {
	case answer.StatusCode == http.StatusForbidden:
		return nil, l.denied(function, nil)
	case answer.StatusCode >= http.StatusBadRequest:
		return nil, &Error{Message: fmt.Sprintf("Lambda answered %d for the function %s.", answer.StatusCode, function)}
	}
	result := texted(http.StatusOK, "application/json", body.Bytes())
	result.IsError = answer.Header.Get("X-Amz-Function-Error") != ""
	return result, nil
}

// denied is AgentCore's text for a function that the role may not call.
// Source: developer guide, gateway debugging.
func (l *lambda) denied(function string, cause error) *Error {
	return &Error{
		Message: "Access denied while invoking Lambda function " + function +
			". Check the permissions on the Lambda function and Gateway execution role, and retry the request.",
		Action: invokeFunction, Resource: function, Cause: cause,
	}
}

func (l *lambda) request(ctx context.Context, at *Place, c *Call, function string) (*http.Request, error) {
	endpoint := orDefault(l.pool.AWS.LambdaEndpoint, "https://lambda."+regionOf(function, at)+".amazonaws.com")
	event := c.Arguments
	if len(event) == 0 {
		event = json.RawMessage("{}")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost,
		strings.TrimSuffix(endpoint, "/")+"/2015-03-31/functions/"+url.PathEscape(function)+"/invocations", bytes.NewReader(event))
	if err != nil {
		return nil, err
	}
	clientContext, err := json.Marshal(map[string]any{"custom": map[string]string{
		"bedrockAgentCoreMessageVersion": "1.0",
		"bedrockAgentCoreGatewayId":      at.Gateway.ID,
		"bedrockAgentCoreTargetId":       at.Target.ID,
		"bedrockAgentCoreToolName":       at.Target.FullName(c.Tool),
	}})
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Amz-Client-Context", base64.StdEncoding.EncodeToString(clientContext))
	return r, nil
}

// regionOf is the function's region.
func regionOf(function string, at *Place) string {
	if a, err := arn.Parse(function); err == nil && a.Region != "" {
		return a.Region
	}
	return at.Gateway.Region
}
