package server_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/cedar"
	"hardpan/internal/oidctest"
	"hardpan/internal/server"
)

const initialize = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}`

// A token is refused with what is wrong with it, and with where to get one.
func TestGatewayTokens(t *testing.T) {
	s := openShop(t)
	metadata := strings.Replace(*s.gateway.GatewayUrl, "/gateways/", "/.well-known/oauth-protected-resource/gateways/", 1)
	stranger := oidctest.StartPlain(t)
	now := s.clock.Now()
	before := len(s.events())
	for name, c := range map[string]struct{ token, want string }{
		"no token":         {"", "Missing Bearer token"},
		"no JWT":           {"nonsense", "the token is no signed JWT"},
		"another audience": {s.issuer.Token(s.issuer.Claims(now, "elsewhere", nil)), "made for another audience"},
		"over":             {s.issuer.Token(s.issuer.Claims(now, "shop", map[string]any{"exp": now.Add(-time.Hour).Unix()})), "the token was good until"},
		"another issuer":   {stranger.Token(stranger.Claims(now, "shop", nil)), "Invalid Bearer token"},
		"another's key":    {stranger.Token(s.issuer.Claims(now, "shop", nil)), "Invalid Bearer token"},
	} {
		answer, body := s.raw(t, c.token, listTools)
		if answer.StatusCode != http.StatusUnauthorized || !strings.Contains(body, c.want) {
			t.Errorf("%s: %d %s; want %q", name, answer.StatusCode, body, c.want)
		}
		if challenge := answer.Header.Get("WWW-Authenticate"); !strings.Contains(challenge, `resource_metadata="`+metadata+`"`) {
			t.Errorf("%s: challenge %q", name, challenge)
		}
	}
	answer, err := s.client.Get(metadata)
	must(t, err)
	defer answer.Body.Close()
	var document struct {
		Resource string
		Servers  []string `json:"authorization_servers"`
	}
	must(t, json.NewDecoder(answer.Body).Decode(&document))
	if document.Resource != *s.gateway.GatewayUrl || len(document.Servers) != 1 || document.Servers[0] != s.issuer.URL {
		t.Errorf("metadata: %+v", document)
	}
	if after := len(s.events()); after != before {
		t.Errorf("callers who were not let in caused %d events", after-before)
	}
}

// A session is its principal's, at its gateway, until its time is over; it
// survives a restart.
func TestGatewaySessions(t *testing.T) {
	s := openShop(t)
	mine, other := s.token("me", nil), s.token("other", nil)
	answer, body := s.raw(t, mine, initialize)
	session := answer.Header.Get("Mcp-Session-Id")
	if session == "" || !strings.Contains(body, `"protocolVersion":"2025-06-18"`) {
		t.Fatalf("initialize: %q %s", session, body)
	}
	status := func(token, id string) int {
		answer, _ := s.raw(t, token, listTools, "Mcp-Session-Id", id)
		return answer.StatusCode
	}
	if got := status(mine, session); got != http.StatusOK {
		t.Errorf("my session: %d", got)
	}
	for name, c := range map[string][2]string{"another's": {other, session}, "made up": {mine, "AAAA"}, "changed": {mine, session[:len(session)-4] + "AAAA"}} {
		if got := status(c[0], c[1]); got != http.StatusNotFound {
			t.Errorf("%s session: %d, want 404", name, got)
		}
	}
	s.restart(t)
	if got := status(mine, session); got != http.StatusOK {
		t.Errorf("after a restart: %d", got)
	}
	s.clock.Advance(59 * time.Minute)
	mine = s.token("me", nil)
	if got := status(mine, session); got != http.StatusOK {
		t.Errorf("after 59 minutes: %d", got)
	}
	end, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, *s.gateway.GatewayUrl, nil)
	must(t, err)
	end.Header.Set("Authorization", "Bearer "+mine)
	end.Header.Set("Mcp-Session-Id", session)
	ended, err := s.client.Do(end)
	must(t, err)
	ended.Body.Close()
	if ended.StatusCode != http.StatusNoContent || status(mine, session) != http.StatusNotFound {
		t.Errorf("after its end (%d) the session is still good", ended.StatusCode)
	}
	answer, _ = s.raw(t, mine, initialize)
	session = answer.Header.Get("Mcp-Session-Id")
	s.clock.Advance(61 * time.Minute)
	mine = s.token("me", nil)
	if got := status(mine, session); got != http.StatusNotFound {
		t.Errorf("after 61 minutes: %d", got)
	}
}

// What is no request is answered in the protocol's words, and harms nothing.
func TestGatewayBadRequests(t *testing.T) {
	s := openShop(t)
	token := s.token("me", nil)
	for name, c := range map[string]struct {
		body   string
		status int
		want   string
	}{
		"nothing":              {"", 400, "no JSON-RPC message"},
		"no JSON":              {"{", 400, "no JSON-RPC message"},
		"an empty batch":       {"[]", 400, "a batch has 1 to 100 messages"},
		"a batch of two equal": {"[" + listTools + "," + listTools + "]", 400, "two requests of the batch have the id"},
		"a huge batch":         {"[" + strings.Repeat(listTools+",", 100) + listTools + "]", 400, "this one has 101"},
		"an unknown method":    {`{"jsonrpc":"2.0","id":5,"method":"tools/eat"}`, 200, `{"jsonrpc":"2.0","id":5,"error":{"code":-32601,"message":"Method not found: tools/eat"}}`},
		"a wrong cursor":       {`{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"!"}}`, 200, "not one that this gateway gave"},
		"params of wrong type": {`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":5}}`, 200, "-32602"},
		"a missing argument":   {callTool("orders___getOrder", `{}`), 200, "Invalid arguments"},
		"an imitated name":     {callTool("orders___getOrder___x", `{}`), 200, "Unknown tool"},
		"a path that climbs":   {callTool("orders___getOrder", `{"id":".."}`), 200, "An internal error"},
	} {
		answer, body := s.raw(t, token, c.body)
		if answer.StatusCode != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%s: %d %s; want %d %q", name, answer.StatusCode, body, c.status, c.want)
		}
	}
	if answer, body := s.raw(t, token, listTools, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"); answer.StatusCode != http.StatusForbidden {
		t.Errorf("a page of another origin: %d %s", answer.StatusCode, body)
	}
	if answer, _ := s.raw(t, token, listTools); answer.StatusCode != http.StatusOK {
		t.Errorf("afterwards: %d", answer.StatusCode)
	}
}

// A DNS name that was made to point at this machine leads nowhere; the gateway's
// own host name does.
func TestGatewayHosts(t *testing.T) {
	s := openShop(t)
	token := s.token("me", nil)
	for host, want := range map[string]int{
		"evil.example": http.StatusForbidden,
		*s.gateway.GatewayId + ".gateway.bedrock-agentcore.us-west-2.amazonaws.com": http.StatusOK,
		*s.gateway.GatewayId + ".gateway.bedrock-agentcore.eu-west-1.amazonaws.com": http.StatusNotFound,
	} {
		path := *s.gateway.GatewayUrl
		if strings.Contains(host, ".gateway.") {
			path = s.url + "/mcp"
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(listTools))
		must(t, err)
		r.Host = host
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Accept", "application/json, text/event-stream")
		r.Header.Set("Authorization", "Bearer "+token)
		answer, err := s.client.Do(r)
		must(t, err)
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("host %s: %d, want %d", host, answer.StatusCode, want)
		}
	}
}

// The newer form of a denial.
func TestGatewayNewerWire(t *testing.T) {
	s := openShop(t, func(o *server.Options) { o.AgentCore.Wire = cedar.Wire2026 })
	engine := s.engine(t)
	s.grant(t, engine)
	s.attach(t, engine, types.GatewayPolicyEngineModeEnforce)
	const want = `"error":{"code":-32002,"message":"Tool Execution Denied: Tool call not allowed due to policy enforcement [No policy applies to the request (denied by default).]"`
	if _, body := s.raw(t, s.token("me", nil), callTool("orders___getOrder", `{"id":"1"}`)); !strings.Contains(body, want) {
		t.Error(body)
	}
}

// An engine that only logs changes nothing, not even when its role may not ask
// it; the journal tells.
func TestGatewayLogOnly(t *testing.T) {
	s := openShop(t)
	engine := s.engine(t)
	s.attach(t, engine, types.GatewayPolicyEngineModeLogOnly)
	token := s.token("me", nil)
	if got := s.tools(t, token); len(got) != 2 {
		t.Errorf("with a role that may not ask: %v", got)
	}
	if last := s.lastTool(t); len(last.Missing) != 3 {
		t.Errorf("the journal says nothing of what is missing: %+v", last)
	}
	s.grant(t, engine)
	if _, body := s.raw(t, token, callTool("orders___getOrder", `{"id":"1"}`)); !strings.Contains(body, "/orders/1") {
		t.Error(body)
	}
	if last := s.lastTool(t); last.Allowed || last.Mode != "LOG_ONLY" {
		t.Errorf("the journal does not say that it would be denied: %+v", last)
	}
}

// A gateway of AWS_IAM wants a signature and InvokeGateway.
func TestGatewayIAM(t *testing.T) {
	s := openShop(t)
	made, err := s.control.CreateGateway(t.Context(), &control.CreateGatewayInput{
		Name: aws.String("signed"), RoleArn: s.gateway.RoleArn, AuthorizerType: types.AuthorizerTypeAwsIam, ProtocolType: types.GatewayProtocolTypeMcp,
	})
	must(t, err)
	s.gateway = s.ready(t, *made.GatewayId)
	if answer, body := s.raw(t, "", listTools); answer.StatusCode != http.StatusForbidden {
		t.Errorf("unsigned: %d %s", answer.StatusCode, body)
	}
	may := s.user("may", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"bedrock-agentcore:InvokeGateway","Resource":"`+*made.GatewayArn+`"}]}`)
	mayNot := s.user("may-not", "")
	for name, c := range map[string]struct {
		key    key
		status int
		want   string
	}{
		"allowed": {may, http.StatusOK, `{"jsonrpc":"2.0","id":1,"result":{"tools":[]}}`},
		"denied": {
			mayNot, http.StatusForbidden, "User: arn:aws:iam::123456789012:user/may-not is not authorized to perform: bedrock-agentcore:InvokeGateway on resource: " +
				*made.GatewayArn + " because no identity-based policy allows the bedrock-agentcore:InvokeGateway action",
		},
	} {
		status, body := s.signed(t, c.key, listTools)
		if status != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}
