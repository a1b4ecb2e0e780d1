package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	control "github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/op"
)

// The calls in story 3, on the wire as an MCP client makes them.

const (
	toolsList  = `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`
	riddleText = "InternalServerException - Policy evaluation failed for list tools"
	deniedText = "AuthorizeActionException - Tool Execution Denied: Tool call not allowed due to policy enforcement [Policy evaluation denied due to no determining policies]"
	noTools    = `{"jsonrpc":"2.0","id":1,"result":{"tools":[]}}`
)

// mcpAnswer is what comes back from a gateway.
type mcpAnswer struct {
	body     string
	decision string // id, if it was refused
	Result   struct {
		Tools   []struct{ Name string }
		Content []struct{ Text string }
		IsError bool
	}
}

// text is the first text of a call's result.
func (a *mcpAnswer) text() string {
	if len(a.Result.Content) == 0 {
		return ""
	}
	return a.Result.Content[0].Text
}

func (a *mcpAnswer) tools() (names []string) {
	for _, one := range a.Result.Tools {
		names = append(names, one.Name)
	}
	return names
}

// post sends one JSON-RPC request to the gateway, with somebody's token.
func (t *story3) post(ctx context.Context, token, body string) (*mcpAnswer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, aws.ToString(t.gateway.GatewayUrl), strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", jsonType)
	request.Header.Set("Accept", jsonType+", text/event-stream")
	request.Header.Set("MCP-Protocol-Version", "2025-06-18")
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := t.admin.config.HTTPClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("reading the gateway's answer: %w", err)
	}
	answer := &mcpAnswer{body: string(text), decision: response.Header.Get(decisionHeader)}
	if response.StatusCode != http.StatusOK || json.Unmarshal(text, answer) != nil {
		return nil, unlike("the answer", "status 200 and JSON", response.Status+" "+string(text))
	}
	return answer, nil
}

func callOf(tool, arguments string) string {
	return `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"` + tool + `","arguments":` + arguments + `}}`
}

func (t *story3) plainUse(ctx context.Context) error {
	if err := t.sees(ctx, "the clerk", t.clerk, "orders___getOrder", "orders___refund"); err != nil {
		return err
	}
	return t.gets(ctx, t.clerk, callOf("orders___getOrder", `{"id":"7"}`), `"status":"sent"`)
}

// sees checks which tools are listed for somebody.
func (t *story3) sees(ctx context.Context, who, token string, want ...string) error {
	answer, err := t.post(ctx, token, toolsList)
	if err != nil {
		return err
	}
	if got := answer.tools(); !slices.Equal(got, want) {
		return unlike("what "+who+" sees", strings.Join(want, ", "), answer.body)
	}
	t.right(who + " sees " + strings.Join(want, " and "))
	return nil
}

// gets checks that a call is carried out.
func (t *story3) gets(ctx context.Context, token, call, fragment string) error {
	answer, err := t.post(ctx, token, call)
	if err != nil {
		return err
	}
	if answer.Result.IsError || !strings.Contains(answer.text(), fragment) {
		return unlike("the call's answer", fragment, answer.body)
	}
	t.answer(strings.TrimSpace(answer.text()))
	t.right("the API answered")
	return nil
}

// attach attaches the engine, which warns and does it.
func (t *story3) attach(ctx context.Context) error {
	c := t.admin.control()
	made, err := c.CreatePolicyEngine(ctx, &control.CreatePolicyEngineInput{Name: aws.String(shopEngine)})
	if err != nil {
		return err
	}
	t.engine = aws.ToString(made.PolicyEngineArn)
	err = settled(ctx, "the policy engine", func() (string, []string, error) {
		got, err := c.GetPolicyEngine(ctx, &control.GetPolicyEngineInput{PolicyEngineId: made.PolicyEngineId})
		if err != nil {
			return "", nil, err
		}
		return string(got.Status), got.StatusReasons, nil
	})
	if err != nil {
		return err
	}
	done, err := t.admin.attachEngine(ctx, t.order(false))
	if err != nil {
		return err
	}
	var lacks []string
	for _, m := range done.Missing {
		lacks = append(lacks, "lacks "+m.Action)
	}
	slices.Sort(lacks)
	t.answer(strings.Join(slices.Compact(lacks), "\n"))
	if !done.Attached || len(done.Missing) != 5 || done.Policy == "" {
		return unlike("attaching", "attached, with five permissions missing", fmt.Sprintf("attached: %t, missing: %d", done.Attached, len(done.Missing)))
	}
	t.right("attached, and said at once what the gateway's role lacks")
	return t.wait(ctx)
}

func (t *story3) order(grant bool) attachOrder {
	return attachOrder{gateway: aws.ToString(t.gateway.GatewayId), Engine: t.engine, Mode: "ENFORCE", Grant: grant}
}

func (t *story3) wait(ctx context.Context) error {
	_, err := t.readyGateway(ctx, aws.ToString(t.gateway.GatewayId))
	return err
}

func (t *story3) riddle(ctx context.Context) error {
	answer, err := t.post(ctx, t.clerk, toolsList)
	if err != nil {
		return err
	}
	t.answer(answer.body)
	switch {
	case !answer.Result.IsError || answer.text() != riddleText:
		return unlike("the answer", riddleText, answer.body)
	case answer.decision == "" || !strings.Contains(answer.body, `"hardpan/decisionId":"`+answer.decision+`"`):
		return unlike("the refusal", "a decision id to ask about, in header and _meta", "none")
	}
	t.decision = answer.decision
	t.right("AWS's words; but it carries a decision id")
	return nil
}

// roleIsTold reads the riddle's decision as whoever runs the gateway.
func (t *story3) roleIsTold(ctx context.Context) error {
	told, err := t.told(ctx)
	if err != nil {
		return err
	}
	var missing []string
	for _, m := range told.Decision.Tool.Missing {
		missing = append(missing, m.Action)
	}
	slices.Sort(missing)
	want := []string{"bedrock-agentcore:GetPolicyEngine", "bedrock-agentcore:PartiallyAuthorizeActions"}
	if got := slices.Compact(missing); !slices.Equal(got, want) {
		return unlike("what the role lacked", strings.Join(want, ", "), strings.Join(got, ", "))
	}
	if !strings.Contains(told.Tool.Policy, "bedrock-agentcore:AuthorizeAction") {
		return unlike("the document to add", "all that calls will need too", told.Tool.Policy)
	}
	t.st.printf("\n")
	t.st.block(6, t.st.faint, told.Tool.Policy)
	t.right("the gateway's role, not a policy, and the document to add")
	return nil
}

// toolAccount is what is explained of a gateway's decision.
type toolAccount struct {
	Decision struct{ Tool op.ToolUse }
	Tool     struct {
		By, Summary, Policy string
		Cedar               struct {
			Remedy struct {
				Statement, ThisInput string
				Proven               bool
			}
		}
	}
}

// told reads the decision of the step before through the same API as the command
// why, and prints its summary.
func (t *story3) told(ctx context.Context) (*toolAccount, error) {
	t.command("hardpan why " + t.decision)
	raw, err := t.admin.decision(ctx, t.decision)
	if err != nil {
		return nil, err
	}
	told := new(toolAccount)
	if err := json.Unmarshal(raw, told); err != nil {
		return nil, fmt.Errorf("reading the decision: %w", err)
	}
	t.st.paragraph(6, t.st.bold, told.Tool.Summary)
	return told, nil
}

func (t *story3) grant(ctx context.Context) error {
	done, err := t.admin.attachEngine(ctx, t.order(true))
	if err != nil {
		return err
	}
	if !done.Granted || len(done.Missing) != 0 {
		return unlike("granting", "granted, and nothing missing", fmt.Sprintf("granted: %t, missing: %d", done.Granted, len(done.Missing)))
	}
	t.right("added to " + shopRole + " as the inline policy " + done.PolicyName)
	return t.wait(ctx)
}

func (t *story3) nothingVisible(ctx context.Context) error {
	answer, err := t.post(ctx, t.clerk, toolsList)
	if err != nil {
		return err
	}
	t.answer(answer.body)
	if answer.body != noTools {
		return unlike("the list", noTools, answer.body)
	}
	t.right("denied by default, and no error")
	return nil
}

func (t *story3) writePolicies(ctx context.Context) error {
	at := `resource == AgentCore::Gateway::"` + aws.ToString(t.gateway.GatewayArn) + `")`
	for _, p := range []struct{ name, statement string }{
		{"everybody_reads", "permit(principal,\n  action == AgentCore::Action::\"orders___getOrder\",\n  " + at + ";"},
		{"supervisors_refund", "permit(principal is AgentCore::OAuthUser,\n  action == AgentCore::Action::\"orders___refund\",\n  " + at + `
when { principal.hasTag("role") && principal.getTag("role") == "supervisor"
  && context.input.amount <= 500 };`},
	} {
		t.st.block(6, t.st.faint, p.statement)
		if err := t.writePolicy(ctx, p.name, p.statement); err != nil {
			return err
		}
	}
	t.right("both are checked against the tools' schemas, and ACTIVE")
	return nil
}

func (t *story3) writePolicy(ctx context.Context, name, statement string) error {
	c, engine := t.admin.control(), t.engine[strings.LastIndexByte(t.engine, '/')+1:]
	made, err := c.CreatePolicy(ctx, &control.CreatePolicyInput{
		PolicyEngineId: &engine, Name: &name, Definition: &types.PolicyDefinitionMemberCedar{Value: types.CedarPolicy{Statement: &statement}},
	})
	if err != nil {
		return err
	}
	return settled(ctx, "the policy "+name, func() (string, []string, error) {
		got, err := c.GetPolicy(ctx, &control.GetPolicyInput{PolicyEngineId: &engine, PolicyId: made.PolicyId})
		if err != nil {
			return "", nil, err
		}
		return string(got.Status), got.StatusReasons, nil
	})
}

func (t *story3) eachSees(ctx context.Context) error {
	if err := t.sees(ctx, "the clerk", t.clerk, "orders___getOrder"); err != nil {
		return err
	}
	return t.sees(ctx, "the supervisor", t.supervisor, "orders___getOrder", "orders___refund")
}

func (t *story3) arguments(ctx context.Context) error {
	if err := t.gets(ctx, t.supervisor, callOf("orders___refund", `{"amount":500}`), `"refunded":500`); err != nil {
		return err
	}
	for _, no := range []struct{ who, token, arguments string }{
		{"the clerk's refund of 1", t.clerk, `{"amount":1}`}, {"the supervisor's of 501", t.supervisor, `{"amount":501}`},
	} {
		answer, err := t.post(ctx, no.token, callOf("orders___refund", no.arguments))
		if err != nil {
			return err
		}
		if !answer.Result.IsError || answer.text() != deniedText || answer.decision == "" {
			return unlike("the answer to "+no.who, deniedText, answer.body)
		}
		t.decision = answer.decision
		t.right("denied: " + no.who)
	}
	t.answer(deniedText)
	return nil
}

// policyIsTold shows why the last call was denied, and what would allow it.
func (t *story3) policyIsTold(ctx context.Context) error {
	told, err := t.told(ctx)
	if err != nil {
		return err
	}
	remedy := told.Tool.Cedar.Remedy
	if told.Tool.By != "policy" || !remedy.Proven || remedy.Statement == "" {
		return unlike("the explanation", "a policy, and a proven statement that would allow the call", fmt.Sprintf("%q: %s", told.Tool.By, told.Tool.Summary))
	}
	t.st.printf("\n")
	t.st.block(6, t.st.faint, cmp.Or(remedy.ThisInput, remedy.Statement))
	t.right("a statement that would allow this call, proven")
	return nil
}
