// Package gateway knows what a tool gateway is made of: gateways, their targets
// and tools, policy engines and their policies, credential providers, resource
// policies; how they are named, found in a snapshot, and what their service
// role must be allowed.
//
// It is beside internal/identity and not in it, since nothing of it says who
// someone is: the snapshot keeps these values as resources whose meaning it does
// not know, and the data plane reads them there, never in a database.
//
// What AWS shows of such a thing is held in the SDK's own structs, so that
// nothing is described twice. The values are not changed once they are handed
// over. The package must not know where they are stored, how a request for them
// looks, or what a policy's text means. It does no I/O and reads no clock.
package gateway

import (
	"strings"

	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/identity"
)

// The kinds of resources.
const (
	KindGateway        identity.Kind = "gateway"
	KindTarget         identity.Kind = "gateway-target"
	KindEngine         identity.Kind = "policy-engine"
	KindPolicy         identity.Kind = "engine-policy"
	KindProvider       identity.Kind = "credential-provider"
	KindResourcePolicy identity.Kind = "resource-policy"
)

// Gateway is a tool gateway. It is within its region.
type Gateway struct {
	Meta
	Detail control.GetGatewayOutput // as AWS shows it; what Meta says is not set here
}

// NewGatewayID makes the id of a gateway: its name in lower case, and ten
// random characters.
func NewGatewayID(name string) string { return strings.ToLower(name) + "-" + suffix() }

// Ref implements [identity.Entity].
func (g *Gateway) Ref() identity.Ref { return g.ref(KindGateway) }

// ARN is arn:PARTITION:bedrock-agentcore:REGION:ACCOUNT:gateway/ID.
func (g *Gateway) ARN() string { return g.arn("gateway/" + g.ID) }

// Status is the gateway's state.
func (g *Gateway) Status() types.GatewayStatus { return types.GatewayStatus(g.State) }

// Unfinished implements [identity.Resource].
func (g *Gateway) Unfinished() bool {
	switch g.Status() {
	case types.GatewayStatusCreating, types.GatewayStatusUpdating, types.GatewayStatusDeleting:
		return true
	}
	return false
}

// Serves reports whether clients are answered: the gateway is there, and no
// change of it was left half done.
func (g *Gateway) Serves() bool {
	switch g.Status() {
	case types.GatewayStatusReady, types.GatewayStatusUpdating, types.GatewayStatusUpdateUnsuccessful:
		return true
	}
	return false
}

// JWT returns the rules for bearer tokens; nil if the gateway has none.
func (g *Gateway) JWT() *types.CustomJWTAuthorizerConfiguration {
	if jwt, ok := g.Detail.AuthorizerConfiguration.(*types.AuthorizerConfigurationMemberCustomJWTAuthorizer); ok {
		return &jwt.Value
	}
	return nil
}

// MCP returns the protocol's settings; the zero value if none are set.
func (g *Gateway) MCP() types.MCPGatewayConfiguration {
	if mcp, ok := g.Detail.ProtocolConfiguration.(*types.GatewayProtocolConfigurationMemberMcp); ok {
		return mcp.Value
	}
	return types.MCPGatewayConfiguration{}
}

// Engine returns the ARN of the policy engine that decides, and whether what it
// decides is enforced or only logged; "" if there is none.
func (g *Gateway) Engine() (engineARN string, mode types.GatewayPolicyEngineMode) {
	if e := g.Detail.PolicyEngineConfiguration; e != nil && e.Arn != nil {
		return *e.Arn, e.Mode
	}
	return "", ""
}

// Content is what is stored of the gateway beside its Meta.
func (g *Gateway) Content() (string, error) {
	return encode(schemas.GetGatewayResponse, &g.Detail, nil)
}

func (g *Gateway) setContent(text string) error {
	return decode(schemas.GetGatewayResponse, text, &g.Detail, nil)
}

// Canonical implements [identity.Entity].
func (g *Gateway) Canonical() identity.Entity {
	c := *g
	c.Meta = g.canonical()
	return &c
}
