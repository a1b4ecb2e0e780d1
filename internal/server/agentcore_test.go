package server_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/gateway"
	"hardpan/internal/identity"
	"hardpan/internal/server"
	"hardpan/internal/store"
)

// Steps 1 and 2 of story 3, as its control client sees them: a gateway with a
// target, an engine attached later, and the warning that comes with it.
func TestGatewayLifeWithTheSDK(t *testing.T) {
	w := start(t)
	ctx, c, role := t.Context(), w.control(w.root), w.gatewayRole("MyGatewayRole")
	made := w.readyGateway(c, &control.CreateGatewayInput{
		Name: aws.String("My-Gateway"), RoleArn: &role, AuthorizerType: types.AuthorizerTypeAwsIam, Description: aws.String("refunds"),
		ClientToken: aws.String("11111111-1111-1111-1111-111111111111"), Tags: map[string]string{"team": "payments"},
	})
	id := *made.GatewayId
	if !strings.HasPrefix(id, "my-gateway-") || len(id) != len("my-gateway-")+10 || *made.GatewayArn != "arn:aws:bedrock-agentcore:us-west-2:123456789012:gateway/"+id || *made.GatewayUrl != w.url+"/gateways/"+id+"/mcp" {
		t.Errorf("made %s, %s, %s", id, *made.GatewayArn, *made.GatewayUrl)
	}
	again, err := c.CreateGateway(ctx, &control.CreateGatewayInput{
		Name: aws.String("My-Gateway"), RoleArn: &role, AuthorizerType: types.AuthorizerTypeAwsIam, ClientToken: aws.String("11111111-1111-1111-1111-111111111111"),
	})
	if err != nil || *again.GatewayId != id {
		t.Errorf("the same request again: %v, %v", again, err)
	}
	target := w.readyTarget(c, id, lambdaTarget("Refunds", "refund"))
	list, err := c.ListGatewayTargets(ctx, &control.ListGatewayTargetsInput{GatewayIdentifier: &id})
	if err != nil || len(list.Items) != 1 || list.Items[0].TargetType != types.TargetTypeLambda {
		t.Errorf("targets: %+v, %v", list, err)
	}
	_, engineARN := w.readyEngine(c, "MyPolicy")

	update := &control.UpdateGatewayInput{
		GatewayIdentifier: &id, Name: aws.String("My-Gateway"), RoleArn: &role, AuthorizerType: types.AuthorizerTypeAwsIam,
		PolicyEngineConfiguration: &types.GatewayPolicyEngineConfiguration{Arn: &engineARN, Mode: types.GatewayPolicyEngineModeEnforce},
	}
	attached, err := c.UpdateGateway(ctx, update)
	if err != nil || len(attached.StatusReasons) != 5 || !strings.Contains(attached.StatusReasons[4], "GenesisPolicyEngineCheck is not authorized to perform: bedrock-agentcore:GetPolicyEngine on resource: "+engineARN) {
		t.Fatalf("attached with %q, %v", attached.StatusReasons, err)
	}
	if attached.Description != nil {
		t.Errorf("an update without a description leaves %q", *attached.Description)
	}
	w.gatewayIs(c, id, types.GatewayStatusReady)
	w.rolePolicy("MyGatewayRole", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"bedrock-agentcore:*","Resource":"arn:aws:bedrock-agentcore:*:*:*"}}`)
	if attached, err = c.UpdateGateway(ctx, update); err != nil || len(attached.StatusReasons) != 0 {
		t.Errorf("with the permissions: %q, %v", attached.StatusReasons, err)
	}
	w.gatewayIs(c, id, types.GatewayStatusReady)

	_, err = c.DeleteGateway(ctx, &control.DeleteGatewayInput{GatewayIdentifier: &id})
	failsWith(t, err, "ConflictException", "has targets still")
	if _, err := c.DeleteGatewayTarget(ctx, &control.DeleteGatewayTargetInput{GatewayIdentifier: &id, TargetId: &target}); err != nil {
		t.Fatal(err)
	}
	until(t, true, func(ctx context.Context) (bool, error) {
		_, err := c.DeleteGateway(ctx, &control.DeleteGatewayInput{GatewayIdentifier: &id})
		return err == nil, err
	})
	until(t, true, func(ctx context.Context) (bool, error) {
		_, err := c.GetGateway(ctx, &control.GetGatewayInput{GatewayIdentifier: &id})
		var gone *types.ResourceNotFoundException
		return errors.As(err, &gone), nil
	})
}

// agentcore.preflight: refuse is AWS's newer behaviour.
func TestAttachingIsRefusedIfSet(t *testing.T) {
	w := start(t, func(o *server.Options) { o.AgentCore.RefuseUnready = true })
	c, role := w.control(w.root), w.gatewayRole("R")
	_, engineARN := w.readyEngine(c, "MyPolicy")
	_, err := c.CreateGateway(t.Context(), &control.CreateGatewayInput{
		Name: aws.String("g"), RoleArn: &role, AuthorizerType: types.AuthorizerTypeAwsIam,
		PolicyEngineConfiguration: &types.GatewayPolicyEngineConfiguration{Arn: &engineARN, Mode: types.GatewayPolicyEngineModeEnforce},
	})
	failsWith(t, err, "ValidationException", "does not have the required permissions. User: ", "GenesisPolicyEngineCheck")
	if list, err := c.ListGateways(t.Context(), &control.ListGatewaysInput{}); err != nil || len(list.Items) != 0 {
		t.Errorf("%d gateways, %v", len(list.Items), err)
	}
}

func TestGatewaysAreValidated(t *testing.T) {
	w := start(t)
	ctx, c, role := t.Context(), w.control(w.root), w.gatewayRole("R")
	jwt := &types.AuthorizerConfigurationMemberCustomJWTAuthorizer{Value: types.CustomJWTAuthorizerConfiguration{
		DiscoveryUrl: aws.String("https://idp.example.com/.well-known/openid-configuration"),
	}}
	for about, c2 := range map[string]struct {
		change   func(*control.CreateGatewayInput)
		fragment string
	}{
		"a name with a space":      {func(in *control.CreateGatewayInput) { in.Name = aws.String("a b") }, "at 'name' failed to satisfy constraint"},
		"CUSTOM_JWT without rules": {func(in *control.CreateGatewayInput) { in.AuthorizerType = types.AuthorizerTypeCustomJwt }, "AuthorizerConfiguration is required for CUSTOM_JWT authorizer type"},
		"AWS_IAM with rules":       {func(in *control.CreateGatewayInput) { in.AuthorizerConfiguration = jwt }, "is not allowed for AWS_IAM"},
		"an unknown authorizer":    {func(in *control.CreateGatewayInput) { in.AuthorizerType = "FRIENDS" }, "enum value set"},
		"a role that is not there": {func(in *control.CreateGatewayInput) { in.RoleArn = aws.String(role + "x") }, "does not exist in this account"},
		"interceptors": {func(in *control.CreateGatewayInput) {
			in.InterceptorConfigurations = []types.GatewayInterceptorConfiguration{{
				InterceptionPoints: []types.GatewayInterceptionPoint{"REQUEST"},
				Interceptor:        &types.InterceptorConfigurationMemberLambda{Value: types.LambdaInterceptorConfiguration{Arn: aws.String("arn:aws:lambda:us-west-2:123456789012:function:f")}},
			}}
		}, "interceptorConfigurations is not built"},
		"an unknown protocol version": {func(in *control.CreateGatewayInput) {
			in.ProtocolConfiguration = &types.GatewayProtocolConfigurationMemberMcp{Value: types.MCPGatewayConfiguration{SupportedVersions: []string{"1999-01-01"}}}
		}, "supportedVersions"},
	} {
		t.Run(about, func(t *testing.T) {
			in := &control.CreateGatewayInput{Name: aws.String("g"), RoleArn: &role, AuthorizerType: types.AuthorizerTypeAwsIam}
			c2.change(in)
			_, err := c.CreateGateway(ctx, in)
			failsWith(t, err, "ValidationException", c2.fragment)
		})
	}
	lambda := "LambdaRole"
	made := ok(w.iam(w.root).CreateRole(ctx, &iam.CreateRoleInput{RoleName: &lambda, AssumeRolePolicyDocument: aws.String(strings.Replace(gatewayTrust, "bedrock-agentcore", "lambda", 1))}))(t)
	_, err := c.CreateGateway(ctx, &control.CreateGatewayInput{Name: aws.String("g"), RoleArn: made.Role.Arn, AuthorizerType: types.AuthorizerTypeAwsIam})
	failsWith(t, err, "ValidationException", "is not authorized to assume the role", "trust policy")
}

// Who makes a gateway hands a role over, and needs iam:PassRole for that.
func TestHandingARoleOverNeedsPassRole(t *testing.T) {
	w := start(t)
	role := w.gatewayRole("R")
	in := &control.CreateGatewayInput{Name: aws.String("g"), RoleArn: &role, AuthorizerType: types.AuthorizerTypeAwsIam}
	create := `{"Effect":"Allow","Action":"bedrock-agentcore:*","Resource":"*"}`
	pass := func(service string) string {
		return `{"Effect":"Allow","Action":"iam:PassRole","Resource":"` + role + `","Condition":{"StringEquals":{"iam:PassedToService":"` + service + `"}}}`
	}
	document := func(statements ...string) string {
		return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
	}
	for name, policy := range map[string]string{"maker": document(create), "lambdamaker": document(create, pass("lambda.amazonaws.com"))} {
		_, err := w.control(w.user(name, policy)).CreateGateway(t.Context(), in)
		failsWith(t, err, "AccessDeniedException", "is not authorized to perform: iam:PassRole on resource: "+role)
	}
	w.readyGateway(w.control(w.user("gatewaymaker", document(create, pass("bedrock-agentcore.amazonaws.com")))), in)
}

func TestPoliciesAreValidatedLater(t *testing.T) {
	w := start(t)
	c, role := w.control(w.root), w.gatewayRole("R")
	made := w.readyGateway(c, &control.CreateGatewayInput{Name: aws.String("g"), RoleArn: &role, AuthorizerType: types.AuthorizerTypeAwsIam})
	w.readyTarget(c, *made.GatewayId, lambdaTarget("Refunds", "refund"))
	engine, _ := w.readyEngine(c, "E")
	on := `resource == AgentCore::Gateway::"` + *made.GatewayArn + `"`
	policy := func(name, statement string) *control.CreatePolicyInput {
		return &control.CreatePolicyInput{PolicyEngineId: &engine, Name: &name, Definition: cedarText(statement)}
	}
	good := w.settledPolicy(c, policy("good", `permit(principal, action == AgentCore::Action::"Refunds___refund", `+on+`) when { context.input.amount < 500 };`))
	if good.Status != types.PolicyStatusActive || good.EnforcementMode != types.EnforcementModeActive {
		t.Errorf("a good policy is %s: %v", good.Status, good.StatusReasons)
	}
	unknown := w.settledPolicy(c, policy("unknown", `permit(principal, action == AgentCore::Action::"Refunds___refud", `+on+`);`))
	if reasons := fmt.Sprint(unknown.StatusReasons); unknown.Status != types.PolicyStatusCreateFailed || !strings.Contains(reasons, "line 1, column ") || !strings.Contains(reasons, "did you mean") {
		t.Errorf("a policy about an unknown tool is %s: %s", unknown.Status, reasons)
	}
	broken := w.settledPolicy(c, policy("broken", `permit(principal, action, resource) when { nothing here at all };`))
	if broken.Status != types.PolicyStatusCreateFailed || len(broken.StatusReasons) != 1 {
		t.Errorf("a broken policy is %s: %v", broken.Status, broken.StatusReasons)
	}
	document := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"bedrock-agentcore:*","Resource":"*"},` +
		`{"Effect":"Deny","Action":"bedrock-agentcore:InvokeGateway","Resource":"*"}]}`
	author := w.settledPolicy(w.control(w.user("author", document)), policy("author", `permit(principal, action == AgentCore::Action::"Refunds___refund", `+on+`);`))
	if want := "Insufficient permissions to call gateway with ID " + *made.GatewayId; author.Status != types.PolicyStatusCreateFailed || author.StatusReasons[0] != want {
		t.Errorf("a policy of who may not invoke the gateway is %s: %v", author.Status, author.StatusReasons)
	}
	updates(t, w, c, engine, good)
	_, err := c.DeletePolicyEngine(t.Context(), &control.DeletePolicyEngineInput{PolicyEngineId: &engine})
	failsWith(t, err, "ConflictException", "has policies still")
}

// A failed update leaves what was there in force.
func updates(t *testing.T, w *world, c *control.Client, engine string, good *control.GetPolicyOutput) {
	t.Helper()
	status := func(want types.PolicyStatus) {
		t.Helper()
		until(t, want, func(ctx context.Context) (types.PolicyStatus, error) {
			out, err := c.GetPolicy(ctx, &control.GetPolicyInput{PolicyEngineId: &engine, PolicyId: good.PolicyId})
			if err != nil {
				return "", err
			}
			return out.Status, nil
		})
	}
	if _, err := c.UpdatePolicy(t.Context(), &control.UpdatePolicyInput{PolicyEngineId: &engine, PolicyId: good.PolicyId, EnforcementMode: types.EnforcementModeLogOnly}); err != nil {
		t.Fatal(err)
	}
	status(types.PolicyStatusActive)
	if _, err := c.UpdatePolicy(t.Context(), &control.UpdatePolicyInput{PolicyEngineId: &engine, PolicyId: good.PolicyId, Definition: cedarText("permit(principal, action, nobody knows what);")}); err != nil {
		t.Fatal(err)
	}
	status(types.PolicyStatusUpdateFailed)
	now := ok(c.GetPolicy(t.Context(), &control.GetPolicyInput{PolicyEngineId: &engine, PolicyId: good.PolicyId}))(t)
	if text := now.Definition.(*types.PolicyDefinitionMemberCedar).Value.Statement; *text != *good.Definition.(*types.PolicyDefinitionMemberCedar).Value.Statement || now.EnforcementMode != types.EnforcementModeLogOnly {
		t.Errorf("after a failed update: %s, %s", *text, now.EnforcementMode)
	}
}

// The secrets of credential providers go in and never come out.
func TestCredentialProviders(t *testing.T) {
	w := start(t)
	ctx, c := t.Context(), w.control(w.root)
	const apiKey, clientSecret = "the-api-key-of-a-weather-service", "the-client-secret-of-a-gateway"
	w.secrets = append(w.secrets, apiKey, clientSecret)
	made, err := c.CreateApiKeyCredentialProvider(ctx, &control.CreateApiKeyCredentialProviderInput{Name: aws.String("weather"), ApiKey: aws.String(apiKey)})
	if err != nil || *made.CredentialProviderArn != "arn:aws:bedrock-agentcore:us-west-2:123456789012:token-vault/default/apikeycredentialprovider/weather" {
		t.Fatalf("%+v, %v", made, err)
	}
	custom := types.CustomOauth2ProviderConfigInput{
		ClientId: aws.String("client"), ClientSecret: aws.String(clientSecret),
		OauthDiscovery: &types.Oauth2DiscoveryMemberDiscoveryUrl{Value: "https://idp.example.com/.well-known/openid-configuration"},
	}
	_, err = c.CreateOauth2CredentialProvider(ctx, &control.CreateOauth2CredentialProviderInput{
		Name: aws.String("idp"), CredentialProviderVendor: types.CredentialProviderVendorTypeCustomOauth2,
		Oauth2ProviderConfigInput: &types.Oauth2ProviderConfigInputMemberCustomOauth2ProviderConfig{Value: custom},
	})
	if err != nil {
		t.Fatal(err)
	}
	shown, err := c.GetOauth2CredentialProvider(ctx, &control.GetOauth2CredentialProviderInput{Name: aws.String("idp")})
	if err != nil || shown.Status != types.StatusReady {
		t.Fatalf("%+v, %v", shown, err)
	}
	if got := shown.Oauth2ProviderConfigOutput.(*types.Oauth2ProviderConfigOutputMemberCustomOauth2ProviderConfig).Value; *got.ClientId != "client" {
		t.Errorf("shown %+v", got)
	}
	_, err = c.CreateApiKeyCredentialProvider(ctx, &control.CreateApiKeyCredentialProviderInput{Name: aws.String("weather"), ApiKey: aws.String(apiKey)})
	failsWith(t, err, "ConflictException", "already exists")
	_, err = c.CreateOauth2CredentialProvider(ctx, &control.CreateOauth2CredentialProviderInput{
		Name: aws.String("github"), CredentialProviderVendor: types.CredentialProviderVendorTypeGithubOauth2,
		Oauth2ProviderConfigInput: &types.Oauth2ProviderConfigInputMemberGithubOauth2ProviderConfig{Value: types.GithubOauth2ProviderConfigInput{ClientId: aws.String("x"), ClientSecret: aws.String(clientSecret)}},
	})
	failsWith(t, err, "ValidationException", "GithubOauth2", "not built")
	for _, name := range []string{"hardpan.db", "hardpan.db-wal"} {
		stored := ok(os.ReadFile(filepath.Join(w.opt.DataDir, name)))(t)
		if bytes.Contains(stored, []byte(apiKey)) || bytes.Contains(stored, []byte(clientSecret)) {
			t.Errorf("a secret stands in %s", name)
		}
	}
	usedByATarget(t, w, c, *made.CredentialProviderArn)
}

// A provider that a target uses stays.
func usedByATarget(t *testing.T, w *world, c *control.Client, providerARN string) {
	t.Helper()
	role := w.gatewayRole("R")
	gateway := w.readyGateway(c, &control.CreateGatewayInput{Name: aws.String("g"), RoleArn: &role, AuthorizerType: types.AuthorizerTypeNone})
	target := lambdaTarget("Weather", "forecast")
	target.CredentialProviderConfigurations = []types.CredentialProviderConfiguration{{
		CredentialProviderType: types.CredentialProviderTypeApiKey,
		CredentialProvider:     &types.CredentialProviderMemberApiKeyCredentialProvider{Value: types.GatewayApiKeyCredentialProvider{ProviderArn: &providerARN}},
	}}
	w.readyTarget(c, *gateway.GatewayId, target)
	_, err := c.DeleteApiKeyCredentialProvider(t.Context(), &control.DeleteApiKeyCredentialProviderInput{Name: aws.String("weather")})
	failsWith(t, err, "ConflictException", "is used by the target Weather")
}

// What is under way when a server stops goes on after its start.
func TestSettlingGoesOnAfterARestart(t *testing.T) {
	w := start(t)
	role := w.gatewayRole("R")
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	db := ok(store.Open(t.Context(), filepath.Join(w.opt.DataDir, "hardpan.db")))(t)
	now := w.clock.Now()
	half := &gateway.Gateway{Meta: gateway.Meta{
		Scope: identity.Scope{Partition: "aws", Account: account}, Region: "us-west-2", Within: "us-west-2",
		ID: "half-abcdefghij", Name: "half", State: "CREATING", Created: now, Updated: now,
	}}
	half.Detail.RoleArn, half.Detail.AuthorizerType = &role, types.AuthorizerTypeAwsIam
	err := errors.Join(db.Write(t.Context(), account, now, func(tx *store.Tx) error { return tx.Put(half) }), db.Close())
	if err != nil {
		t.Fatal(err)
	}
	again := open(t, w.opt)
	again.root = w.root
	again.serve()
	again.gatewayIs(again.control(w.root), half.ID, types.GatewayStatusReady)
}
