package rest_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/schemas"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"hardpan/internal/awserr"
	"hardpan/internal/wire/golden"
	"hardpan/internal/wire/rest"
)

func agentcoreOp(op, in, out *smithy.Schema) *smithy.OperationSchema {
	return smithy.NewOperationSchema(op, in, out)
}

// agentcoreOps are the operations of AgentCore's control plane about gateways,
// policies, credential providers and tags.
var agentcoreOps = map[string]*smithy.OperationSchema{
	"CreateGateway":                  agentcoreOp(schemas.CreateGateway, schemas.CreateGatewayRequest, schemas.CreateGatewayResponse),
	"GetGateway":                     agentcoreOp(schemas.GetGateway, schemas.GetGatewayRequest, schemas.GetGatewayResponse),
	"UpdateGateway":                  agentcoreOp(schemas.UpdateGateway, schemas.UpdateGatewayRequest, schemas.UpdateGatewayResponse),
	"DeleteGateway":                  agentcoreOp(schemas.DeleteGateway, schemas.DeleteGatewayRequest, schemas.DeleteGatewayResponse),
	"ListGateways":                   agentcoreOp(schemas.ListGateways, schemas.ListGatewaysRequest, schemas.ListGatewaysResponse),
	"CreateGatewayTarget":            agentcoreOp(schemas.CreateGatewayTarget, schemas.CreateGatewayTargetRequest, schemas.CreateGatewayTargetResponse),
	"GetGatewayTarget":               agentcoreOp(schemas.GetGatewayTarget, schemas.GetGatewayTargetRequest, schemas.GetGatewayTargetResponse),
	"UpdateGatewayTarget":            agentcoreOp(schemas.UpdateGatewayTarget, schemas.UpdateGatewayTargetRequest, schemas.UpdateGatewayTargetResponse),
	"DeleteGatewayTarget":            agentcoreOp(schemas.DeleteGatewayTarget, schemas.DeleteGatewayTargetRequest, schemas.DeleteGatewayTargetResponse),
	"ListGatewayTargets":             agentcoreOp(schemas.ListGatewayTargets, schemas.ListGatewayTargetsRequest, schemas.ListGatewayTargetsResponse),
	"SynchronizeGatewayTargets":      agentcoreOp(schemas.SynchronizeGatewayTargets, schemas.SynchronizeGatewayTargetsRequest, schemas.SynchronizeGatewayTargetsResponse),
	"CreatePolicyEngine":             agentcoreOp(schemas.CreatePolicyEngine, schemas.CreatePolicyEngineRequest, schemas.CreatePolicyEngineResponse),
	"GetPolicyEngine":                agentcoreOp(schemas.GetPolicyEngine, schemas.GetPolicyEngineRequest, schemas.GetPolicyEngineResponse),
	"UpdatePolicyEngine":             agentcoreOp(schemas.UpdatePolicyEngine, schemas.UpdatePolicyEngineRequest, schemas.UpdatePolicyEngineResponse),
	"DeletePolicyEngine":             agentcoreOp(schemas.DeletePolicyEngine, schemas.DeletePolicyEngineRequest, schemas.DeletePolicyEngineResponse),
	"ListPolicyEngines":              agentcoreOp(schemas.ListPolicyEngines, schemas.ListPolicyEnginesRequest, schemas.ListPolicyEnginesResponse),
	"GetPolicyEngineSummary":         agentcoreOp(schemas.GetPolicyEngineSummary, schemas.GetPolicyEngineSummaryRequest, schemas.GetPolicyEngineSummaryResponse),
	"ListPolicyEngineSummaries":      agentcoreOp(schemas.ListPolicyEngineSummaries, schemas.ListPolicyEngineSummariesRequest, schemas.ListPolicyEngineSummariesResponse),
	"CreatePolicy":                   agentcoreOp(schemas.CreatePolicy, schemas.CreatePolicyRequest, schemas.CreatePolicyResponse),
	"GetPolicy":                      agentcoreOp(schemas.GetPolicy, schemas.GetPolicyRequest, schemas.GetPolicyResponse),
	"UpdatePolicy":                   agentcoreOp(schemas.UpdatePolicy, schemas.UpdatePolicyRequest, schemas.UpdatePolicyResponse),
	"DeletePolicy":                   agentcoreOp(schemas.DeletePolicy, schemas.DeletePolicyRequest, schemas.DeletePolicyResponse),
	"ListPolicies":                   agentcoreOp(schemas.ListPolicies, schemas.ListPoliciesRequest, schemas.ListPoliciesResponse),
	"GetPolicySummary":               agentcoreOp(schemas.GetPolicySummary, schemas.GetPolicySummaryRequest, schemas.GetPolicySummaryResponse),
	"ListPolicySummaries":            agentcoreOp(schemas.ListPolicySummaries, schemas.ListPolicySummariesRequest, schemas.ListPolicySummariesResponse),
	"CreateApiKeyCredentialProvider": agentcoreOp(schemas.CreateApiKeyCredentialProvider, schemas.CreateApiKeyCredentialProviderRequest, schemas.CreateApiKeyCredentialProviderResponse),
	"GetApiKeyCredentialProvider":    agentcoreOp(schemas.GetApiKeyCredentialProvider, schemas.GetApiKeyCredentialProviderRequest, schemas.GetApiKeyCredentialProviderResponse),
	"UpdateApiKeyCredentialProvider": agentcoreOp(schemas.UpdateApiKeyCredentialProvider, schemas.UpdateApiKeyCredentialProviderRequest, schemas.UpdateApiKeyCredentialProviderResponse),
	"DeleteApiKeyCredentialProvider": agentcoreOp(schemas.DeleteApiKeyCredentialProvider, schemas.DeleteApiKeyCredentialProviderRequest, schemas.DeleteApiKeyCredentialProviderResponse),
	"ListApiKeyCredentialProviders":  agentcoreOp(schemas.ListApiKeyCredentialProviders, schemas.ListApiKeyCredentialProvidersRequest, schemas.ListApiKeyCredentialProvidersResponse),
	"CreateOauth2CredentialProvider": agentcoreOp(schemas.CreateOauth2CredentialProvider, schemas.CreateOauth2CredentialProviderRequest, schemas.CreateOauth2CredentialProviderResponse),
	"GetOauth2CredentialProvider":    agentcoreOp(schemas.GetOauth2CredentialProvider, schemas.GetOauth2CredentialProviderRequest, schemas.GetOauth2CredentialProviderResponse),
	"UpdateOauth2CredentialProvider": agentcoreOp(schemas.UpdateOauth2CredentialProvider, schemas.UpdateOauth2CredentialProviderRequest, schemas.UpdateOauth2CredentialProviderResponse),
	"DeleteOauth2CredentialProvider": agentcoreOp(schemas.DeleteOauth2CredentialProvider, schemas.DeleteOauth2CredentialProviderRequest, schemas.DeleteOauth2CredentialProviderResponse),
	"ListOauth2CredentialProviders":  agentcoreOp(schemas.ListOauth2CredentialProviders, schemas.ListOauth2CredentialProvidersRequest, schemas.ListOauth2CredentialProvidersResponse),
	"PutResourcePolicy":              agentcoreOp(schemas.PutResourcePolicy, schemas.PutResourcePolicyRequest, schemas.PutResourcePolicyResponse),
	"GetResourcePolicy":              agentcoreOp(schemas.GetResourcePolicy, schemas.GetResourcePolicyRequest, schemas.GetResourcePolicyResponse),
	"DeleteResourcePolicy":           agentcoreOp(schemas.DeleteResourcePolicy, schemas.DeleteResourcePolicyRequest, schemas.DeleteResourcePolicyResponse),
	"TagResource":                    agentcoreOp(schemas.TagResource, schemas.TagResourceRequest, schemas.TagResourceResponse),
	"UntagResource":                  agentcoreOp(schemas.UntagResource, schemas.UntagResourceRequest, schemas.UntagResourceResponse),
	"ListTagsForResource":            agentcoreOp(schemas.ListTagsForResource, schemas.ListTagsForResourceRequest, schemas.ListTagsForResourceResponse),
}

func agentcoreClient() client {
	return newClient(func(c aws.Config) any { return control.NewFromConfig(c) })
}

func TestGoldenAgentcoreRequestsRoundTrip(t *testing.T) {
	c, n := agentcoreClient(), 0
	for _, r := range golden.Requests(t, "bedrockagentcorecontrol") {
		schema, ours := agentcoreOps[r.Operation]
		if !ours {
			continue
		}
		in := reflect.New(c.ops[r.Operation].In).Interface()
		want := asRequest(t, schema, r.Path, r.Query, r.Header, r.Body)
		if err := rest.Decode(schema, want, in); err != nil {
			t.Errorf("%s: %v", r.Operation, err)
			continue
		}
		got := c.send(t, r.Operation, schema, in)
		if diff := cmp.Diff(want.Labels, got.Labels) + cmp.Diff(want.Query, got.Query) + cmp.Diff(value(t, want.Body), value(t, got.Body)); diff != "" {
			t.Errorf("%s (-golden +again)\n%s", r.Operation, diff)
			continue
		}
		n++
	}
	t.Logf("bedrockagentcorecontrol: %d golden requests decode and come out again", n)
	if n < len(agentcoreOps) {
		t.Errorf("%d golden requests, want %d", n, len(agentcoreOps))
	}
}

func TestGoldenAgentcoreResponsesRoundTrip(t *testing.T) {
	c, inputs, answers, errs := agentcoreClient(), goldenInputs(t), 0, 0
	for _, r := range golden.Responses(t, "bedrockagentcorecontrol") {
		if r.Status >= 300 {
			if sameControlError(t, c, r) {
				errs++
			}
			continue
		}
		schema, ours := agentcoreOps[r.Operation]
		if !ours {
			continue
		}
		op := c.ops[r.Operation]
		want := c.receiveFor(t, op, inputs[r.Operation], golden.Answer(r.Status, r.Header, r.Body))
		encoded, err := rest.Encode(schema, want)
		if err != nil {
			t.Errorf("%s: %v", r.Operation, err)
			continue
		}
		// The snapshots have status 200 throughout; ours is the schema's.
		got := c.receiveFor(t, op, inputs[r.Operation], golden.Answer(encoded.Status, encoded.Header, encoded.Body))
		if diff := golden.Diff(want, got) + bodyDiff(t, r.Body, encoded.Body); diff != "" {
			t.Errorf("%s (-golden +again)\n%s", r.Operation, diff)
			continue
		}
		answers++
	}
	t.Logf("bedrockagentcorecontrol: %d golden responses and %d golden errors are encoded as AWS does", answers, errs)
	if answers < len(agentcoreOps) || errs < 10 {
		t.Errorf("%d responses and %d errors, want at least %d and 10", answers, errs, len(agentcoreOps))
	}
}

// goldenInputs are the inputs of AWS's golden requests, by operation.
func goldenInputs(t *testing.T) map[string]any {
	t.Helper()
	c, inputs := agentcoreClient(), map[string]any{}
	for _, r := range golden.Requests(t, "bedrockagentcorecontrol") {
		if schema, ours := agentcoreOps[r.Operation]; ours {
			in := reflect.New(c.ops[r.Operation].In).Interface()
			if err := rest.Decode(schema, asRequest(t, schema, r.Path, r.Query, r.Header, r.Body), in); err != nil {
				t.Fatalf("%s: %v", r.Operation, err)
			}
			inputs[r.Operation] = in
		}
	}
	return inputs
}

// bodyDiff compares bodies; none is as good as an empty object.
func bodyDiff(t *testing.T, want, got []byte) string {
	t.Helper()
	if len(want) == 0 {
		want = []byte("{}")
	}
	return cmp.Diff(value(t, want), value(t, got))
}

// sameControlError compares what the SDK makes of the golden error and of ours.
func sameControlError(t *testing.T, c client, r golden.Response) bool {
	t.Helper()
	var modelled struct{ Message string }
	if err := json.Unmarshal(r.Body, &modelled); err != nil {
		t.Fatal(err)
	}
	fail := func(res *http.Response) smithy.APIError {
		return c.failWith(t, "GetGateway", &control.GetGatewayInput{GatewayIdentifier: aws.String("g")}, res)
	}
	ours := rest.Error(awserr.New(r.Operation, r.Status, "%s", modelled.Message))
	want := fail(golden.Answer(r.Status, r.Header, r.Body))
	got := fail(golden.Answer(ours.Status, ours.Header, ours.Body))
	if want.ErrorCode() != got.ErrorCode() || want.ErrorMessage() != got.ErrorMessage() || reflect.TypeOf(want) != reflect.TypeOf(got) {
		t.Errorf("%s: the SDK reads %T %v, want %T %v", r.Operation, got, got, want, want)
		return false
	}
	return true
}
