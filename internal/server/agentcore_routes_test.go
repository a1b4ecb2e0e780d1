package server_test

import (
	"context"
	"net/http"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
)

// gatewayRequests are the requests of gateways' own routes: of one that wants a
// signature, and of one that takes tokens and says whose.
func (w *world) gatewayRequests() map[string]request {
	w.t.Helper()
	c := control.NewFromConfig(w.config(w.root, region))
	role := w.gatewayRole("ServedGateway")
	served := func(in control.CreateGatewayInput) string {
		in.RoleArn = &role
		out, err := c.CreateGateway(w.t.Context(), &in)
		if err != nil {
			w.t.Fatal(err)
		}
		until(w.t, types.GatewayStatusReady, func(ctx context.Context) (types.GatewayStatus, error) {
			g, err := c.GetGateway(ctx, &control.GetGatewayInput{GatewayIdentifier: out.GatewayId})
			if err != nil {
				return "", err
			}
			return g.Status, nil
		})
		return *out.GatewayId
	}
	signed := served(control.CreateGatewayInput{Name: aws.String("signed"), AuthorizerType: types.AuthorizerTypeAwsIam})
	tokens := served(control.CreateGatewayInput{
		Name: aws.String("tokens"), AuthorizerType: types.AuthorizerTypeCustomJwt,
		AuthorizerConfiguration: &types.AuthorizerConfigurationMemberCustomJWTAuthorizer{Value: types.CustomJWTAuthorizerConfiguration{
			DiscoveryUrl: aws.String("https://idp.example.com/.well-known/openid-configuration"), AllowedAudience: []string{"walked"},
		}},
	})
	mcp := "/gateways/" + signed + "/mcp"
	return map[string]request{
		"bedrock-agentcore:InvokeGateway": {Method: "POST", Path: mcp, Body: listTools, Header: http.Header{
			"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"},
		}},
		"bedrock-agentcore:OpenGatewayStream":          {Method: "GET", Path: mcp},
		"bedrock-agentcore:EndGatewaySession":          {Method: "DELETE", Path: mcp},
		"bedrock-agentcore:GetProtectedResource":       {Method: "GET", Path: "/.well-known/oauth-protected-resource/gateways/" + tokens + "/mcp"},
		"bedrock-agentcore:GetProtectedResourceByHost": {Method: "GET", Path: "/gateways/" + tokens + "/.well-known/oauth-protected-resource"},
	}
}

// controlRequests are the requests of AgentCore's control plane.
func (w *world) controlRequests() map[string]request {
	w.t.Helper()
	role := w.gatewayRole("WalkedGateway")
	send := func(method, path, body string) request {
		return request{Method: method, Path: path, Body: body, Header: http.Header{"Content-Type": {"application/json"}}}
	}
	const (
		engine   = "/policy-engines/walked-abcdefghij"
		policy   = `{"name":"walked","definition":{"cedar":{"statement":"permit(principal, action, resource is AgentCore::Gateway);"}}}`
		target   = `{"name":"walked","targetConfiguration":{"mcp":{"mcpServer":{"endpoint":"https://mcp.example.com/mcp"}}}}`
		key      = `{"name":"walked","apiKey":"not-shown"}`
		oauth2   = `{"name":"walked","credentialProviderVendor":"CustomOauth2","oauth2ProviderConfigInput":{"customOauth2ProviderConfig":{"clientId":"c","clientSecret":"not-shown","oauthDiscovery":{"discoveryUrl":"https://idp.example.com/.well-known/openid-configuration"}}}}`
		resource = "arn:aws:bedrock-agentcore:us-west-2:123456789012:gateway/walked-abcdefghij"
	)
	gateway := `{"name":"walked","authorizerType":"AWS_IAM","roleArn":"` + role + `"}`
	escaped := url.PathEscape(resource)
	requests := map[string]request{
		"CreateGateway":             send("POST", "/gateways/", gateway),
		"ListGateways":              send("GET", "/gateways/", ""),
		"GetGateway":                send("GET", "/gateways/walked-abcdefghij/", ""),
		"UpdateGateway":             send("PUT", "/gateways/walked-abcdefghij/", gateway),
		"DeleteGateway":             send("DELETE", "/gateways/walked-abcdefghij/", ""),
		"CreateGatewayTarget":       send("POST", "/gateways/walked-abcdefghij/targets/", target),
		"ListGatewayTargets":        send("GET", "/gateways/walked-abcdefghij/targets/", ""),
		"GetGatewayTarget":          send("GET", "/gateways/walked-abcdefghij/targets/ABCDEFGHIJ/", ""),
		"UpdateGatewayTarget":       send("PUT", "/gateways/walked-abcdefghij/targets/ABCDEFGHIJ/", target),
		"DeleteGatewayTarget":       send("DELETE", "/gateways/walked-abcdefghij/targets/ABCDEFGHIJ/", ""),
		"SynchronizeGatewayTargets": send("PUT", "/gateways/walked-abcdefghij/synchronizeTargets", `{"targetIdList":["ABCDEFGHIJ"]}`),

		"CreatePolicyEngine":        send("POST", "/policy-engines", `{"name":"walked"}`),
		"ListPolicyEngines":         send("GET", "/policy-engines", ""),
		"GetPolicyEngine":           send("GET", engine, ""),
		"UpdatePolicyEngine":        send("PATCH", engine, `{"description":{"optionalValue":"d"}}`),
		"DeletePolicyEngine":        send("DELETE", engine, ""),
		"GetPolicyEngineSummary":    send("GET", "/policy-engine-summaries/walked-abcdefghij", ""),
		"ListPolicyEngineSummaries": send("GET", "/policy-engine-summaries", ""),
		"CreatePolicy":              send("POST", engine+"/policies", policy),
		"ListPolicies":              send("GET", engine+"/policies", ""),
		"GetPolicy":                 send("GET", engine+"/policies/walked-abcdefghij", ""),
		"UpdatePolicy":              send("PATCH", engine+"/policies/walked-abcdefghij", `{"enforcementMode":"LOG_ONLY"}`),
		"DeletePolicy":              send("DELETE", engine+"/policies/walked-abcdefghij", ""),
		"GetPolicySummary":          send("GET", engine+"/policy-summaries/walked-abcdefghij", ""),
		"ListPolicySummaries":       send("GET", engine+"/policy-summaries", ""),

		"CreateApiKeyCredentialProvider": send("POST", "/identities/CreateApiKeyCredentialProvider", key),
		"GetApiKeyCredentialProvider":    send("POST", "/identities/GetApiKeyCredentialProvider", `{"name":"walked"}`),
		"UpdateApiKeyCredentialProvider": send("POST", "/identities/UpdateApiKeyCredentialProvider", key),
		"DeleteApiKeyCredentialProvider": send("POST", "/identities/DeleteApiKeyCredentialProvider", `{"name":"walked"}`),
		"ListApiKeyCredentialProviders":  send("POST", "/identities/ListApiKeyCredentialProviders", `{}`),
		"CreateOauth2CredentialProvider": send("POST", "/identities/CreateOauth2CredentialProvider", oauth2),
		"GetOauth2CredentialProvider":    send("POST", "/identities/GetOauth2CredentialProvider", `{"name":"walked"}`),
		"UpdateOauth2CredentialProvider": send("POST", "/identities/UpdateOauth2CredentialProvider", oauth2),
		"DeleteOauth2CredentialProvider": send("POST", "/identities/DeleteOauth2CredentialProvider", `{"name":"walked"}`),
		"ListOauth2CredentialProviders":  send("POST", "/identities/ListOauth2CredentialProviders", `{}`),

		"PutResourcePolicy":    send("PUT", "/resourcepolicy/"+escaped, `{"policy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"123456789012\"},\"Action\":\"bedrock-agentcore:InvokeGateway\",\"Resource\":\"*\"}]}"}`),
		"GetResourcePolicy":    send("GET", "/resourcepolicy/"+escaped, ""),
		"DeleteResourcePolicy": send("DELETE", "/resourcepolicy/"+escaped, ""),
		"TagResource":          send("POST", "/tags/"+escaped, `{"tags":{"a":"b"}}`),
		"UntagResource":        send("DELETE", "/tags/"+escaped+"?tagKeys=a", ""),
		"ListTagsForResource":  send("GET", "/tags/"+escaped, ""),
	}
	named := map[string]request{
		"hardpan:AttachPolicyEngine": send("PUT", "/gateways/walked-abcdefghij/policy-engine",
			`{"engine":"arn:aws:bedrock-agentcore:us-west-2:123456789012:policy-engine/walked-abcdefghij","grant":true}`),
	}
	for name, r := range requests {
		named["bedrock-agentcore-control:"+name] = r
	}
	return named
}
