package server_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"hardpan/internal/oidctest"
	"hardpan/internal/op"
	"hardpan/internal/server"
)

// Story 3: a tool gateway whose policy engine was attached later. The two role
// policies are the published ones, with ids of this test in place of the
// story's.

// existingRole is what the gateway's role may do before the engine comes.
const existingRole = `{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "GetGateway",
            "Effect": "Allow",
            "Action": ["bedrock-agentcore:GetGateway"],
            "Resource": ["arn:aws:bedrock-agentcore:us-west-2:123456789012:gateway/existing-gateway-*"]
        }
    ]
}`

// engineRole is what was missing.
func engineRole(engine string) string {
	return `{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "EvaluatePoliciesForGateway",
            "Effect": "Allow",
            "Action": ["bedrock-agentcore:AuthorizeAction", "bedrock-agentcore:PartiallyAuthorizeActions"],
            "Resource": ["arn:aws:bedrock-agentcore:us-west-2:123456789012:gateway/existing-gateway-*", "` + engine + `"]
        },
        {
            "Sid": "GetPolicyEngineForValidation",
            "Effect": "Allow",
            "Action": ["bedrock-agentcore:GetPolicyEngine"],
            "Resource": ["` + engine + `"]
        }
    ]
}`
}

const trustsAgentCore = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"bedrock-agentcore.amazonaws.com"},"Action":"sts:AssumeRole"}]}`

// ordersAPI is an OpenAPI service with two tools.
const ordersAPI = `{"openapi":"3.0.3","info":{"title":"Orders","version":"1"},"servers":[{"url":"SERVER"}],"paths":{
	"/orders/{id}":{"get":{"operationId":"getOrder","summary":"Look an order up","parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],"responses":{"200":{"description":"ok"}}}},
	"/refunds":{"post":{"operationId":"refund","summary":"Pay money back","requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","required":["amount"],"properties":{"amount":{"type":"integer"},"reason":{"type":"string"}}}}}},"responses":{"200":{"description":"ok"}}}}}}`

// shop is a gateway in front of an OpenAPI service, with people of an outside
// identity provider as its callers.
type shop struct {
	*world
	control *control.Client
	iam     *iam.Client
	issuer  *oidctest.Issuer
	gateway *control.GetGatewayOutput
}

// openShop makes the story's gateway, without an engine.
func openShop(t *testing.T, change ...func(*server.Options)) *shop {
	t.Helper()
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"path":"` + r.URL.Path + `"}`))
	}))
	t.Cleanup(service.Close)
	local := func(o *server.Options) { o.AllowUpstream = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} }
	s := &shop{world: start(t, append(change, local)...), issuer: oidctest.StartPlain(t)}
	s.control = control.NewFromConfig(s.config(s.root, region), func(o *control.Options) { o.BaseEndpoint = &s.url })
	s.iam = iam.NewFromConfig(s.config(s.root, region), func(o *iam.Options) { o.BaseEndpoint = &s.url })
	ctx := t.Context()
	role, err := s.iam.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("gateway-role"), AssumeRolePolicyDocument: aws.String(trustsAgentCore)})
	must(t, err)
	_, err = s.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: aws.String("gateway-role"), PolicyName: aws.String("existing"), PolicyDocument: aws.String(existingRole)})
	must(t, err)
	made, err := s.control.CreateGateway(ctx, &control.CreateGatewayInput{
		Name: aws.String("existing-gateway"), RoleArn: role.Role.Arn, AuthorizerType: types.AuthorizerTypeCustomJwt,
		ProtocolType: types.GatewayProtocolTypeMcp,
		AuthorizerConfiguration: &types.AuthorizerConfigurationMemberCustomJWTAuthorizer{Value: types.CustomJWTAuthorizerConfiguration{
			DiscoveryUrl: aws.String(s.issuer.URL + "/.well-known/openid-configuration"), AllowedAudience: []string{"shop"},
		}},
	})
	must(t, err)
	s.gateway = s.ready(t, *made.GatewayId)
	document := strings.Replace(ordersAPI, "SERVER", service.URL, 1)
	target, err := s.control.CreateGatewayTarget(ctx, &control.CreateGatewayTargetInput{
		GatewayIdentifier: made.GatewayId, Name: aws.String("orders"),
		TargetConfiguration: &types.TargetConfigurationMemberMcp{Value: &types.McpTargetConfigurationMemberOpenApiSchema{
			Value: &types.ApiSchemaConfigurationMemberInlinePayload{Value: document},
		}},
	})
	must(t, err)
	s.eventually(t, func() (done bool, state any) {
		got, err := s.control.GetGatewayTarget(ctx, &control.GetGatewayTargetInput{GatewayIdentifier: made.GatewayId, TargetId: target.TargetId})
		must(t, err)
		return got.Status == types.TargetStatusReady, got
	})
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually asks until it is done, for at most ten seconds.
func (s *shop) eventually(t *testing.T, ask func() (done bool, state any)) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range 1000 {
		done, state := ask()
		if done {
			return
		}
		select {
		case <-t.Context().Done():
			t.Fatalf("still %+v", state)
		case <-tick.C:
		}
	}
	_, state := ask()
	t.Fatalf("still %+v", state)
}

func (s *shop) ready(t *testing.T, id string) (out *control.GetGatewayOutput) {
	t.Helper()
	s.eventually(t, func() (bool, any) {
		var err error
		out, err = s.control.GetGateway(t.Context(), &control.GetGatewayInput{GatewayIdentifier: &id})
		must(t, err)
		return out.Status == types.GatewayStatusReady, out.Status
	})
	return out
}

// token is a signed-in person's.
func (s *shop) token(sub string, claims map[string]any) string {
	all := map[string]any{"sub": sub}
	for name, value := range claims {
		all[name] = value
	}
	return s.issuer.Token(s.issuer.Claims(s.clock.Now(), "shop", all))
}

// raw sends one JSON-RPC request and returns the answer's status and body.
func (s *shop) raw(t *testing.T, token, body string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, *s.gateway.GatewayUrl, strings.NewReader(body))
	must(t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	r.Header.Set("MCP-Protocol-Version", "2025-06-18")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := s.client.Do(r)
	must(t, err)
	defer answer.Body.Close()
	var text strings.Builder
	_, err = io.Copy(&text, answer.Body)
	must(t, err)
	return answer, text.String()
}

const listTools = `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`

func callTool(name, arguments string) string {
	return `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"` + name + `","arguments":` + arguments + `}}`
}

// engine makes an engine and waits until it is there.
func (s *shop) engine(t *testing.T) string {
	t.Helper()
	made, err := s.control.CreatePolicyEngine(t.Context(), &control.CreatePolicyEngineInput{Name: aws.String("MyPolicy")})
	must(t, err)
	s.eventually(t, func() (bool, any) {
		got, err := s.control.GetPolicyEngine(t.Context(), &control.GetPolicyEngineInput{PolicyEngineId: made.PolicyEngineId})
		must(t, err)
		return got.Status == types.PolicyEngineStatusActive, got.Status
	})
	return *made.PolicyEngineArn
}

// attach attaches an engine to the gateway, as UpdateGateway does.
func (s *shop) attach(t *testing.T, engine string, mode types.GatewayPolicyEngineMode) *control.UpdateGatewayOutput {
	t.Helper()
	out, err := s.control.UpdateGateway(t.Context(), &control.UpdateGatewayInput{
		GatewayIdentifier: s.gateway.GatewayId, Name: s.gateway.Name, RoleArn: s.gateway.RoleArn,
		AuthorizerType: s.gateway.AuthorizerType, AuthorizerConfiguration: s.gateway.AuthorizerConfiguration, ProtocolType: s.gateway.ProtocolType,
		ProtocolConfiguration:     s.gateway.ProtocolConfiguration,
		PolicyEngineConfiguration: &types.GatewayPolicyEngineConfiguration{Arn: &engine, Mode: mode},
	})
	must(t, err)
	s.ready(t, *s.gateway.GatewayId)
	return out
}

// policy adds a Cedar policy to the engine and waits until it is in force.
func (s *shop) policy(t *testing.T, engine, name, statement string) {
	t.Helper()
	id := engine[strings.LastIndexByte(engine, '/')+1:]
	made, err := s.control.CreatePolicy(t.Context(), &control.CreatePolicyInput{
		PolicyEngineId: &id, Name: &name,
		Definition: &types.PolicyDefinitionMemberCedar{Value: types.CedarPolicy{Statement: &statement}},
	})
	must(t, err)
	s.eventually(t, func() (bool, any) {
		got, err := s.control.GetPolicy(t.Context(), &control.GetPolicyInput{PolicyEngineId: &id, PolicyId: made.PolicyId})
		must(t, err)
		return got.Status == types.PolicyStatusActive, []any{got.Status, got.StatusReasons}
	})
}

// The story step by step, in the words of the wire.
func TestStory3(t *testing.T) {
	s := openShop(t)
	clerk := s.token("clerk", map[string]any{"role": "clerk"})
	supervisor := s.token("supervisor", map[string]any{"role": "supervisor"})

	// 1. Through the gateway, tools are listed and called.
	if got := s.tools(t, clerk); !slices.Equal(got, []string{"orders___getOrder", "orders___refund"}) {
		t.Fatalf("tools: %v", got)
	}
	if _, body := s.raw(t, clerk, callTool("orders___getOrder", `{"id":"7"}`)); !strings.Contains(body, `{\"path\":\"/orders/7\"}`) {
		t.Fatalf("call: %s", body)
	}

	// 2, 4. An engine is attached: it warns, and attaches. The role lacks three
	// permissions, so that nothing is listed any more, and it is said like this.
	engine := s.engine(t)
	attached := s.attach(t, engine, types.GatewayPolicyEngineModeEnforce)
	if reasons := strings.Join(attached.StatusReasons, "\n"); !strings.Contains(reasons, "bedrock-agentcore:PartiallyAuthorizeActions") {
		t.Errorf("attaching says nothing of what is missing: %q", reasons)
	}
	answer, body := s.raw(t, clerk, listTools)
	var broken struct {
		Result struct {
			IsError bool
			Content []struct{ Type, Text string }
			Meta    map[string]string `json:"_meta"`
		}
	}
	must(t, json.Unmarshal([]byte(body), &broken))
	if answer.StatusCode != http.StatusOK || !broken.Result.IsError || broken.Result.Content[0].Text != "InternalServerException - Policy evaluation failed for list tools" {
		t.Errorf("with a role that may not ask the engine: %d %s", answer.StatusCode, body)
	}
	decision := answer.Header.Get("X-Hardpan-Decision-Id")
	if decision == "" || broken.Result.Meta["hardpan/decisionId"] != decision {
		t.Errorf("no decision id: header %q, body %s", decision, body)
	}
	last := s.events()[len(s.events())-1]
	if last.Tool == nil || len(last.Tool.Missing) != 3 || last.Tool.Missing[0].Resource != engine {
		t.Errorf("the record does not say what the role lacks: %+v", last.Tool)
	}

	// 5. The published policy on the role makes it work at once; without any
	// Cedar policy nothing is visible.
	s.grant(t, engine)
	if _, body := s.raw(t, clerk, listTools); body != `{"jsonrpc":"2.0","id":1,"result":{"tools":[]}}` {
		t.Errorf("with no policy at all: %s", body)
	}

	// 3. With policies, each sees what they could call, and calls are decided on
	// their arguments.
	gateway := *s.gateway.GatewayArn
	s.policy(t, engine, "everybody_reads", `permit(principal, action == AgentCore::Action::"orders___getOrder", resource == AgentCore::Gateway::"`+gateway+`");`)
	s.policy(t, engine, "supervisors_refund", `permit(principal is AgentCore::OAuthUser, action == AgentCore::Action::"orders___refund", resource == AgentCore::Gateway::"`+gateway+`")
when { context.input.amount <= 500 && principal.hasTag("role") && principal.getTag("role") == "supervisor" };`)
	if got := s.tools(t, clerk); !slices.Equal(got, []string{"orders___getOrder"}) {
		t.Errorf("a clerk sees %v", got)
	}
	if got := s.tools(t, supervisor); !slices.Equal(got, []string{"orders___getOrder", "orders___refund"}) {
		t.Errorf("a supervisor sees %v", got)
	}
	const denied = "AuthorizeActionException - Tool Execution Denied: Tool call not allowed due to policy enforcement [Policy evaluation denied due to no determining policies]"
	for _, c := range []struct{ name, token, body, want string }{
		{"a supervisor within the limit", supervisor, callTool("orders___refund", `{"amount":500}`), `{\"path\":\"/refunds\"}`},
		{"a supervisor above it", supervisor, callTool("orders___refund", `{"amount":501}`), denied},
		{"a clerk", clerk, callTool("orders___refund", `{"amount":1}`), denied},
		{"arguments off schema", supervisor, callTool("orders___refund", `{"amount":"many"}`), "Invalid arguments"},
		{"no such tool", clerk, callTool("orders___nope", `{}`), "Unknown tool: orders___nope"},
	} {
		if _, body := s.raw(t, c.token, c.body); !strings.Contains(body, c.want) {
			t.Errorf("%s: %s; want %s", c.name, body, c.want)
		}
	}
}

// tools are the names that tools/list shows, by an MCP client.
func (s *shop) tools(t *testing.T, token string) (names []string) {
	t.Helper()
	c := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	session, err := c.Connect(t.Context(), &mcp.StreamableClientTransport{
		Endpoint: *s.gateway.GatewayUrl, MaxRetries: -1,
		HTTPClient: &http.Client{Transport: bearerTransport{token, s.client.Transport}},
	}, nil)
	must(t, err)
	defer session.Close()
	for tool, err := range session.Tools(t.Context(), nil) {
		must(t, err)
		names = append(names, tool.Name)
	}
	return names
}

type bearerTransport struct {
	token string
	next  http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (b bearerTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+b.token)
	return b.next.RoundTrip(r)
}

// grant gives the gateway's role what the engine takes, as published.
func (s *shop) grant(t *testing.T, engine string) {
	t.Helper()
	_, err := s.iam.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{
		RoleName: aws.String("gateway-role"), PolicyName: aws.String("engine"), PolicyDocument: aws.String(engineRole(engine)),
	})
	must(t, err)
}

// lastTool is the last question that a gateway decided, as the journal has it.
func (s *shop) lastTool(t *testing.T) *op.ToolUse {
	t.Helper()
	for _, e := range slices.Backward(s.events()) {
		if e.Tool != nil {
			return e.Tool
		}
	}
	t.Fatal("no gateway decided anything")
	return nil
}

// signed sends one JSON-RPC request that is signed.
func (s *shop) signed(t *testing.T, k key, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, *s.gateway.GatewayUrl, strings.NewReader(body))
	must(t, err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	sum := sha256.Sum256([]byte(body))
	credentials, err := k.Retrieve(t.Context())
	must(t, err)
	must(t, v4.NewSigner().SignHTTP(t.Context(), credentials, r, hex.EncodeToString(sum[:]), "bedrock-agentcore", region, s.clock.Now()))
	answer, err := s.client.Do(r)
	must(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	must(t, err)
	return answer.StatusCode, string(text)
}
