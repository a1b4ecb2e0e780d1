package target_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"hardpan/internal/mcp/target"
)

// everything is an MCP server with a tool, a prompt, a resource and a template.
// The tool says something on its way, and answers when that was heard.
func everything(heard <-chan struct{}) *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: "everything", Version: "1"}, &mcp.ServerOptions{
		CompletionHandler: func(context.Context, *mcp.CompleteRequest) (*mcp.CompleteResult, error) {
			return &mcp.CompleteResult{Completion: mcp.CompletionResultDetails{Values: []string{"red", "green"}}}, nil
		},
	})
	s.AddTool(&mcp.Tool{Name: "echo", InputSchema: json.RawMessage(`{"type":"object"}`)}, func(ctx context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		if token := r.Params.GetProgressToken(); token != nil {
			_ = r.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{ProgressToken: token, Progress: 0.5, Message: "half"})
			select {
			case <-heard:
			case <-ctx.Done():
			}
		}
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: string(r.Params.Arguments)}}}, nil
	})
	s.AddTool(&mcp.Tool{Name: "wait", InputSchema: json.RawMessage(`{"type":"object"}`)}, func(ctx context.Context, _ *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	s.AddPrompt(&mcp.Prompt{Name: "greet", Arguments: []*mcp.PromptArgument{{Name: "who", Required: true}}}, func(_ context.Context, r *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		return &mcp.GetPromptResult{Messages: []*mcp.PromptMessage{{Role: "user", Content: &mcp.TextContent{Text: "hello " + r.Params.Arguments["who"]}}}}, nil
	})
	read := func(_ context.Context, r *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
		return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{URI: r.Params.URI, Text: "content"}}}, nil
	}
	s.AddResource(&mcp.Resource{Name: "readme", URI: "file:///readme"}, read)
	s.AddResourceTemplate(&mcp.ResourceTemplate{Name: "docs", URITemplate: "doc:///{name}"}, read)
	return s
}

// serveMCP brings an MCP server up and returns its URL.
func serveMCP(t *testing.T, heard <-chan struct{}, wrap func(http.Handler) http.Handler) string {
	t.Helper()
	server := everything(heard)
	var h http.Handler = mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil)
	if wrap != nil {
		h = wrap(h)
	}
	return listen(t, h.ServeHTTP)
}

func mcpServerTarget(endpoint string) types.TargetConfiguration {
	return mcpTarget(&types.McpTargetConfigurationMemberMcpServer{Value: types.McpServerTargetConfiguration{Endpoint: &endpoint}})
}

// An MCP server's tools, prompts, resources and completions are asked over one
// session that all calls share; what it says on its way is passed on.
func TestMCPServer(t *testing.T) {
	opened, heard, told := 0, make(chan struct{}), ""
	s := stage(t, "", mcpServerTarget(serveMCP(t, heard, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost && r.Header.Get("Mcp-Session-Id") == "" {
				opened++
			}
			next.ServeHTTP(w, r)
		})
	})))
	offer, err := s.Discover(t.Context(), s.at)
	if err != nil || len(offer.Tools) != 2 || len(offer.Prompts) != 1 || !offer.Prompts[0].Arguments[0].Required || !offer.Resources {
		t.Fatalf("%+v, %v", offer, err)
	}
	result, err := s.CallTool(t.Context(), s.at, &target.Call{
		Tool: "echo", Arguments: json.RawMessage(`{"a":1}`), Progress: func(n *mcp.ProgressNotificationParams) { told = n.Message; close(heard) },
	})
	if err != nil || result.Content[0].(*mcp.TextContent).Text != `{"a":1}` {
		t.Fatalf("%+v, %v", result, err)
	}
	if told != "half" {
		t.Errorf("progress: %q", told)
	}
	prompt, err := s.GetPrompt(t.Context(), s.at, "greet", map[string]string{"who": "you"})
	if err != nil || prompt.Messages[0].Content.(*mcp.TextContent).Text != "hello you" {
		t.Errorf("%+v, %v", prompt, err)
	}
	read, err := s.ReadResource(t.Context(), s.at, "file:///readme")
	if err != nil || read.Contents[0].Text != "content" {
		t.Errorf("%+v, %v", read, err)
	}
	completed, err := s.Complete(t.Context(), s.at, &mcp.CompleteParams{
		Ref: &mcp.CompleteReference{Type: "ref/prompt", Name: "greet"}, Argument: mcp.CompleteParamsArgument{Name: "who", Value: "r"},
	})
	if err != nil || len(completed.Completion.Values) != 2 {
		t.Errorf("%+v, %v", completed, err)
	}
	offers, err := s.Offers(t.Context(), s.at)
	if err != nil || len(offers.Prompts) != 1 || len(offers.Resources) != 1 || len(offers.Templates) != 1 {
		t.Errorf("%+v, %v", offers, err)
	}
	if opened > 2 { // one, and one try of a version without sessions
		t.Errorf("%d sessions for all of this", opened)
	}
}

// A client that leaves ends the call at the server, and only that one.
func TestACallThatIsTakenBack(t *testing.T) {
	s := stage(t, "", mcpServerTarget(serveMCP(t, nil, nil)))
	if _, err := s.Discover(t.Context(), s.at); err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := s.CallTool(ctx, s.at, &target.Call{Tool: "wait", Arguments: json.RawMessage(`{}`)})
		ended <- err
	}()
	leave()
	if err := <-ended; err == nil {
		t.Error("the call was answered")
	}
	if text, _ := s.call(t, "echo", `{"b":2}`); text != `{"b":2}` {
		t.Error(text)
	}
}

// A server that went away and came back is connected to again.
func TestAServerThatForgetsItsSessions(t *testing.T) {
	forget := false
	s := stage(t, "", mcpServerTarget(serveMCP(t, nil, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if forget && r.Header.Get("Mcp-Session-Id") != "" {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			next.ServeHTTP(w, r)
		})
	})))
	s.call(t, "echo", `{}`)
	forget = true
	s.fails(t, "echo", `{}`, "did not answer as the protocol demands")
	forget = false
	s.call(t, "echo", `{}`)
}

// Only commands of the configuration are run.
func TestStdioOfAnUnknownCommand(t *testing.T) {
	s := stage(t, "", mcpServerTarget("stdio:rm"))
	s.fails(t, "echo", `{}`, "only commands of hardpan.yaml are run")
}

// A server that answers another request, or breaks off in the middle of an
// answer, has not answered; the next call is made in a session of its own.
func TestServersThatBreakTheProtocol(t *testing.T) {
	for name, c := range map[string]struct{ media, body string }{
		"answers another id":  {"application/json", `{"jsonrpc":"2.0","id":"another","result":{"content":[]}}`},
		"dies mid-stream":     {"text/event-stream", "event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":"},
		"answers no JSON-RPC": {"application/json", `<html>`},
	} {
		var well atomic.Bool
		s := stage(t, "", mcpServerTarget(serveMCP(t, nil, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				content, _ := io.ReadAll(r.Body)
				r.Body = io.NopCloser(bytes.NewReader(content))
				if well.Load() || !bytes.Contains(content, []byte("tools/call")) {
					next.ServeHTTP(w, r)
					return
				}
				w.Header().Set("Content-Type", c.media)
				_, _ = io.WriteString(w, c.body)
			})
		})))
		s.Timeout = 500 * time.Millisecond
		if _, err := s.Discover(t.Context(), s.at); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_, err := s.CallTool(t.Context(), s.at, &target.Call{Tool: "echo", Arguments: json.RawMessage(`{}`)})
		if _, ok := errors.AsType[*target.Error](err); !ok {
			t.Errorf("a server that %s: %v", name, err)
		}
		well.Store(true)
		s.Timeout = 10 * time.Second
		if text, _ := s.call(t, "echo", `{"c":3}`); text != `{"c":3}` {
			t.Errorf("after a server that %s: %s", name, text)
		}
	}
}
