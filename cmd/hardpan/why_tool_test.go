package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	api "hardpan/internal/api/hardpan"
	"hardpan/internal/audit"
	"hardpan/internal/cedar"
	"hardpan/internal/explain"
	"hardpan/internal/op"
	money "hardpan/internal/usage"
)

// A tool gateway's denial is shown with the attribute that failed and the statement
// to add; its role's, with the document.
func TestWhyToolText(t *testing.T) {
	const arn = "arn:aws:bedrock-agentcore:us-west-2:123456789012:gateway/shop-abcdefghij"
	schema, err := cedar.NewSchema(cedar.Gateway{ARN: arn, Targets: []cedar.Target{{Name: "orders", Tools: []cedar.Tool{
		{Name: "refund", InputSchema: json.RawMessage(`{"type":"object","required":["amount"],"properties":{"amount":{"type":"integer"}}}`)},
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	set, err := cedar.NewSet(schema, cedar.Policy{ID: "p1", Statement: "permit(principal, action == AgentCore::Action::\"orders___refund\", resource == AgentCore::Gateway::\"" +
		arn + "\")\nwhen { context.input.amount <= 500 };"})
	if err != nil {
		t.Fatal(err)
	}
	refund := cedar.ToolAction("orders", "refund")
	input, err := schema.Input(arn, refund, json.RawMessage(`{"amount":501}`))
	if err != nil {
		t.Fatal(err)
	}
	e := set.Explain(cedar.Request{Principal: cedar.OAuthUser("mia", nil), Gateway: arn, Action: refund, Input: input, Now: time.Unix(0, 0)})
	use := &op.ToolUse{Gateway: arn, Method: "tools/call", Name: "orders___refund", Principal: `AgentCore::OAuthUser::"mia"`, Mode: "ENFORCE", Message: "no"}
	shown := func(told *api.ToolExplanation) string {
		var out bytes.Buffer
		p := &program{streams: streams{out: &out}}
		raw, err := json.Marshal(api.Explained{Decision: &audit.Decision{ID: "4q2r6v5kx7w3j2m5n4t6y2z3aa", Tool: use}, Tool: told})
		if err == nil {
			err = p.showDecision(raw, asText)
		}
		if err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	text := shown(&api.ToolExplanation{By: "policy", Summary: e.Summary, Enforced: true, Cedar: &e, Names: map[string]string{"p1": "small_refunds"}})
	for _, want := range []string{
		"✗ denied  tools/call orders___refund\n", "  who       AgentCore::OAuthUser::\"mia\"\n",
		"  ✗ small_refunds, line 2, column 8: permit, does not match\n", "        attribute context.input.amount\n", "        wanted <= 500\n", "        actual 501\n",
		"What would allow it\n  permit(\n    principal == AgentCore::OAuthUser::\"mia\",\n", "  ✓ proven: the call was decided again with it, and allowed\n",
		"  ✓ opens nothing else to this principal\n", "Or for these arguments only\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %q:\n%s", want, text)
		}
	}
	missing := []op.Permission{{Action: "bedrock-agentcore:GetPolicyEngine", Resource: "arn:aws:bedrock-agentcore:us-west-2:123456789012:policy-engine/Rules-abcdefghij"}}
	text = shown(&api.ToolExplanation{By: "role", Summary: "It is the gateway's role, not your policy.", Missing: missing, Policy: `{"Version": "2012-10-17"}`})
	for _, want := range []string{"✗ would be denied  tools/call", "not your policy.", "  ✗ bedrock-agentcore:GetPolicyEngine\n    on arn:", "Add this to the role\n  {\"Version\": \"2012-10-17\"}\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("it lacks %q:\n%s", want, text)
		}
	}
}

// A tool's budget that has no room is told with its numbers and what to do.
func TestWhyToolBudget(t *testing.T) {
	var out bytes.Buffer
	p := &program{streams: streams{out: &out}}
	refusal := explain.ExplainBudget(explain.Budget{
		Name: "refunds", Covers: "tool:orders___refund", Period: money.Period{Kind: money.Day}, Limit: money.Limit{Unit: money.Requests, Amount: 3},
		Settled: 3, Need: 1, Resets: time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC),
	})
	raw, err := json.Marshal(api.Explained{
		Decision:    &audit.Decision{Tool: &op.ToolUse{Method: "tools/call", Name: "orders___refund"}, Budget: &audit.BudgetRefusal{}},
		Explanation: refusal, Tool: &api.ToolExplanation{By: "budget", Summary: refusal.Summary, Enforced: true},
	})
	if err == nil {
		err = p.showDecision(raw, asText)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"✗ refused  tools/call orders___refund\n", "Settled by calls that ended: 3requests (100 % of the limit)", "Call again after 2026-11-03T00:00:00Z"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it lacks %q:\n%s", want, &out)
		}
	}
	if strings.Contains(out.String(), "maxTokens") {
		t.Errorf("a tool has no maxTokens:\n%s", &out)
	}
}
