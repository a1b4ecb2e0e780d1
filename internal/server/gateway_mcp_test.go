package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"hardpan/internal/server"
)

// library is an MCP server with many tools, two prompts and two resources. A tool
// whose caller listens says something on its way and answers when that was heard.
func library(t *testing.T, heard <-chan struct{}) string {
	t.Helper()
	s := mcp.NewServer(&mcp.Implementation{Name: "library", Version: "1"}, &mcp.ServerOptions{
		CompletionHandler: func(context.Context, *mcp.CompleteRequest) (*mcp.CompleteResult, error) {
			return &mcp.CompleteResult{Completion: mcp.CompletionResultDetails{Values: []string{"secret-value"}}}, nil
		},
	})
	for i := range 40 {
		s.AddTool(&mcp.Tool{Name: fmt.Sprintf("tool%02d", i), Description: fmt.Sprintf("Lends the book number %d", i), InputSchema: json.RawMessage(`{"type":"object"}`)},
			func(ctx context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
				if token := r.Params.GetProgressToken(); token != nil {
					_ = r.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{ProgressToken: token, Progress: 1, Message: "lending"})
					select {
					case <-heard:
					case <-ctx.Done():
					}
				}
				return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: r.Params.Name}}}, nil
			})
	}
	s.AddTool(&mcp.Tool{Name: "catalogue", Description: "Finds authors and their novels", InputSchema: json.RawMessage(`{"type":"object"}`)},
		func(ctx context.Context, _ *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
	for _, name := range []string{"open", "hidden"} {
		s.AddPrompt(&mcp.Prompt{Name: name, Arguments: []*mcp.PromptArgument{{Name: "who"}}}, func(_ context.Context, r *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			return &mcp.GetPromptResult{Messages: []*mcp.PromptMessage{{Role: "user", Content: &mcp.TextContent{Text: r.Params.Name}}}}, nil
		})
		s.AddResource(&mcp.Resource{Name: name, URI: "book:///" + name}, func(_ context.Context, r *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
			return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{URI: r.Params.URI, Text: "once upon a time"}}}, nil
		})
	}
	front := httptest.NewServer(mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return s }, nil))
	t.Cleanup(front.Close)
	return front.URL
}

// openLibrary is a gateway in front of the library, with search and streaming.
func openLibrary(t *testing.T, heard <-chan struct{}, change ...func(*server.Options)) *shop {
	t.Helper()
	endpoint := library(t, heard)
	s := openShop(t, change...)
	made, err := s.control.CreateGateway(t.Context(), &control.CreateGatewayInput{
		Name: aws.String("existing-gateway-library"), RoleArn: s.gateway.RoleArn, AuthorizerType: s.gateway.AuthorizerType,
		AuthorizerConfiguration: s.gateway.AuthorizerConfiguration, ProtocolType: types.GatewayProtocolTypeMcp,
		ProtocolConfiguration: &types.GatewayProtocolConfigurationMemberMcp{Value: types.MCPGatewayConfiguration{
			SearchType: types.SearchTypeSemantic, StreamingConfiguration: &types.StreamingConfiguration{EnableResponseStreaming: aws.Bool(true)},
		}},
	})
	must(t, err)
	s.gateway = s.ready(t, *made.GatewayId)
	target, err := s.control.CreateGatewayTarget(t.Context(), &control.CreateGatewayTargetInput{
		GatewayIdentifier: made.GatewayId, Name: aws.String("library"),
		TargetConfiguration: &types.TargetConfigurationMemberMcp{Value: &types.McpTargetConfigurationMemberMcpServer{
			Value: types.McpServerTargetConfiguration{Endpoint: &endpoint},
		}},
	})
	must(t, err)
	s.eventually(t, func() (bool, any) {
		got, err := s.control.GetGatewayTarget(t.Context(), &control.GetGatewayTargetInput{GatewayIdentifier: made.GatewayId, TargetId: target.TargetId})
		must(t, err)
		return got.Status == types.TargetStatusReady, []any{got.Status, got.StatusReasons}
	})
	return s
}

// connect signs an MCP client in.
func (s *shop) connect(t *testing.T, token string, options *mcp.ClientOptions) *mcp.ClientSession {
	t.Helper()
	session, err := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, options).Connect(t.Context(), &mcp.StreamableClientTransport{
		Endpoint: *s.gateway.GatewayUrl, MaxRetries: -1, DisableStandaloneSSE: true,
		HTTPClient: &http.Client{Transport: bearerTransport{token, s.client.Transport}},
	}, nil)
	must(t, err)
	t.Cleanup(func() { session.Close() })
	return session
}

// A gateway in front of an MCP server: pages, search, progress, cancellation.
func TestGatewayOfAnMCPServer(t *testing.T) {
	heard, said := make(chan struct{}), ""
	s := openLibrary(t, heard)
	c := s.connect(t, s.token("reader", nil), &mcp.ClientOptions{
		ProgressNotificationHandler: func(_ context.Context, r *mcp.ProgressNotificationClientRequest) {
			said = r.Params.Message
			close(heard)
		},
	})
	first, err := c.ListTools(t.Context(), nil)
	must(t, err)
	if len(first.Tools) != 30 || first.NextCursor == "" {
		t.Errorf("a first page of %d tools, cursor %q", len(first.Tools), first.NextCursor)
	}
	seen := map[string]bool{}
	for tool, err := range c.Tools(t.Context(), nil) {
		must(t, err)
		if seen[tool.Name] {
			t.Errorf("%s is listed twice", tool.Name)
		}
		seen[tool.Name] = true
	}
	if len(seen) != 42 || !seen["x_amz_bedrock_agentcore_search"] || !seen["library___catalogue"] {
		t.Errorf("%d tools in all", len(seen))
	}

	found, err := c.CallTool(t.Context(), &mcp.CallToolParams{Name: "x_amz_bedrock_agentcore_search", Arguments: map[string]any{"query": "who wrote this novel, the author"}})
	must(t, err)
	var answer struct{ Tools []struct{ Name string } }
	must(t, json.Unmarshal([]byte(found.Content[0].(*mcp.TextContent).Text), &answer))
	if len(answer.Tools) == 0 || answer.Tools[0].Name != "library___catalogue" {
		t.Errorf("search: %+v", answer)
	}

	params := &mcp.CallToolParams{Name: "library___tool07", Arguments: map[string]any{}}
	params.SetProgressToken("mine")
	lent, err := c.CallTool(t.Context(), params)
	must(t, err)
	if lent.Content[0].(*mcp.TextContent).Text != "tool07" {
		t.Fatalf("%+v, %+v", lent, s.lastTool(t))
	}
	if said != "lending" {
		t.Errorf("progress: %q", said)
	}

	ctx, leave := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := c.CallTool(ctx, &mcp.CallToolParams{Name: "library___catalogue", Arguments: map[string]any{}})
		ended <- err
	}()
	leave()
	if err := <-ended; err == nil {
		t.Error("a call that was taken back was answered")
	}
}

// Prompts and resources are decided as tools are; what is hidden is not told by
// lists, completions or search.
func TestGatewayPromptsAndResources(t *testing.T) {
	s := openLibrary(t, nil)
	reader := s.token("reader", nil)
	c := s.connect(t, reader, nil)
	if got := offered(t, c); got != "prompts [library___hidden library___open], resources [book:///hidden book:///open]" {
		t.Fatalf("without an engine: %s", got)
	}
	engine := s.engine(t)
	s.grant(t, engine)
	s.attach(t, engine, types.GatewayPolicyEngineModeEnforce)
	if got := offered(t, c); got != "prompts [], resources []" {
		t.Fatalf("with no policy: %s", got)
	}
	gateway := *s.gateway.GatewayArn
	s.policy(t, engine, "open_prompt", `permit(principal, action == AgentCore::Action::"prompt:library___open", resource == AgentCore::Gateway::"`+gateway+`");`)
	s.policy(t, engine, "open_book", `permit(principal, action == AgentCore::Action::"resource:library", resource == AgentCore::Gateway::"`+gateway+`") when { context.input.uri == "book:///open" };`)
	s.policy(t, engine, "one_tool", `permit(principal, action == AgentCore::Action::"library___tool01", resource == AgentCore::Gateway::"`+gateway+`");`)
	if got := offered(t, c); got != "prompts [library___open], resources [book:///open]" {
		t.Errorf("with policies: %s", got)
	}
	if _, err := c.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: "library___open", Arguments: map[string]string{"who": "x"}}); err != nil {
		t.Errorf("the open prompt: %v", err)
	}
	if _, err := c.GetPrompt(t.Context(), &mcp.GetPromptParams{Name: "library___hidden"}); err == nil || !strings.Contains(err.Error(), "policy enforcement") {
		t.Errorf("the hidden prompt: %v", err)
	}
	if r, err := c.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "book:///open"}); err != nil || r.Contents[0].Text != "once upon a time" {
		t.Errorf("the open book: %v", err)
	}
	if _, err := c.ReadResource(t.Context(), &mcp.ReadResourceParams{URI: "book:///hidden"}); err == nil || !strings.Contains(err.Error(), "policy enforcement") {
		t.Errorf("the hidden book: %v", err)
	}
	for name, want := range map[string]int{"library___open": 1, "library___hidden": 0, "library___nothing": 0} {
		r, err := c.Complete(t.Context(), &mcp.CompleteParams{Ref: &mcp.CompleteReference{Type: "ref/prompt", Name: name}, Argument: mcp.CompleteParamsArgument{Name: "who"}})
		if err != nil || len(r.Completion.Values) != want {
			t.Errorf("completion of %s: %+v, %v", name, r, err)
		}
	}
	found, err := c.CallTool(t.Context(), &mcp.CallToolParams{Name: "x_amz_bedrock_agentcore_search", Arguments: map[string]any{"query": "lends book number author novel"}})
	must(t, err)
	if text := found.Content[0].(*mcp.TextContent).Text; strings.Contains(text, "catalogue") || strings.Contains(text, "tool02") || !strings.Contains(text, "tool01") {
		t.Errorf("search finds %s", text)
	}
}

// A setting leaves prompts and resources to everyone who may call, as AWS does.
func TestGatewayPromptsAsOnAWS(t *testing.T) {
	s := openLibrary(t, nil, func(o *server.Options) { o.AgentCore.Undecided = true })
	engine := s.engine(t)
	s.attach(t, engine, types.GatewayPolicyEngineModeEnforce)
	c := s.connect(t, s.token("reader", nil), nil)
	if got := offered(t, c); got != "prompts [library___hidden library___open], resources [book:///hidden book:///open]" {
		t.Error(got)
	}
}

// offered is what a client sees beside tools.
func offered(t *testing.T, c *mcp.ClientSession) string {
	t.Helper()
	prompts, resources := []string{}, []string{}
	for p, err := range c.Prompts(t.Context(), nil) {
		must(t, err)
		prompts = append(prompts, p.Name)
	}
	for r, err := range c.Resources(t.Context(), nil) {
		must(t, err)
		resources = append(resources, r.URI)
	}
	slices.Sort(prompts)
	slices.Sort(resources)
	return fmt.Sprintf("prompts %v, resources %v", prompts, resources)
}
