package server_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/cedar"
	"hardpan/internal/server"
)

// outcome is an answer on the wire.
type outcome struct {
	status int
	body   string
}

// The table in doc/gateways.md of what a client sees is what it does see, row for
// row, in both forms.
func TestGatewayOutcomesAsDocumented(t *testing.T) {
	rows := documentedOutcomes(t)
	for column, wire := range []cedar.Wire{cedar.Wire2025, cedar.Wire2026} {
		t.Run(string(wire), func(t *testing.T) {
			seen := outcomes(t, wire)
			for name, got := range seen {
				cells, documented := rows[name]
				if !documented {
					t.Errorf("the table lacks the row %q", name)
					continue
				}
				if wrong := got.unlike(cells[column]); wrong != "" {
					t.Errorf("%s: documented %s\n%s in %d %s", name, cells[column], wrong, got.status, got.body)
				}
			}
			for name := range rows {
				if _, played := seen[name]; !played {
					t.Errorf("nothing plays the row %q", name)
				}
			}
		})
	}
}

// documentedOutcomes reads the table: a row's two cells by its name.
func documentedOutcomes(t *testing.T) map[string][2]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "doc", "gateways.md"))
	must(t, err)
	_, table, found := strings.Cut(string(text), "| what happened |")
	if !found {
		t.Fatal("doc/gateways.md has no table of outcomes")
	}
	table, _, _ = strings.Cut(table, "\n\n")
	rows := map[string][2]string{}
	for _, line := range strings.Split(table, "\n")[2:] {
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if len(cells) != 3 {
			t.Fatalf("the row has %d cells: %s", len(cells), line)
		}
		if cells[2] == "the same" {
			cells[2] = cells[1]
		}
		rows[cells[0]] = [2]string{cells[1], cells[2]}
	}
	return rows
}

var (
	cellStatus = regexp.MustCompile(`^(\d{3}),`)
	cellText   = regexp.MustCompile("`([^`]+)`")
)

// unlike says what of a documented cell an answer lacks.
func (o outcome) unlike(cell string) string {
	if status := cellStatus.FindStringSubmatch(cell); status == nil || status[1] != fmt.Sprint(o.status) {
		return "not this status"
	}
	body := strings.ReplaceAll(o.body, `\"`, `"`)
	pieces := cellText.FindAllStringSubmatch(cell, -1)
	if len(pieces) == 0 {
		return "no text is documented"
	}
	for _, piece := range pieces {
		text := piece[1]
		switch {
		case text == "isError":
			text = `"isError":true`
		case text == "debug":
			text = `"_meta":{"debug":{"text":`
		case strings.HasPrefix(text, "-32"):
			text = `"code":` + text
		}
		for part := range strings.SplitSeq(text, "…") {
			if !strings.Contains(body, part) {
				return "not " + text
			}
		}
	}
	return ""
}

// at is the same world with another gateway in the middle.
func (s *shop) at(g *control.GetGatewayOutput) *shop {
	c := *s
	c.gateway = g
	return &c
}

// outcomes plays everything that a gateway can answer.
func outcomes(t *testing.T, wire cedar.Wire) map[string]outcome {
	t.Helper()
	library := openLibrary(t, nil, func(o *server.Options) { o.AgentCore.Wire = wire })
	seen := played{}
	clerk := library.token("clerk", nil)
	orders := library.at(gatewayNamed(t, library, "existing-gateway"))
	seen.withoutEngine(t, orders, library.at(debugGateway(t, library)), clerk)
	seen.overLimits(t, orders, clerk)
	seen.letIn(t, orders, clerk)

	engine := library.engine(t)
	library.attach(t, engine, types.GatewayPolicyEngineModeEnforce)
	orders.attach(t, engine, types.GatewayPolicyEngineModeEnforce)
	seen.add(t, "tools are listed, and the role may not ask the engine", orders, clerk, listTools)
	seen.add(t, "a tool is called, and the role may not ask the engine", orders, clerk, callTool("orders___getOrder", `{"id":"1"}`))
	seen.add(t, "prompts or resources are listed, and the role may not ask the engine", library, clerk, `{"jsonrpc":"2.0","id":1,"method":"prompts/list"}`)

	library.grant(t, engine)
	seen.denied(t, orders, library, clerk, engine)
	orders.attach(t, engine, types.GatewayPolicyEngineModeLogOnly)
	seen.add(t, "a call that would be denied, and the engine only logs", orders, clerk, callTool("orders___refund", `{"amount":1}`))
	return seen
}

func gatewayNamed(t *testing.T, s *shop, name string) *control.GetGatewayOutput {
	t.Helper()
	list, err := s.control.ListGateways(t.Context(), &control.ListGatewaysInput{})
	must(t, err)
	for _, g := range list.Items {
		if *g.Name == name {
			return s.ready(t, *g.GatewayId)
		}
	}
	t.Fatalf("no gateway %s", name)
	return nil
}

// debugGateway is one with exceptionLevel DEBUG, in front of an API that answers
// 503 and of a Lambda function that its role may not call.
func debugGateway(t *testing.T, s *shop) *control.GetGatewayOutput {
	t.Helper()
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "closed for the night", http.StatusServiceUnavailable)
	}))
	t.Cleanup(broken.Close)
	made, err := s.control.CreateGateway(t.Context(), &control.CreateGatewayInput{
		Name: aws.String("debugs"), RoleArn: s.gateway.RoleArn, ProtocolType: types.GatewayProtocolTypeMcp, ExceptionLevel: types.ExceptionLevelDebug,
		AuthorizerType: s.gateway.AuthorizerType, AuthorizerConfiguration: s.gateway.AuthorizerConfiguration,
	})
	must(t, err)
	s.ready(t, *made.GatewayId)
	s.readyTarget(s.control, *made.GatewayId, &control.CreateGatewayTargetInput{
		Name: aws.String("orders"),
		TargetConfiguration: &types.TargetConfigurationMemberMcp{Value: &types.McpTargetConfigurationMemberOpenApiSchema{
			Value: &types.ApiSchemaConfigurationMemberInlinePayload{Value: strings.Replace(ordersAPI, "SERVER", broken.URL, 1)},
		}},
	})
	s.readyTarget(s.control, *made.GatewayId, &control.CreateGatewayTargetInput{
		Name: aws.String("function"),
		TargetConfiguration: &types.TargetConfigurationMemberMcp{Value: &types.McpTargetConfigurationMemberLambda{Value: types.McpLambdaTargetConfiguration{
			LambdaArn: aws.String("arn:aws:lambda:us-west-2:123456789012:function:f"),
			ToolSchema: &types.ToolSchemaMemberInlinePayload{Value: []types.ToolDefinition{{
				Name: aws.String("run"), Description: aws.String("runs"), InputSchema: &types.SchemaDefinition{Type: types.SchemaTypeObject},
			}}},
		}}},
		CredentialProviderConfigurations: []types.CredentialProviderConfiguration{{CredentialProviderType: types.CredentialProviderTypeGatewayIamRole}},
	})
	return s.ready(t, *made.GatewayId)
}

// played are answers by the row that they are for.
type played map[string]outcome

func (p played) add(t *testing.T, row string, s *shop, token, body string, header ...string) {
	t.Helper()
	answer, text := s.raw(t, token, body, header...)
	p[row] = outcome{answer.StatusCode, text}
}

func (p played) withoutEngine(t *testing.T, orders, debugs *shop, clerk string) {
	t.Helper()
	climbing := callTool("orders___getOrder", `{"id":".."}`)
	p.add(t, "no such tool", orders, clerk, callTool("orders___nope", `{}`))
	p.add(t, "no such method", orders, clerk, `{"jsonrpc":"2.0","id":1,"method":"tools/eat"}`)
	p.add(t, "the body is no JSON-RPC", orders, clerk, `{"jsonrpc":`)
	p.add(t, "arguments that the tool does not take", orders, clerk, callTool("orders___refund", `{"amount":"many"}`))
	p.add(t, "the target gives no answer", orders, clerk, climbing)
	p.add(t, "the target gives no answer, with exceptionLevel DEBUG", debugs, clerk, climbing)
	p.add(t, "the API behind the tool answers with an error", debugs, clerk, callTool("orders___getOrder", `{"id":"1"}`))
	p.add(t, "the role may not call the Lambda function, with exceptionLevel DEBUG", debugs, clerk, callTool("function___run", `{}`))
}

func (p played) overLimits(t *testing.T, orders *shop, clerk string) {
	t.Helper()
	for period, row := range map[string]string{
		"day":    "a budget of the tool or the gateway has no room",
		"minute": "a rate limit of the tool or the gateway has no room",
	} {
		orders.budget(period, "gateway:"+*orders.gateway.GatewayId, "1requests", period)
		orders.raw(t, clerk, callTool("orders___refund", `{"amount":1}`))
		p.add(t, row, orders, clerk, callTool("orders___refund", `{"amount":1}`))
		orders.own(orders.root, http.MethodDelete, "/budgets/"+period, "").is(t, http.StatusOK)
	}
}

func (p played) letIn(t *testing.T, orders *shop, clerk string) {
	t.Helper()
	p.add(t, "no token", orders, "", listTools)
	p.add(t, "a token that is not good", orders, orders.issuer.Token(orders.issuer.Claims(orders.clock.Now(), "elsewhere", nil)), listTools)
	p.add(t, "a web page of another origin", orders, clerk, listTools, "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site")
	opened, _ := orders.raw(t, clerk, initialize)
	p.add(t, "another caller's session, or one that is over", orders, orders.token("thief", nil), listTools, "Mcp-Session-Id", opened.Header.Get("Mcp-Session-Id"))

	gone := *orders.gateway
	gone.GatewayUrl = aws.String(strings.Replace(*gone.GatewayUrl, "/gateways/", "/gateways/no", 1))
	p.add(t, "no such gateway", orders.at(&gone), clerk, listTools)
	made, err := orders.control.CreateGateway(t.Context(), &control.CreateGatewayInput{
		Name: aws.String("signed"), RoleArn: orders.gateway.RoleArn, AuthorizerType: types.AuthorizerTypeAwsIam, ProtocolType: types.GatewayProtocolTypeMcp,
	})
	must(t, err)
	signed := orders.at(orders.ready(t, *made.GatewayId))
	p.add(t, "AWS_IAM, and no signature", signed, "", listTools)
	status, body := signed.signed(t, orders.user("nobody", ""), listTools)
	p["AWS_IAM, and IAM does not allow it"] = outcome{status, body}
}

func (p played) denied(t *testing.T, orders, library *shop, clerk, engine string) {
	t.Helper()
	p.add(t, "tools are listed, and no policy allows one", orders, clerk, listTools)
	p.add(t, "a call that no policy allows", orders, clerk, callTool("orders___getOrder", `{"id":"1"}`))
	p.add(t, "arguments off schema, of a tool that the caller could not call with any", orders, clerk, callTool("orders___refund", `{"amount":"many"}`))
	p.add(t, "a prompt that no policy allows", library, clerk, `{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"library___open","arguments":{"who":"x"}}}`)
	p.add(t, "a resource that no policy allows", library, clerk, `{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"book:///open"}}`)
	p.add(t, "no such prompt", library, clerk, `{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"nope___open"}}`)
	p.add(t, "no such resource", library, clerk, `{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"book:///nope"}}`)

	at := `resource == AgentCore::Gateway::"` + *orders.gateway.GatewayArn + `")`
	orders.policy(t, engine, "all", `permit(principal, action in AgentCore::Action::"orders", `+at+`;`)
	orders.policy(t, engine, "no_orders", `forbid(principal, action == AgentCore::Action::"orders___getOrder", `+at+`;`)
	orders.policy(t, engine, "overflows", `forbid(principal, action == AgentCore::Action::"orders___refund", `+at+` when { context.input.amount * 9223372036854775807 < 0 };`)
	p.add(t, "a call that a policy forbids", orders, clerk, callTool("orders___getOrder", `{"id":"1"}`))
	p.add(t, "a call, and a policy about it cannot be evaluated", orders, clerk, callTool("orders___refund", `{"amount":2}`))
}
