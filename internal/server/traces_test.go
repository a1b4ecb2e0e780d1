package server_test

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	collect "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"hardpan/internal/server"
	"hardpan/internal/telemetry"
)

// collector is one of OpenTelemetry's, on loopback.
type collector struct {
	*httptest.Server
	mu    sync.Mutex
	raw   strings.Builder
	spans []*traces.Span
}

func newCollector(t *testing.T) *collector {
	c := &collector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var sent collect.ExportTraceServiceRequest
		if err != nil || r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &sent) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.raw.Write(body)
		for _, from := range sent.ResourceSpans {
			for _, scope := range from.ScopeSpans {
				c.spans = append(c.spans, scope.Spans...)
			}
		}
	}))
	t.Cleanup(c.Close)
	return c
}

// traced are options by which calls are traced to the collector.
func (c *collector) traced(o *server.Options) { o.Traces = &telemetry.Options{Endpoint: c.URL} }

// end stops a server, which sends what waits, and then the collector.
func (c *collector) end(w *world) {
	w.t.Helper()
	if err := w.stop(); err != nil {
		w.t.Fatal(err)
	}
	c.Close()
}

// named are the spans of a name, oldest first.
func (c *collector) named(name string) (list []*traces.Span) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.spans {
		if s.Name == name {
			list = append(list, s)
		}
	}
	return list
}

// has fails the test unless a span has the attributes given, as text.
func has(t *testing.T, s *traces.Span, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for _, a := range s.Attributes {
		got[a.Key] = strings.ReplaceAll(a.Value.String(), "  ", " ")
	}
	for name, value := range want {
		if !strings.Contains(got[name], value) {
			t.Errorf("%s: %s is %q, want %q", s.Name, name, got[name], value)
		}
	}
}

const (
	callersTrace = "0af7651916cd43dd8448eb211c80319c"
	callersSpan  = "b7ad6b7169203331"
)

// A collector gets a trace of every call, within the caller's own if there is one,
// and nothing of what was said to a model.
func TestCallsAreTraced(t *testing.T) {
	c := newCollector(t)
	w := start(t, c.traced)
	body := `{"messages":[{"role":"user","content":[{"text":"a private question"}]}]}`
	w.send(request{
		Path: "/model/" + haiku + "/converse", Key: w.root, Body: body,
		Header: http.Header{"Traceparent": {"00-" + callersTrace + "-" + callersSpan + "-01"}},
	}).is(t, http.StatusOK)
	foo := w.user("foo", nothing)
	if _, err := w.converse(foo, haiku); err == nil {
		t.Fatal("who may nothing is answered")
	}
	e := w.events()
	c.end(w)
	calls, models := c.named("bedrock-runtime/Converse"), c.named("chat "+haiku)
	if len(calls) != 2 || len(models) != 1 {
		t.Fatalf("%d calls, %d of models", len(calls), len(models))
	}
	served, denied, model := calls[0], calls[1], models[0]
	if hex.EncodeToString(served.TraceId) != callersTrace || hex.EncodeToString(served.ParentSpanId) != callersSpan || served.Kind != traces.Span_SPAN_KIND_SERVER {
		t.Errorf("the call: %v", served)
	}
	if string(model.TraceId) != string(served.TraceId) || string(model.ParentSpanId) != string(served.SpanId) || model.Kind != traces.Span_SPAN_KIND_CLIENT {
		t.Errorf("the model: %v", model)
	}
	if string(denied.TraceId) == string(served.TraceId) || len(denied.ParentSpanId) != 0 {
		t.Errorf("a call of no trace is in one: %v", denied)
	}
	if lasts := int64(model.EndTimeUnixNano-model.StartTimeUnixNano) / 1000; lasts < 0 || lasts != e[0].Latency {
		t.Errorf("it lasts %d µs, the event %d", lasts, e[0].Latency)
	}
	has(t, served, map[string]string{
		"rpc.system": "aws-api", "rpc.service": "bedrock-runtime", "rpc.method": "Converse", "aws.request_id": e[0].ID,
		"cloud.account.id": account, "cloud.region": region, "hardpan.decision": "allow", "hardpan.principal": ":root", "http.response.status_code": "200",
	})
	has(t, model, map[string]string{
		"gen_ai.operation.name": "chat", "gen_ai.provider.name": "aws.bedrock", "gen_ai.system": "aws.bedrock",
		"gen_ai.request.model": haiku, "gen_ai.response.model": haiku, "server.address": "builtin",
		"gen_ai.usage.input_tokens": "int_value", "gen_ai.usage.output_tokens": "int_value", "hardpan.cost.nano_usd": "int_value",
	})
	has(t, denied, map[string]string{
		"hardpan.decision": "deny", "hardpan.outcome": "denied", "hardpan.principal": "user/foo", "hardpan.denied.action": "bedrock:InvokeModel",
		"hardpan.denied.resource": haiku, "http.response.status_code": "403", "hardpan.error.code": "AccessDeniedException",
	})
	for _, secret := range append(w.secrets, "a private question") {
		if strings.Contains(c.raw.String(), secret) {
			t.Error("a span has what nobody may read")
		}
	}
}

// What a gateway decided is in AgentCore's spans, with the two things that those of
// AWS lack: who asked, and what the gateway's role is not allowed.
func TestGatewayDecisionsAreTraced(t *testing.T) {
	c := newCollector(t)
	s := openShop(t, c.traced)
	engine := s.engine(t)
	s.attach(t, engine, types.GatewayPolicyEngineModeEnforce)
	s.raw(t, s.token("clerk", nil), listTools, "Traceparent", "00-"+callersTrace+"-"+callersSpan+"-01")
	s.grant(t, engine)
	s.policy(t, engine, "supervisors_refund", s.refundPolicy("500"))
	s.raw(t, s.token("mia", map[string]any{"role": "supervisor"}), callTool("orders___refund", `{"amount":501,"reason":"a private matter"}`))
	c.end(s.world)
	for _, name := range []string{"AgentCore.Gateway.ListTools", "AgentCore.Policy.PartiallyAuthorizeActions", "AgentCore.Gateway.InvokeTool", "AgentCore.Policy.AuthorizeAction"} {
		if n := len(c.named(name)); n != 1 {
			t.Fatalf("%d spans %s", n, name)
		}
	}
	listed, asked := c.named("AgentCore.Gateway.ListTools")[0], c.named("AgentCore.Policy.PartiallyAuthorizeActions")[0]
	if hex.EncodeToString(listed.ParentSpanId) != callersSpan || string(asked.ParentSpanId) != string(listed.SpanId) || asked.Status.Code != traces.Status_STATUS_CODE_ERROR {
		t.Errorf("the list: %v\nthe engine: %v", listed, asked)
	}
	has(t, asked, map[string]string{
		"http.response.status_code": "403", "hardpan.missing_permissions": "bedrock-agentcore:GetPolicyEngine on ",
		"hardpan.role": "role/gateway-role", "hardpan.tool.principal": "clerk", "aws.agentcore.gateway.policy.mode": "ENFORCE",
	})
	has(t, c.named("AgentCore.Gateway.InvokeTool")[0], map[string]string{
		"tool.name": "orders___refund", "aws.agentcore.policy.authorization_decision": "DENY", "aws.resource.arn": *s.gateway.GatewayArn,
	})
	has(t, c.named("AgentCore.Policy.AuthorizeAction")[0], map[string]string{
		"aws.agentcore.policy.authorization_decision": "DENY", "aws.agentcore.gateway.policy.arn": engine,
		"rpc.service": engine[strings.LastIndex(engine, "/")+1:], "aws.agentcore.policy.target_resource.id": *s.gateway.GatewayId,
		"http.response.status_code": "200", "hardpan.tool.principal": "mia",
	})
	if strings.Contains(c.raw.String(), "a private matter") {
		t.Error("a span has what a tool was given")
	}
}

// A collector that is not there stops neither calls nor the server.
func TestTracesToNowhere(t *testing.T) {
	c := newCollector(t)
	c.Close()
	w := start(t, c.traced)
	if _, err := w.converse(w.root, haiku); err != nil {
		t.Fatal(err)
	}
	if err := w.stop(); err != nil {
		t.Error(err)
	}
	if !strings.Contains(w.log.String(), "takes no traces") && !strings.Contains(w.log.String(), "does not answer") {
		t.Error("nobody is told")
	}
}
