package server_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
)

// serverTarget is a target that is an MCP server, with its tools given or not.
func serverTarget(name, endpoint, tools string) *control.CreateGatewayTargetInput {
	server := types.McpServerTargetConfiguration{Endpoint: &endpoint}
	if tools != "" {
		server.McpToolSchema = &types.McpToolSchemaConfigurationMemberInlinePayload{Value: tools}
	}
	return &control.CreateGatewayTargetInput{
		Name:                aws.String(name),
		TargetConfiguration: &types.TargetConfigurationMemberMcp{Value: &types.McpTargetConfigurationMemberMcpServer{Value: server}},
	}
}

// Lists that are asked anew every time are not built, and refused by name; a
// command is run only if hardpan.yaml has it.
func TestGatewayServerTargets(t *testing.T) {
	s := openShop(t)
	dynamic := serverTarget("live", "https://mcp.example.com/mcp", "")
	dynamic.GatewayIdentifier = s.gateway.GatewayId
	dynamic.TargetConfiguration.(*types.TargetConfigurationMemberMcp).Value.(*types.McpTargetConfigurationMemberMcpServer).Value.ListingMode = types.ListingModeDynamic
	_, err := s.control.CreateGatewayTarget(t.Context(), dynamic)
	failsWith(t, err, "ValidationException", "listingMode DYNAMIC is not built in this release of Hardpan")

	for endpoint, want := range map[string]string{"stdio:nobody": "names no command nobody", "stdio:../bin/sh": "failed to satisfy constraint", "file:///etc/passwd": "failed to satisfy constraint"} {
		in := serverTarget("local", endpoint, "")
		in.GatewayIdentifier = s.gateway.GatewayId
		made, err := s.control.CreateGatewayTarget(t.Context(), in)
		if err != nil {
			failsWith(t, err, "ValidationException", want)
			continue
		}
		s.eventually(t, func() (bool, any) {
			got, err := s.control.GetGatewayTarget(t.Context(), &control.GetGatewayTargetInput{GatewayIdentifier: in.GatewayIdentifier, TargetId: made.TargetId})
			must(t, err)
			return got.Status == types.TargetStatusFailed && strings.Contains(strings.Join(got.StatusReasons, ""), want), []any{got.Status, got.StatusReasons}
		})
	}
}

// manyTools is the answer of tools/list of a server with n tools.
func manyTools(n int) string {
	type tool struct {
		Name        string          `json:"name"`
		Description string          `json:"description"`
		InputSchema json.RawMessage `json:"inputSchema"`
	}
	tools := make([]tool, n)
	for i := range tools {
		tools[i] = tool{fmt.Sprintf("tool%04d", i), "does one thing", json.RawMessage(`{"type":"object","properties":{"amount":{"type":"integer"}}}`)}
	}
	text, err := json.Marshal(map[string]any{"tools": tools})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// Ten thousand tools: of one target they are refused with the limit; of ten they
// are served. An engine's schema is bounded, which is said by whoever asks why,
// and the gateways beside it do not notice.
func TestGatewayOfTenThousandTools(t *testing.T) {
	s := openShop(t)
	made, err := s.control.CreateGateway(t.Context(), &control.CreateGatewayInput{
		Name: aws.String("existing-gateway-large"), RoleArn: s.gateway.RoleArn, ProtocolType: types.GatewayProtocolTypeMcp,
		AuthorizerType: s.gateway.AuthorizerType, AuthorizerConfiguration: s.gateway.AuthorizerConfiguration,
	})
	must(t, err)
	large := s.at(s.ready(t, *made.GatewayId))
	tooMany := serverTarget("all", "https://mcp.example.com/mcp", manyTools(1001))
	tooMany.GatewayIdentifier = made.GatewayId
	_, err = s.control.CreateGatewayTarget(t.Context(), tooMany)
	failsWith(t, err, "ValidationException", "The target has 1001 tools; it may have 1000.")

	for i := range 10 {
		s.readyTarget(s.control, *made.GatewayId, serverTarget(fmt.Sprintf("part%d", i), "https://mcp.example.com/mcp", manyTools(1000)))
	}
	token := s.token("me", nil)
	if got := large.tools(t, token); len(got) != 10_000 || got[0] != "part0___tool0000" {
		t.Errorf("%d tools are listed", len(got))
	}

	engine := s.engine(t)
	s.grant(t, engine)
	large.attach(t, engine, types.GatewayPolicyEngineModeEnforce)
	if _, body := large.raw(t, token, listTools); !strings.Contains(body, "Policy evaluation failed for list tools") {
		t.Errorf("with an engine: %.300s", body)
	}
	if last := s.lastTool(t); !strings.Contains(last.Problem, "schema") {
		t.Errorf("the journal does not say why: %+v", last.Problem)
	}
	if got := s.tools(t, token); len(got) != 2 {
		t.Errorf("the gateway beside it lists %v", got)
	}
}
