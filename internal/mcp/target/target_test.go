package target_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"hardpan/internal/egress"
	"hardpan/internal/gateway"
	"hardpan/internal/identity"
	"hardpan/internal/mcp/target"
	"hardpan/internal/seal"
)

const (
	account = "123456789012"
	region  = "us-west-2"
)

var (
	scope = identity.Scope{Partition: "aws", Account: account}
	now   = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
)

// scene is a pool, and a place whose gateway's role may do what the test says.
type scene struct {
	*target.Pool
	at  *target.Place
	box *seal.Box
}

// stage sets a scene for one target.
func stage(t *testing.T, allowed string, configuration types.TargetConfiguration, providers ...types.CredentialProviderConfiguration) *scene {
	t.Helper()
	box, _, err := seal.Create(seal.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	role := &identity.Role{Scope: scope, ID: "AROA1", Name: "gateway-role", Path: "/", Trust: `{"Version":"2012-10-17","Statement":[]}`}
	if allowed != "" {
		role.Inline = []identity.InlinePolicy{{Name: "p", Document: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"` + allowed + `","Resource":"*"}]}`}}
	}
	g := &gateway.Gateway{Meta: gateway.Meta{Scope: scope, Region: region, Within: region, ID: "gw-abcdefghij", Name: "gw", State: "READY"}}
	g.Detail.RoleArn = aws.String("arn:aws:iam::" + account + ":role/gateway-role")
	tg := &gateway.Target{Meta: gateway.Meta{Scope: scope, Region: region, Within: g.ID, ID: "TARGET0001", Name: "shop", State: "READY"}}
	tg.Detail.TargetConfiguration, tg.Detail.CredentialProviderConfigurations = configuration, providers
	s := &scene{box: box, Pool: &target.Pool{
		Guard: egress.NewGuard(netip.MustParsePrefix("127.0.0.0/8")), Box: box, Now: func() time.Time { return now }, Timeout: 10 * time.Second,
	}}
	t.Cleanup(s.Close)
	s.at = &target.Place{Gateway: g, Target: tg, Header: http.Header{}, Snapshot: snapshot(t, role, g, tg)}
	return s
}

func snapshot(t *testing.T, entities ...identity.Entity) *identity.Snapshot {
	t.Helper()
	changes := []identity.Change{identity.Put(&identity.Account{Scope: scope})}
	for _, e := range entities {
		changes = append(changes, identity.Put(e))
	}
	s, err := identity.NewSnapshot().With(changes...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func listen(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func mcpTarget(c types.McpTargetConfiguration) types.TargetConfiguration {
	return &types.TargetConfigurationMemberMcp{Value: c}
}

func (s *scene) call(t *testing.T, tool, arguments string) (text string, isError bool) {
	t.Helper()
	result, err := s.CallTool(t.Context(), s.at, &target.Call{Tool: tool, Arguments: json.RawMessage(arguments)})
	if err != nil {
		t.Fatal(err)
	}
	return result.Content[0].(*mcp.TextContent).Text, result.IsError
}

func (s *scene) fails(t *testing.T, tool, arguments, want string) *target.Error {
	t.Helper()
	_, err := s.CallTool(t.Context(), s.at, &target.Call{Tool: tool, Arguments: json.RawMessage(arguments)})
	var e *target.Error
	if !errors.As(err, &e) || !strings.Contains(e.Message, want) {
		t.Fatalf("%v; want %q", err, want)
	}
	return e
}

const function = "arn:aws:lambda:us-west-2:123456789012:function:orders"

func lambdaTarget() types.TargetConfiguration {
	return mcpTarget(&types.McpTargetConfigurationMemberLambda{Value: types.McpLambdaTargetConfiguration{
		LambdaArn: aws.String(function),
		ToolSchema: &types.ToolSchemaMemberInlinePayload{Value: []types.ToolDefinition{{
			Name: aws.String("get"), Description: aws.String("gets"), InputSchema: &types.SchemaDefinition{Type: types.SchemaTypeObject},
		}}},
	}})
}

// A Lambda function is called by the Invoke API, signed, with the arguments as
// its event and the tool's name in the client context.
func TestLambda(t *testing.T) {
	s := stage(t, "lambda:InvokeFunction", lambdaTarget())
	s.AWS.Credentials = credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "not-a-secret", "")
	s.AWS.LambdaEndpoint = listen(t, func(w http.ResponseWriter, r *http.Request) {
		event, _ := io.ReadAll(r.Body)
		if r.URL.EscapedPath() != "/2015-03-31/functions/arn:aws:lambda:us-west-2:123456789012:function:orders/invocations" ||
			!strings.Contains(r.Header.Get("Authorization"), "/us-west-2/lambda/aws4_request") || r.Header.Get("X-Amz-Client-Context") == "" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if strings.Contains(string(event), "fail") {
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
		}
		_, _ = w.Write(event)
	})
	if text, isError := s.call(t, "get", `{"id":"7"}`); text != `{"id":"7"}` || isError {
		t.Errorf("%s, error %v", text, isError)
	}
	if text, isError := s.call(t, "get", `{"id":"fail"}`); text != `{"id":"fail"}` || !isError {
		t.Errorf("%s, error %v", text, isError)
	}
	offer, err := s.Discover(t.Context(), s.at)
	if err != nil || len(offer.Tools) != 1 || offer.Tools[0].Name != "get" {
		t.Errorf("%+v, %v", offer, err)
	}
}

// A role that may not invoke the function is refused in AWS's words, and the
// missing permission is named.
func TestLambdaOfARoleThatMayNot(t *testing.T) {
	s := stage(t, "", lambdaTarget())
	e := s.fails(t, "get", `{}`, "Access denied while invoking Lambda function "+function+". Check the permissions on the Lambda function and Gateway execution role, and retry the request.")
	if e.Action != "lambda:InvokeFunction" || e.Resource != function {
		t.Errorf("%+v", e)
	}
}

const exported = `{"openapi":"3.0.1","info":{"title":"pets","version":"1"},"paths":{
	"/pets":{"get":{"responses":{"200":{"description":"ok"}}},"post":{"operationId":"addPet","responses":{"200":{"description":"ok"}}}},
	"/pets/{id}":{"get":{"operationId":"getPet","parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],"responses":{"200":{"description":"ok"}}}},
	"/admin":{"get":{"operationId":"admin","responses":{"200":{"description":"ok"}}}}}}`

// A stage of an API is exported; filters choose its operations, overrides name
// them, and the role is checked for the very method and path.
func TestAPIGateway(t *testing.T) {
	s := stage(t, "execute-api:Invoke", mcpTarget(&types.McpTargetConfigurationMemberApiGateway{Value: types.ApiGatewayTargetConfiguration{
		RestApiId: aws.String("abc123"), Stage: aws.String("prod"),
		ApiGatewayToolConfiguration: &types.ApiGatewayToolConfiguration{
			ToolFilters: []types.ApiGatewayToolFilter{
				{FilterPath: aws.String("/pets"), Methods: []types.RestApiMethod{"GET"}}, {FilterPath: aws.String("/pets/*"), Methods: []types.RestApiMethod{"GET"}},
			},
			ToolOverrides: []types.ApiGatewayToolOverride{{Path: aws.String("/pets"), Method: "GET", Name: aws.String("listPets")}},
		},
	}}), types.CredentialProviderConfiguration{CredentialProviderType: types.CredentialProviderTypeGatewayIamRole})
	s.AWS.Credentials = credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "not-a-secret", "")
	s.AWS.APIGatewayEndpoint = listen(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/restapis/abc123/stages/prod/exports/oas30" {
			_, _ = w.Write([]byte(exported))
			return
		}
		w.WriteHeader(http.StatusNotFound)
	})
	s.AWS.InvokeEndpoint = listen(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Authorization"), "/us-west-2/execute-api/aws4_request") {
			w.WriteHeader(http.StatusForbidden)
		}
		_, _ = w.Write([]byte(r.Method + " " + r.URL.Path))
	})
	offer, err := s.Discover(t.Context(), s.at)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tool := range offer.Tools {
		names = append(names, tool.Name)
	}
	if strings.Join(names, " ") != "getPet listPets" {
		t.Errorf("tools: %v", names)
	}
	if text, isError := s.call(t, "getPet", `{"id":"7"}`); text != "GET /abc123/prod/pets/7" || isError {
		t.Errorf("%s, error %v", text, isError)
	}
}

// Plain HTTP takes the body that the call names.
func TestPassthrough(t *testing.T) {
	at := listen(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write([]byte(r.URL.String() + " " + string(body)))
	})
	s := stage(t, "", &types.TargetConfigurationMemberHttp{Value: &types.HttpTargetConfigurationMemberPassthrough{Value: types.PassthroughTargetConfiguration{
		Endpoint: aws.String(at + "/in"), StaticQueryParameters: map[string]string{"v": "1"},
	}}})
	if text, _ := s.call(t, "POST:/", `{"body":{"a":1}}`); text != `/in?v=1 {"a":1}` {
		t.Error(text)
	}
}

func openAPITarget(server string) types.TargetConfiguration {
	document := `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"servers":[{"url":"` + server + `"}],"paths":{"/x":{"get":{"operationId":"get","responses":{"200":{"description":"ok"}}}}}}`
	return mcpTarget(&types.McpTargetConfigurationMemberOpenApiSchema{Value: &types.ApiSchemaConfigurationMemberInlinePayload{Value: document}})
}

// Whatever a target does, the call ends with an error that says so.
func TestTargetsThatMisbehave(t *testing.T) {
	hang := make(chan struct{})
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"hangs": {func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-hang:
			case <-r.Context().Done():
			}
		}, "the target did not answer within"},
		"floods": {func(w http.ResponseWriter, _ *http.Request) {
			for range 200 {
				_, _ = w.Write(make([]byte, 64<<10))
			}
		}, "larger than 6 MiB"},
		"dies": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("half"))
		}, "could not be reached"},
	} {
		s := stage(t, "", openAPITarget(listen(t, c.answer)))
		s.Timeout = 200 * time.Millisecond
		if name != "hangs" {
			s.Timeout = 10 * time.Second
		}
		s.fails(t, "get", `{}`, c.want)
	}
	close(hang)
	redirect := stage(t, "", openAPITarget(listen(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://10.0.0.1/", http.StatusFound)
	})))
	if text, isError := redirect.call(t, "get", `{}`); isError || strings.Contains(text, "10.0.0.1 ") {
		t.Errorf("a redirect: %s, error %v", text, isError)
	}
}

// An address that is not on the public internet is reached only where the
// operator allows it, whatever name leads there.
func TestTargetsOfThisMachine(t *testing.T) {
	at := listen(t, func(http.ResponseWriter, *http.Request) {})
	s := stage(t, "", openAPITarget(strings.Replace(at, "127.0.0.1", "localhost", 1)))
	s.Guard = new(egress.Guard)
	s.fails(t, "get", `{}`, "may not be reached")
}

// provider adds a credential provider with a secret to the scene.
func (s *scene) provider(t *testing.T, kind, secret string, change func(*gateway.Provider)) *gateway.Provider {
	t.Helper()
	p := gateway.NewProvider(scope, region, kind, "keys")
	if change != nil {
		change(p)
	}
	var err error
	if p.Sealed, err = s.box.Seal([]byte(secret), p.AssociatedData()); err != nil {
		t.Fatal(err)
	}
	if s.at.Snapshot, err = s.at.Snapshot.With(identity.Put(p)); err != nil {
		t.Fatal(err)
	}
	return p
}

// An API key goes where the target's configuration puts it, if the gateway's
// role may have it.
func TestAPIKeys(t *testing.T) {
	at := listen(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(r.Header.Get("X-Api-Key") + "|" + r.URL.Query().Get("key")))
	})
	for name, c := range map[string]struct {
		location types.ApiKeyCredentialLocation
		param    string
		prefix   string
		want     string
	}{
		"header": {types.ApiKeyCredentialLocationHeader, "X-Api-Key", "Token", "Token k1|"},
		"query":  {types.ApiKeyCredentialLocationQueryParameter, "key", "", "|k1"},
	} {
		s := stage(t, "bedrock-agentcore:GetResourceApiKey", openAPITarget(at))
		p := s.provider(t, gateway.APIKey, "k1", nil)
		s.at.Target.Detail.CredentialProviderConfigurations = []types.CredentialProviderConfiguration{{
			CredentialProviderType: types.CredentialProviderTypeApiKey,
			CredentialProvider: &types.CredentialProviderMemberApiKeyCredentialProvider{Value: types.GatewayApiKeyCredentialProvider{
				ProviderArn: aws.String(p.ARN()), CredentialLocation: c.location, CredentialParameterName: &c.param, CredentialPrefix: &c.prefix,
			}},
		}}
		if text, _ := s.call(t, "get", `{}`); text != c.want {
			t.Errorf("%s: %q, want %q", name, text, c.want)
		}
	}
	s := stage(t, "", openAPITarget(at))
	p := s.provider(t, gateway.APIKey, "k1", nil)
	s.at.Target.Detail.CredentialProviderConfigurations = []types.CredentialProviderConfiguration{{
		CredentialProvider: &types.CredentialProviderMemberApiKeyCredentialProvider{Value: types.GatewayApiKeyCredentialProvider{ProviderArn: aws.String(p.ARN())}},
	}}
	if e := s.fails(t, "get", `{}`, "is not authorized to perform: bedrock-agentcore:GetResourceApiKey on resource: "+p.ARN()); strings.Contains(e.Error(), "k1") {
		t.Errorf("the error tells the key: %v", e)
	}
}

// Tokens of an authorization server: fetched once while they are good, and had
// for the caller's own where the target exchanges it.
func TestOAuth(t *testing.T) {
	fetched := 0
	issuer := listen(t, func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		id, secret, _ := r.BasicAuth()
		if id == "" {
			id, secret = r.Form.Get("client_id"), r.Form.Get("client_secret")
		}
		if id != "c1" || secret != "s1" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fetched++
		w.Header().Set("Content-Type", "application/json")
		token := r.Form.Get("grant_type") + "/" + r.Form.Get("scope") + "/" + r.Form.Get("subject_token")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"access_token": token, "token_type": "Bearer", "expires_in": 3600, "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
		})
	})
	at := listen(t, func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(r.Header.Get("Authorization"))) })
	for _, c := range []struct {
		grant  types.OAuthGrantType
		bearer string
		want   string
	}{
		{types.OAuthGrantTypeClientCredentials, "", "Bearer client_credentials/read/"},
		{types.OAuthGrantTypeTokenExchange, "mine", "Bearer urn:ietf:params:oauth:grant-type:token-exchange/read/mine"},
	} {
		s := stage(t, "bedrock-agentcore:GetResourceOauth2Token", openAPITarget(at))
		s.Now = time.Now // the token's end is counted from the clock of the library
		p := s.provider(t, gateway.OAuth2, "s1", func(p *gateway.Provider) {
			p.OAuth2.Oauth2ProviderConfigOutput = &types.Oauth2ProviderConfigOutputMemberCustomOauth2ProviderConfig{Value: types.CustomOauth2ProviderConfigOutput{
				ClientId: aws.String("c1"),
				OauthDiscovery: &types.Oauth2DiscoveryMemberAuthorizationServerMetadata{Value: types.Oauth2AuthorizationServerMetadata{
					Issuer: &issuer, TokenEndpoint: aws.String(issuer + "/token"), AuthorizationEndpoint: aws.String(issuer + "/authorize"),
				}},
			}}
		})
		s.at.Bearer = c.bearer
		s.at.Target.Detail.CredentialProviderConfigurations = []types.CredentialProviderConfiguration{{
			CredentialProviderType: types.CredentialProviderTypeOauth,
			CredentialProvider: &types.CredentialProviderMemberOauthCredentialProvider{Value: types.OAuthCredentialProvider{
				ProviderArn: aws.String(p.ARN()), Scopes: []string{"read"}, GrantType: c.grant,
			}},
		}}
		fetched = 0
		for range 3 {
			if text, _ := s.call(t, "get", `{}`); text != c.want {
				t.Errorf("%s: %q, want %q", c.grant, text, c.want)
			}
		}
		if fetched != 1 {
			t.Errorf("%s: %d tokens for three calls", c.grant, fetched)
		}
	}
}

// Of the caller's headers only those go on that the target allows, and never one
// that proves who the caller is.
func TestHeadersThatGoOn(t *testing.T) {
	at := listen(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(r.Header.Get("X-Trace") + "|" + r.Header.Get("X-Other") + "|" + r.Header.Get("Authorization")))
	})
	s := stage(t, "", openAPITarget(at))
	s.at.Header = http.Header{"X-Trace": {"t1"}, "X-Other": {"o1"}, "Authorization": {"Bearer mine"}}
	s.at.Target.Detail.MetadataConfiguration = &types.MetadataConfiguration{AllowedRequestHeaders: []string{"x-trace", "authorization"}}
	if text, _ := s.call(t, "get", `{}`); text != "t1||" {
		t.Error(text)
	}
}
