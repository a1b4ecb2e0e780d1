package server_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/api/hardpan"
	"hardpan/internal/server"
)

// diagnosis is what the doctor says, by rule and what it is about.
func (s *shop) diagnosis(t *testing.T) (rules []string, raw string) {
	t.Helper()
	a := s.decision(s.root, "/diagnosis")
	a.is(t, http.StatusOK)
	var d hardpan.Diagnosis
	must(t, json.Unmarshal([]byte(a.Body), &d))
	for _, f := range d.Findings {
		rules = append(rules, strings.TrimSpace(f.Rule+" "+f.Policy+f.Action+f.Target))
		if f.Message == "" || f.Severity == "" {
			t.Errorf("without a word: %+v", f)
		}
	}
	return rules, a.Body
}

func (s *shop) diagnosed(t *testing.T, when string, want ...string) {
	t.Helper()
	if got, raw := s.diagnosis(t); !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q\n%s", when, got, want, raw)
	}
}

// What would go wrong is found before a client meets it, and what LOG_ONLY hides
// before it is taken away.
func TestDoctor(t *testing.T) {
	s := openShop(t)
	s.diagnosed(t, "without an engine")
	engine := s.engine(t)
	s.attach(t, engine, types.GatewayPolicyEngineModeLogOnly)
	s.diagnosed(t, "with a role that may not ask, in LOG_ONLY", "log-only-hides-role", "log-only-denies-all")
	s.attach(t, engine, types.GatewayPolicyEngineModeEnforce)
	s.diagnosed(t, "with a role that may not ask", "role-cannot-ask", "tool-nobody-can-call orders___getOrder", "tool-nobody-can-call orders___refund")
	s.grant(t, engine)

	on := `, resource == AgentCore::Gateway::"` + *s.gateway.GatewayArn + `")`
	s.policy(t, engine, "all", `permit(principal, action in AgentCore::Action::"orders"`+on+`;`)
	s.diagnosed(t, "with a policy for all")
	s.logOnly(t, engine, "no_refunds", `forbid(principal, action == AgentCore::Action::"orders___refund"`+on+`;`)
	s.diagnosed(t, "with a forbid that only logs", "log-only-takes-away no_refunds")
	s.policy(t, engine, "contradiction", `permit(principal, action == AgentCore::Action::"orders___refund"`+on+` when { context.input.amount > 5 && context.input.amount < 3 };`)
	s.diagnosed(t, "with a policy that cannot match", "policy-never-matches contradiction", "log-only-takes-away no_refunds")

	broken, err := s.control.CreateGatewayTarget(t.Context(), &control.CreateGatewayTargetInput{
		GatewayIdentifier: s.gateway.GatewayId, Name: aws.String("broken"),
		TargetConfiguration: &types.TargetConfigurationMemberMcp{Value: &types.McpTargetConfigurationMemberOpenApiSchema{
			Value: &types.ApiSchemaConfigurationMemberInlinePayload{Value: `{"openapi":"3.0.3"}`},
		}},
	})
	must(t, err)
	s.eventually(t, func() (bool, any) {
		got, err := s.control.GetGatewayTarget(t.Context(), &control.GetGatewayTargetInput{GatewayIdentifier: s.gateway.GatewayId, TargetId: broken.TargetId})
		must(t, err)
		return got.Status == types.TargetStatusFailed, got.Status
	})
	s.diagnosed(t, "with a target that failed", "target-failed broken", "policy-never-matches contradiction", "log-only-takes-away no_refunds")
}

// logOnly adds a policy that only logs.
func (s *shop) logOnly(t *testing.T, engine, name, statement string) {
	t.Helper()
	id := engine[strings.LastIndexByte(engine, '/')+1:]
	made, err := s.control.CreatePolicy(t.Context(), &control.CreatePolicyInput{
		PolicyEngineId: &id, Name: &name, EnforcementMode: types.EnforcementModeLogOnly,
		Definition: &types.PolicyDefinitionMemberCedar{Value: types.CedarPolicy{Statement: &statement}},
	})
	must(t, err)
	s.eventually(t, func() (bool, any) {
		got, err := s.control.GetPolicy(t.Context(), &control.GetPolicyInput{PolicyEngineId: &id, PolicyId: made.PolicyId})
		must(t, err)
		return got.Status == types.PolicyStatusActive, got.StatusReasons
	})
}

// replay rehearses policies; each flip is "times was→now action input".
func (s *shop) replay(t *testing.T, policies ...string) (r hardpan.Replayed, flips []string) {
	t.Helper()
	asked := hardpan.Replay{}
	for i, p := range policies {
		asked.Policies = append(asked.Policies, hardpan.ReplayPolicy{Name: "p" + string(rune('1'+i)), Statement: p})
	}
	body, err := json.Marshal(asked)
	must(t, err)
	a := s.send(request{Method: http.MethodPost, Path: "/gateways/" + *s.gateway.GatewayId + "/replays", Key: s.root, Service: "hardpan", Body: string(body)})
	a.is(t, http.StatusOK)
	must(t, json.Unmarshal([]byte(a.Body), &r))
	for _, f := range r.Flips {
		flips = append(flips, strings.Repeat("*", f.Times)+" "+f.Was+"→"+f.Now+" "+f.Action+" "+f.Input)
	}
	slices.Sort(flips)
	return r, flips
}

// With inputs recorded every call is decided as it was.
func TestReplay(t *testing.T) {
	s := openShop(t, func(o *server.Options) { o.AgentCore.RecordInputs = true })
	s.refunds(t, types.GatewayPolicyEngineModeEnforce)
	mia, joe := s.token("mia", map[string]any{"role": "supervisor"}), s.token("joe", nil)
	s.raw(t, mia, listTools)
	for _, amount := range []string{"100", "400", "450", "700"} {
		s.raw(t, mia, callTool("orders___refund", `{"amount":`+amount+`}`))
	}
	s.raw(t, joe, callTool("orders___refund", `{"amount":1}`))
	s.raw(t, joe, callTool("orders___refund", `{"amount":"off schema"}`))

	if r, flips := s.replay(t); len(flips) > 0 || r.Same != 6 {
		t.Errorf("by the policies as they are: %+v", r)
	}
	if r, flips := s.replay(t, s.refundPolicy("300")); !slices.Equal(flips, []string{"** allow→deny orders___refund recorded"}) || r.Same != 4 {
		t.Errorf("by a lower limit: %q %+v", flips, r)
	}
	if _, flips := s.replay(t, s.refundPolicy("1000")); !slices.Equal(flips, []string{"* deny→allow orders___refund recorded"}) {
		t.Errorf("by a higher limit: %q", flips)
	}
	_, flips := s.replay(t, `permit(principal == AgentCore::OAuthUser::"nobody", action, resource == AgentCore::Gateway::"`+*s.gateway.GatewayArn+`");`)
	if want := []string{"* shown→hidden orders___refund some", "*** allow→deny orders___refund recorded"}; !slices.Equal(flips, want) {
		t.Errorf("by a policy for nobody: %q, want %q", flips, want)
	}
	s.send(request{Method: http.MethodPost, Path: "/gateways/" + *s.gateway.GatewayId + "/replays", Key: s.user("stranger", everything), Service: "hardpan", Body: "{}"}).
		is(t, http.StatusForbidden, "hardpan:ReplayGateway")
}

// Without them a replay tells what is so for all arguments or for none, and that
// the rest is not known.
func TestReplayWithoutInputs(t *testing.T) {
	s := openShop(t)
	s.refunds(t, types.GatewayPolicyEngineModeEnforce)
	mia := s.token("mia", map[string]any{"role": "supervisor"})
	for _, amount := range []string{"100", "700"} {
		s.raw(t, mia, callTool("orders___refund", `{"amount":`+amount+`}`))
	}
	s.raw(t, s.token("joe", nil), callTool("orders___refund", `{"amount":1}`))
	if r, flips := s.replay(t, s.refundPolicy("300")); len(flips) > 0 || r.Unsure != 2 || r.Same != 1 {
		t.Errorf("by a lower limit: %q %+v", flips, r)
	}
	all := `permit(principal, action, resource == AgentCore::Gateway::"` + *s.gateway.GatewayArn + `");`
	if _, flips := s.replay(t, all); !slices.Equal(flips, []string{"* deny→allow orders___refund some"}) {
		t.Errorf("by a policy for all: %q", flips)
	}
}
