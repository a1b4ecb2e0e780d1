package agentcore

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/gateway"
	"hardpan/internal/op"
)

// metadata says whom to sign in with (RFC 9728): to everyone, and without
// reading or writing anything but the snapshot. Of a gateway that takes no
// tokens it says nothing.
func (s *Service) metadata(c *op.Call, r *http.Request) (*op.Admission, error) {
	g, _, err := s.find(c)
	if err != nil {
		return nil, err
	}
	rules := g.JWT()
	if rules == nil || g.Detail.AuthorizerType != types.AuthorizerTypeCustomJwt {
		return &op.Admission{Answer: &op.Response{Status: http.StatusNotFound, Header: http.Header{}}}, nil
	}
	document := map[string]any{
		"resource":                 gatewayURL(r, g),
		"authorization_servers":    []string{issuerOf(aws.ToString(rules.DiscoveryUrl))},
		"bearer_methods_supported": []string{"header"},
		"resource_name":            g.Name,
	}
	if len(rules.AllowedScopes) > 0 {
		document["scopes_supported"] = rules.AllowedScopes
	}
	body, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	return &op.Admission{Answer: &op.Response{
		Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: body,
	}}, nil
}

// issuerOf is the authorization server that publishes a configuration.
func issuerOf(discovery string) string {
	for _, suffix := range []string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"} {
		if issuer, ok := strings.CutSuffix(discovery, suffix); ok {
			return issuer
		}
	}
	return discovery
}

// gatewayURL is the gateway as the request found it.
func gatewayURL(r *http.Request, g *gateway.Gateway) string {
	if ownHost(r, g) {
		return base(r) + "/mcp"
	}
	return base(r) + "/gateways/" + g.ID + "/mcp"
}

// metadataURL is where the gateway's metadata is, as the request found it.
func metadataURL(r *http.Request, g *gateway.Gateway) string {
	if ownHost(r, g) {
		return base(r) + "/.well-known/oauth-protected-resource"
	}
	return base(r) + "/.well-known/oauth-protected-resource/gateways/" + g.ID + "/mcp"
}

func ownHost(r *http.Request, g *gateway.Gateway) bool {
	return strings.HasPrefix(strings.ToLower(r.Host), g.ID+".gateway.")
}

func base(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}
