package cedar_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hardpan/internal/cedar"
)

// The part of a policy that kept it from matching is named, with its place and with
// what was compared.
func TestExplainNamesTheFailure(t *testing.T) {
	input := `{"order":"B-7","amount":900,"rate":0.25,"tags":["a"],"address":{"country":"DE"}}`
	for _, c := range []struct {
		statement, want string // part line:column attribute | wanted | actual
	}{
		{`permit(principal == AgentCore::OAuthUser::"u-9", action == AgentCore::Action::"Refunds___refund", ` + at + `);`, `principal 1:8 principal | == AgentCore::OAuthUser::"u-9" | AgentCore::OAuthUser::"u-2"`},
		{"permit(principal,\n  action == AgentCore::Action::\"Search___find\",\n  " + at + ");", `action 2:3 action | == AgentCore::Action::"Search___find" | AgentCore::Action::"Refunds___refund"`},
		{strings.Replace("permit"+on+";", "shop-abcdefghij", "other-abcdefghij", 1), `resource 1:68 resource | == AgentCore::Gateway::"arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/other-abcdefghij" | AgentCore::Gateway::"` + gatewayARN + `"`},
		{"permit" + on + "\nwhen {\n  context.input.order like \"*7\" &&\n  context.input.amount <= 500 };", "condition 4:3 context.input.amount | <= 500 | 900"},
		{"permit" + on + "\nwhen { 500 >= context.input.amount };", "condition 2:8 context.input.amount | <= 500 | 900"},
		{"permit" + on + "\nwhen { context.input.order like \"A-*\" };", `condition 2:8 context.input.order | like "A-*" | "B-7"`},
		{"permit" + on + "\nwhen { (true && context.input.rate.lessThan(decimal(\"0.2\"))) };", `condition 2:17 context.input.rate | lessThan decimal("0.2") | decimal("0.25")`},
		{"permit" + on + "\nwhen { context.input.tags.contains(\"b\") };", `condition 2:8 context.input.tags | contains "b" | ["a"]`},
		{"permit" + on + "\nwhen { context.input has express };", `condition 2:8 context.input.express | any value | `},
		{"permit" + on + "\nwhen { principal.hasTag(\"team\") };", `condition 2:8 principal.getTag("team") | any value | `},
		{"permit" + on + "\nwhen { principal.getTag(\"role\") == \"sup\" };", `condition 2:8 principal.getTag("role") | == "sup" | "clerk"`},
		{"permit" + on + "\nwhen { context.input.order == principal.getTag(\"role\") };", `condition 2:8 context.input.order | == principal.getTag("role"), which is "clerk" | "B-7"`},
		{"permit" + on + "\nunless { context.input.amount > 500 };", `condition 2:1 context.input.amount | > 500 | 900`},
		{"permit" + on + "\nwhen { !(context.input.amount > 500) };", `condition 2:8 context.input.amount | > 500 | 900`},
	} {
		set := policies(t, c.statement)
		e := set.Explain(ask(t, set, clerk, refund, input))
		if e.Decision.Allowed || len(e.Policies) != 1 || e.Policies[0].Failure == nil {
			t.Errorf("%s: got %+v", c.statement, e)
			continue
		}
		f := e.Policies[0].Failure
		if got := fmt.Sprintf("%s %d:%d %s | %s | %s", f.Part, f.Line, f.Column, f.Attribute, f.Wanted, f.Actual); got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.statement, got, c.want)
		}
		if f.Message == "" || f.Text == "" {
			t.Errorf("%s: no message or no text: %+v", c.statement, f)
		}
	}
}

// A policy that matched is found by where its effect stands.
func TestExplainPlacesWhatMatched(t *testing.T) {
	set := policies(t, "// nobody pays\n@note(\"forbid(all)\")\n  forbid"+on+";")
	e := set.Explain(ask(t, set, clerk, refund, `{"order":"B"}`))
	if p := e.Policies[0]; !p.Matched || p.Line != 3 || p.Column != 3 {
		t.Errorf("got %+v", p)
	}
}

// A condition that cannot be evaluated is shown with why.
func TestExplainNamesTheError(t *testing.T) {
	set := policies(t, "permit"+on+";", "forbid"+on+"\nwhen { context.input.order == \"A\" || context.input.amount > 5 };")
	e := set.Explain(ask(t, set, clerk, refund, `{"order":"B"}`))
	if e.Decision.Allowed || !slices.Equal(e.Decision.Determining, []string{"p2"}) || !slices.Equal(e.Remedy.Blocked, []string{"p2"}) {
		t.Fatalf("got %+v", e)
	}
	f := e.Policies[1].Failure
	if f == nil || f.Line != 2 || !strings.Contains(f.Error, "amount") {
		t.Errorf("got %+v", f)
	}
	if e.Remedy.Statement != "" {
		t.Errorf("a statement is offered that cannot help: %s", e.Remedy.Statement)
	}
}

// The statement that is offered allows the call, and that call only.
func TestRemedyAllowsExactlyTheCall(t *testing.T) {
	set := policies(t, "permit"+on+` when { context.input has amount && context.input.amount < 5 };`)
	asked := `{"order":"B \"7\"","amount":900,"rate":0.25,"tags":["b","a"],"address":{"country":"DE"}}`
	r := ask(t, set, clerk, refund, asked)
	remedy := set.Explain(r).Remedy
	if !remedy.Proven || len(remedy.Opens) > 0 || len(remedy.Blocked) > 0 {
		t.Fatalf("got %+v", remedy)
	}
	for _, c := range []struct {
		statement string
		who       cedar.Principal
		action    cedar.Action
		arguments string
		want      bool
	}{
		{remedy.Statement, clerk, refund, asked, true},
		{remedy.Statement, clerk, refund, `{"order":"C"}`, true},
		{remedy.Statement, supervisor, refund, asked, false},
		{remedy.Statement, clerk, status, `{}`, false},
		{remedy.ThisInput, clerk, refund, asked, true},
		{remedy.ThisInput, clerk, refund, strings.Replace(asked, "900", "901", 1), false},
		{remedy.ThisInput, clerk, refund, strings.Replace(asked, `,"rate":0.25`, "", 1), false},
		{remedy.ThisInput, clerk, refund, strings.Replace(asked, `"amount"`, `"express":true,"amount"`, 1), false},
		{remedy.ThisInput, clerk, refund, strings.Replace(asked, `["b","a"]`, "[]", 1), false},
		{remedy.ThisInput, clerk, refund, strings.Replace(asked, `"DE"`, `"DE","lines":1`, 1), false},
	} {
		with, err := set.With(cedar.Policy{ID: "new", Statement: c.statement})
		if err != nil {
			t.Fatal(err)
		}
		if got := with.Decide(ask(t, with, c.who, c.action, c.arguments)).Allowed; got != c.want {
			t.Errorf("%s\n%s %s %s: got %v", c.statement, c.who, c.action, c.arguments, got)
		}
	}
}

// The summary says who decided, or what the nearest policy lacks.
func TestSummary(t *testing.T) {
	narrow := "permit" + on + "\nwhen { context.input.order like \"A-*\" };"
	other := "permit(principal, action == AgentCore::Action::\"Search___find\", " + at + ");"
	for _, c := range []struct {
		statements []string
		want       string
	}{
		{nil, "is denied because no policy permits it: there is no policy at all"},
		{[]string{other}, "is denied because no policy permits it, and none is about this call"},
		{[]string{other, narrow}, `is denied because no policy permits it; the nearest is p2, line 2, column 8: context.input.order is "B", and the policy wants like "A-*"`},
		{[]string{other, "#permit" + on + ";"}, "is denied because no policy permits it; p2 would, but is LOG_ONLY"},
		{[]string{"permit" + on + ";"}, "is permitted by p1"},
		{[]string{"permit" + on + ";", "forbid" + on + ";"}, "is forbidden by p2"},
		{[]string{"permit" + on + ";", "forbid" + on + " when { context.input.nope == 1 };"}, "is denied because p2 could not be evaluated: record does not have the attribute `nope`"},
	} {
		set := policies(t, c.statements...)
		got := set.Explain(ask(t, set, clerk, refund, `{"order":"B"}`)).Summary
		if want := `Refunds___refund for AgentCore::OAuthUser::"u-2" ` + c.want; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// No permit helps against a forbid, and a call that a LOG_ONLY policy would permit says so.
func TestRemedyWhereNoneHelps(t *testing.T) {
	set := policies(t, "permit"+on+";", "forbid"+on+` when { context.input.order == "X" };`)
	remedy := set.Explain(ask(t, set, clerk, refund, `{"order":"X"}`)).Remedy
	if remedy.Statement != "" || !slices.Equal(remedy.Blocked, []string{"p2"}) {
		t.Errorf("got %+v", remedy)
	}
	set = policies(t, "#permit"+on+";")
	e := set.Explain(ask(t, set, clerk, refund, `{"order":"X"}`))
	if !e.Policies[0].Matched || e.Policies[0].Mode != cedar.LogOnly || !e.Remedy.Proven {
		t.Errorf("got %+v", e)
	}
}

// A question about what is not there is answered as such.
func TestExplainAnUnknownAction(t *testing.T) {
	set := policies(t, "permit"+on+";")
	e := set.Explain(cedar.Request{Principal: clerk, Gateway: gatewayARN, Action: cedar.NamedToolAction("Refunds___refnd")})
	if want := `did you mean "Refunds___refund"?`; !strings.HasSuffix(e.Problem, want) || e.Decision.Allowed {
		t.Errorf("got %+v", e)
	}
	e = set.Explain(cedar.Request{Principal: clerk, Gateway: "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/none", Action: refund})
	if e.Problem == "" {
		t.Errorf("got %+v", e)
	}
}
