package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// attach calls Hardpan's own AttachPolicyEngine.
func (w *world) attach(k key, gatewayID, engineARN, more string) answer {
	return w.send(request{
		Method: http.MethodPut, Path: "/gateways/" + gatewayID + "/policy-engine", Service: "hardpan", Key: k,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"engine":"` + engineARN + `"` + more + `}`,
	})
}

// What is granted is proven first: where it would not be enough, neither the role
// nor the gateway is changed.
func TestAttachingGrantsAllOrNothing(t *testing.T) {
	w := start(t)
	c, role := w.control(w.root), w.gatewayRole("R")
	g := w.readyGateway(c, &control.CreateGatewayInput{Name: aws.String("g"), RoleArn: &role, AuthorizerType: types.AuthorizerTypeAwsIam})
	_, engineARN := w.readyEngine(c, "E")
	inline := func() []string {
		return ok(w.iam(w.root).ListRolePolicies(t.Context(), &iam.ListRolePoliciesInput{RoleName: aws.String("R")}))(t).PolicyNames
	}
	engine := func() *types.GatewayPolicyEngineConfiguration {
		return ok(c.GetGateway(t.Context(), &control.GetGatewayInput{GatewayIdentifier: g.GatewayId}))(t).PolicyEngineConfiguration
	}
	w.attach(w.root, *g.GatewayId, engineARN, `,"dryRun":true,"grant":true`).is(t, http.StatusOK, `"attached":false`, `"granted":false`, `GetPolicyEngineForValidation`)
	if len(inline()) != 0 || engine() != nil {
		t.Error("a dry run changes something")
	}

	w.rolePolicy("R", `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"bedrock-agentcore:GetPolicyEngine","Resource":"*"}}`)
	w.attach(w.root, *g.GatewayId, engineARN, `,"grant":true`).is(t, http.StatusBadRequest, "adding an Allow would change nothing")
	if len(inline()) != 1 || engine() != nil {
		t.Error("a refused grant changes something")
	}

	w.rolePolicy("R", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"bedrock-agentcore:AuthorizeAction","Resource":"*"}}`)
	w.attach(w.root, *g.GatewayId, engineARN, `,"mode":"LOG_ONLY","grant":true`).is(t, http.StatusOK, `"granted":true`, `"missing":[]`, "EvaluatePoliciesForGatewayLists")
	if e := engine(); len(inline()) != 2 || e == nil || e.Mode != types.GatewayPolicyEngineModeLogOnly {
		t.Errorf("granted %v, attached %+v", inline(), e)
	}
	// The other policy goes, and what was granted before is not enough any more.
	_ = ok(w.iam(w.root).DeleteRolePolicy(t.Context(), &iam.DeleteRolePolicyInput{RoleName: aws.String("R"), PolicyName: aws.String("inline")}))(t)
	again := w.attach(w.root, *g.GatewayId, engineARN, `,"grant":true`)
	again.is(t, http.StatusOK, `"granted":true`, `"missing":[]`)
	if names := inline(); len(names) != 1 || !strings.Contains(again.Body, names[0]) {
		t.Errorf("granted %v: %s", names, again.Body)
	}
	w.attach(w.root, *g.GatewayId, engineARN, `,"grant":true`).is(t, http.StatusOK, `"granted":false`)
}

func TestAttachingIsValidated(t *testing.T) {
	w := start(t)
	c, role := w.control(w.root), w.gatewayRole("R")
	g := w.readyGateway(c, &control.CreateGatewayInput{Name: aws.String("g"), RoleArn: &role, AuthorizerType: types.AuthorizerTypeAwsIam})
	_, engineARN := w.readyEngine(c, "E")
	w.attach(w.root, "other-abcdefghij", engineARN, "").is(t, http.StatusNotFound, "There is no gateway other-abcdefghij")
	w.attach(w.root, *g.GatewayId, engineARN+"x", "").is(t, http.StatusNotFound, "There is no policy engine")
	w.attach(w.root, *g.GatewayId, strings.Replace(engineARN, "us-west-2", "eu-west-1", 1), "").is(t, http.StatusNotFound, "There is no policy engine")
	w.attach(w.root, *g.GatewayId, engineARN, `,"mode":"SOMETIMES"`).is(t, http.StatusBadRequest, "ENFORCE or LOG_ONLY")
	w.attach(w.root, *g.GatewayId, "", "").is(t, http.StatusBadRequest, "names no policy engine")
}
