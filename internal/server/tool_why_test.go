package server_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/api/hardpan"
	"hardpan/internal/server"
)

// toolWhy is what GET /decisions/{id} says of a tool gateway's decision.
func (s *shop) toolWhy(t *testing.T, k key, id string) (told hardpan.Explained, raw string) {
	t.Helper()
	a := s.decision(k, "/decisions/"+id)
	a.is(t, http.StatusOK)
	must(t, json.Unmarshal([]byte(a.Body), &told))
	if told.Tool == nil {
		t.Fatalf("no word about the tool: %s", a.Body)
	}
	return told, a.Body
}

// The story's riddle: the role lacks permissions, and it is said.
func TestWhyAGatewayCannotAsk(t *testing.T) {
	s := openShop(t)
	engine := s.engine(t)
	s.attach(t, engine, types.GatewayPolicyEngineModeEnforce)
	answer, _ := s.raw(t, s.token("clerk", nil), listTools)
	id := answer.Header.Get("X-Hardpan-Decision-Id")
	told, _ := s.toolWhy(t, s.root, id)
	if told.Tool.By != "role" || len(told.Tool.Missing) != 3 || !strings.Contains(told.Tool.Summary, "the gateway's role, not your policy") {
		t.Errorf("got %+v", told.Tool)
	}
	for _, want := range []string{"GetPolicyEngine", "AuthorizeAction", "PartiallyAuthorizeActions", engine, *s.gateway.GatewayArn} {
		if !strings.Contains(told.Tool.Policy, want) {
			t.Errorf("the document to add lacks %s:\n%s", want, told.Tool.Policy)
		}
	}
	log := s.log.String()
	for _, want := range []string{"AgentCore.Policy.PartiallyAuthorizeActions", "http.response.status_code=403", `hardpan.tool.principal="AgentCore::OAuthUser::\"clerk\""`, "bedrock-agentcore:GetPolicyEngine on " + engine, "hardpan.decision.id=" + id} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s", want)
		}
	}
	_, err := s.iam.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{
		RoleName: aws.String("gateway-role"), PolicyName: aws.String("told"), PolicyDocument: &told.Tool.Policy,
	})
	must(t, err)
	if _, body := s.raw(t, s.token("clerk", nil), listTools); !strings.Contains(body, `"tools":[]`) {
		t.Errorf("with the document added: %s", body)
	}
	if told, _ := s.toolWhy(t, s.root, id); !told.Tool.Mended || told.Tool.Policy != "" {
		t.Errorf("it does not see that the role has it by now: %+v", told.Tool)
	}
}

// refunds attaches an engine by which people of a role may refund up to 500.
func (s *shop) refunds(t *testing.T, mode types.GatewayPolicyEngineMode) (engine string) {
	t.Helper()
	engine = s.engine(t)
	s.grant(t, engine)
	s.attach(t, engine, mode)
	s.policy(t, engine, "supervisors_refund", s.refundPolicy("500"))
	return engine
}

func (s *shop) refundPolicy(limit string) string {
	return `permit(principal is AgentCore::OAuthUser, action == AgentCore::Action::"orders___refund", resource == AgentCore::Gateway::"` + *s.gateway.GatewayArn + `")
when { principal.hasTag("role") && principal.getTag("role") == "supervisor" &&
  context.input.amount <= ` + limit + ` };`
}

func TestWhyAToolIsDenied(t *testing.T) {
	s := openShop(t)
	s.refunds(t, types.GatewayPolicyEngineModeEnforce)
	supervisor := s.token("mia", map[string]any{"role": "supervisor"})
	answer, _ := s.raw(t, supervisor, callTool("orders___refund", `{"amount":501,"reason":"a private matter"}`))
	told, raw := s.toolWhy(t, s.root, answer.Header.Get("X-Hardpan-Decision-Id"))
	e := told.Tool.Cedar
	if told.Tool.By != "policy" || e == nil || len(e.Policies) != 1 {
		t.Fatalf("got %s", raw)
	}
	f := e.Policies[0].Failure
	if f == nil || f.Line != 3 || f.Column != 3 || f.Attribute != "context.input.amount" || f.Wanted != "<= 500" || f.Actual != "501" {
		t.Errorf("the attribute that failed: %+v", f)
	}
	if !e.Remedy.Proven || !strings.Contains(e.Remedy.Statement, `principal == AgentCore::OAuthUser::"mia"`) || len(e.Remedy.Opens) != 0 {
		t.Errorf("the remedy: %+v", e.Remedy)
	}
	if told.Tool.Names[e.Policies[0].Policy] != "supervisors_refund" {
		t.Errorf("names: %v", told.Tool.Names)
	}
	if strings.Contains(raw, "a private matter") || strings.Contains(s.log.String(), "a private matter") {
		t.Error("an argument that no policy compared was kept")
	}
	last := s.lastTool(t)
	if last.Claims["role"] != "supervisor" || last.Action != "orders___refund" || last.Input != nil {
		t.Errorf("the record: %+v", last)
	}
	principal := url.Values{"principal": {`AgentCore::OAuthUser::"mia"`}}
	s.decision(s.root, "/last-decision?"+principal.Encode()).is(t, http.StatusOK, told.Decision.ID)
	s.decision(s.user("stranger", everything), "/decisions/"+told.Decision.ID).is(t, http.StatusForbidden)
}

// A caller with an IAM identity reads the own denial, without what is hidden.
func TestWhyForTheCallerOfAGateway(t *testing.T) {
	s := openShop(t)
	engine := s.refunds(t, types.GatewayPolicyEngineModeEnforce)
	made, err := s.control.UpdateGateway(t.Context(), &control.UpdateGatewayInput{
		GatewayIdentifier: s.gateway.GatewayId, Name: s.gateway.Name, RoleArn: s.gateway.RoleArn, AuthorizerType: types.AuthorizerTypeAwsIam,
		ProtocolType:              types.GatewayProtocolTypeMcp,
		PolicyEngineConfiguration: &types.GatewayPolicyEngineConfiguration{Arn: &engine, Mode: types.GatewayPolicyEngineModeEnforce},
	})
	must(t, err)
	s.ready(t, *made.GatewayId)
	caller := s.user("caller", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"bedrock-agentcore:InvokeGateway","Resource":"`+*made.GatewayArn+`"}]}`)
	if _, body := s.signed(t, caller, callTool("orders___refund", `{"amount":1}`)); !strings.Contains(body, "hardpan/decisionId") {
		t.Fatalf("not denied: %s", body)
	}
	a := s.decision(caller, "/last-decision")
	a.is(t, http.StatusOK, `"by":"policy"`, "no determining policies")
	for _, hidden := range []string{"supervisor", "AgentCore::OAuthUser", "gateway-role", "getOrder"} {
		if strings.Contains(a.Body, hidden) {
			t.Errorf("the caller reads %q: %s", hidden, a.Body)
		}
	}
}

// Arguments are kept only where the operator says so, and then the narrower remedy
// is there, too.
func TestRecordInputs(t *testing.T) {
	s := openShop(t, func(o *server.Options) { o.AgentCore.RecordInputs = true })
	s.refunds(t, types.GatewayPolicyEngineModeEnforce)
	answer, _ := s.raw(t, s.token("mia", map[string]any{"role": "supervisor"}), callTool("orders___refund", `{"amount": 501}`))
	told, _ := s.toolWhy(t, s.root, answer.Header.Get("X-Hardpan-Decision-Id"))
	if !strings.Contains(told.Tool.Cedar.Remedy.ThisInput, "context.input.amount == 501") || string(s.lastTool(t).Input) != `{"amount":501}` {
		t.Errorf("remedy %+v, record %s", told.Tool.Cedar.Remedy, s.lastTool(t).Input)
	}
}

// Denials are all recorded, and explained at a bounded rate.
func TestDenialsEnMasse(t *testing.T) {
	s := openShop(t)
	s.refunds(t, types.GatewayPolicyEngineModeEnforce)
	token, explained, hasty := s.token("joe", nil), 0, 0
	for range 60 {
		s.raw(t, token, callTool("orders___refund", `{"amount":1}`))
	}
	for _, e := range s.events() {
		if e.Denial == nil || e.Denial.Tool == nil {
			continue
		}
		if e.Tool.Explanation != nil {
			t.Fatal("an explanation is in the journal twice")
		}
		if e.Denial.Tool.Hasty {
			hasty++
		} else if e.Denial.Tool.Explanation != nil {
			explained++
		}
	}
	if explained < 20 || explained+hasty != 60 {
		t.Errorf("%d explained and %d not, of 60", explained, hasty)
	}
}

// What went wrong behind a tool is for the operator to read, and what LOG_ONLY lets
// pass is told as what it would be.
func TestWhyATargetFailedAndWhatIsOnlyLogged(t *testing.T) {
	s := openShop(t)
	token := s.token("joe", nil)
	answer, body := s.raw(t, token, callTool("orders___getOrder", `{"id":".."}`))
	told, _ := s.toolWhy(t, s.root, answer.Header.Get("X-Hardpan-Decision-Id"))
	problem := told.Decision.Tool.Problem
	if told.Tool.By != "target" || problem == "" || !strings.Contains(told.Tool.Summary, problem) || strings.Contains(body, problem) {
		t.Errorf("a target that failed: %+v, %q; the client reads %s", told.Tool, problem, body)
	}
	if told.Decision.Message != "An internal error occurred. Please retry later." {
		t.Errorf("what the client was told is said to be %q", told.Decision.Message)
	}

	s.attach(t, s.engine(t), types.GatewayPolicyEngineModeLogOnly)
	answer, body = s.raw(t, token, callTool("orders___getOrder", `{"id":"1"}`))
	told, _ = s.toolWhy(t, s.root, answer.Header.Get("X-Hardpan-Decision-Id"))
	if told.Tool.By != "role" || told.Tool.Enforced || !strings.Contains(told.Tool.Summary, "The engine only logs") || !strings.Contains(body, "/orders/1") {
		t.Errorf("a role that may not ask, in LOG_ONLY: %+v; the client reads %s", told.Tool, body)
	}
}
