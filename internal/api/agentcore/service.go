// Package agentcore is the data plane of Amazon Bedrock AgentCore Gateway: the
// routes that MCP clients call, and who is let in there.
//
// It knows a gateway's inbound authorizer: signatures and IAM (AWS_IAM), tokens
// of an outside identity provider (CUSTOM_JWT), or everyone (NONE). What a caller
// then sees and may do is internal/mcp's.
package agentcore

import (
	"net/http"
	"time"

	"hardpan/internal/mcp"
	"hardpan/internal/oidc"
	"hardpan/internal/op"
)

var api = &op.API{
	Name: "bedrock-agentcore", Title: "Amazon Bedrock AgentCore", SigningName: "bedrock-agentcore",
	EventSource: "bedrock-agentcore.amazonaws.com", Protocol: op.RestJSON,
}

var table = op.Table{API: api}

// Service carries out the API's operations.
type Service struct {
	Plane  *mcp.Plane
	Tokens *oidc.Verifier // of outside identity providers
	Now    func() time.Time
}

// Table returns the API's operations.
func Table() *op.Table { return &table }

// invokeGateway is the IAM action of calling a gateway.
const invokeGateway = "bedrock-agentcore:InvokeGateway"

// The routes of a gateway: MCP's one endpoint, and where an MCP client learns
// whom to sign in with (RFC 9728). A gateway's own host has the same paths below
// its root.
var (
	_ = op.AddGuestRoute(&table, http.MethodPost, "/gateways/{gatewayId}/mcp", "InvokeGateway", (*Service).admit, (*Service).invoke,
		op.Rule[op.Raw]{Action: invokeGateway, Access: op.Write})
	_ = op.AddGuestRoute(&table, http.MethodDelete, "/gateways/{gatewayId}/mcp", "EndGatewaySession", (*Service).admit, (*Service).end,
		op.Rule[op.Raw]{Action: invokeGateway, Access: op.Write})
	_ = op.AddGuestRoute(&table, http.MethodGet, "/gateways/{gatewayId}/mcp", "OpenGatewayStream", (*Service).admit, (*Service).listen,
		op.Rule[op.Raw]{Action: invokeGateway, Access: op.Read})
	_ = op.AddGuestRoute(&table, http.MethodGet, "/.well-known/oauth-protected-resource/gateways/{gatewayId}/mcp", "GetProtectedResource",
		(*Service).metadata, nil, op.Rule[op.Raw]{Public: forSignIn})
	_ = op.AddGuestRoute(&table, http.MethodGet, "/gateways/{gatewayId}/.well-known/oauth-protected-resource", "GetProtectedResourceByHost",
		(*Service).metadata, nil, op.Rule[op.Raw]{Public: forSignIn})
)

const forSignIn = "an MCP client asks, before it has signed in, whom to sign in with"
