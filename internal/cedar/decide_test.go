package cedar_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hardpan/internal/cedar"
)

// Default deny, forbid over permit, a failing policy denies, and AgentCore's words.
func TestDecide(t *testing.T) {
	permit, forbid := "permit"+on+";", "forbid"+on+";"
	failing := on + " when { context.input.amount > 5 };"
	for _, c := range []struct {
		name        string
		statements  []string
		allowed     bool
		determining []string
		mismatched  int
		reason      string // in 2025
	}{
		{"no policy", nil, false, nil, 0, "Policy evaluation denied due to no determining policies"},
		{"another tool's", []string{"permit(principal, action == AgentCore::Action::\"Search___find\", " + at + ");"}, false, nil, 0, "Policy evaluation denied due to no determining policies"},
		{"permits", []string{permit, permit}, true, []string{"p1", "p2"}, 0, ""},
		{"forbid wins", []string{permit, forbid}, false, []string{"p2"}, 0, "Policy evaluation denied due to p2"},
		{"a permit fails", []string{permit, "permit" + failing}, false, []string{"p2"}, 1, "Policy evaluation denied due to p2"},
		{"a forbid fails", []string{permit, "forbid" + failing}, false, []string{"p2"}, 1, "Policy evaluation denied due to p2"},
		{"forbidden, and another fails", []string{permit, forbid, "permit" + failing}, false, []string{"p2"}, 1, "Policy evaluation denied due to p2"},
		{"the target", []string{`permit(principal, action in AgentCore::Action::"Refunds", ` + at + ");"}, true, []string{"p1"}, 0, ""},
		{"all tools", []string{`permit(principal, action in AgentCore::Action::"CallTool", ` + at + ");"}, true, []string{"p1"}, 0, ""},
		{"everything", []string{"permit(principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway);"}, true, []string{"p1"}, 0, ""},
		{"two groups are one policy", []string{`permit(principal, action in [AgentCore::Action::"Refunds", AgentCore::Action::"Mcp"], ` + at + ");"}, true, []string{"p1"}, 0, ""},
		{"prompts only", []string{`permit(principal, action in AgentCore::Action::"GetPrompt", ` + at + ");"}, false, nil, 0, "Policy evaluation denied due to no determining policies"},
	} {
		t.Run(c.name, func(t *testing.T) {
			set := policies(t, c.statements...)
			d := set.Decide(ask(t, set, clerk, refund, `{"order":"A"}`))
			if d.Allowed != c.allowed || !slices.Equal(d.Determining, c.determining) || len(d.Mismatched) != c.mismatched {
				t.Errorf("got %+v", d)
			}
			if got := d.Reason(cedar.Wire2025); got != c.reason {
				t.Errorf("got %q, want %q", got, c.reason)
			}
		})
	}
	if got, want := (cedar.Decision{}).Reason(cedar.Wire2026), "No policy applies to the request (denied by default)."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A LOG_ONLY policy decides nothing, and says what it would.
func TestLogOnly(t *testing.T) {
	for _, c := range []struct {
		name       string
		statements []string
		allowed    bool
		want       string
	}{
		{"a permit of what is denied", []string{"#permit" + on + ";"}, false, "[{p1 permit true }]"},
		{"a permit of what is allowed", []string{"permit" + on + ";", "#permit" + on + ";"}, true, "[{p2 permit false }]"},
		{"a permit of what is forbidden", []string{"forbid" + on + ";", "#permit" + on + ";"}, false, "[{p2 permit false }]"},
		{"a forbid of what is allowed", []string{"permit" + on + ";", "#forbid" + on + ";"}, true, "[{p2 forbid true }]"},
		{"a forbid of what is denied", []string{"#forbid" + on + ";"}, false, "[{p1 forbid false }]"},
		{"one that does not match", []string{"permit" + on + ";", "#forbid" + on + ` when { context.input.order == "B" };`}, true, "[]"},
		{"one that would deny everything", []string{"permit" + on + ";", "#permit" + on + ` when { context.input.nope == 1 };`}, true, "[{p2 permit true record does not have the attribute `nope`}]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			set := policies(t, c.statements...)
			d := set.Decide(ask(t, set, clerk, refund, `{"order":"A"}`))
			if got := fmt.Sprint(d.LogOnly); d.Allowed != c.allowed || got != c.want {
				t.Errorf("allowed %v, %s; want %s", d.Allowed, got, c.want)
			}
			if got := set.View(clerk, gatewayARN, now).CouldAllow(refund).Allowed; got != c.allowed {
				t.Errorf("listed: %v", got)
			}
		})
	}
}

// Prompts and resources are decided by actions of their own.
func TestPromptsAndResources(t *testing.T) {
	set := policies(t,
		`permit(principal, action in AgentCore::Action::"prompt:Refunds", `+at+`) when { context.input.customer like "c-*" };`,
		`permit(principal, action == AgentCore::Action::"resource:Refunds", `+at+`) when { context.input.uri like "file:///public/*" };`,
	)
	apology, read := cedar.PromptAction("Refunds", "apology"), cedar.ResourceAction("Refunds")
	for _, c := range []struct {
		action    cedar.Action
		arguments string
		want      bool
	}{
		{apology, `{"customer":"c-1","tone":"sad"}`, true},
		{apology, `{"customer":"x"}`, false},
		{read, `{"uri":"file:///public/a"}`, true},
		{read, `{"uri":"file:///etc/passwd"}`, false},
		{refund, `{"order":"A"}`, false},
	} {
		if got := set.Decide(ask(t, set, clerk, c.action, c.arguments)).Allowed; got != c.want {
			t.Errorf("%s %s: got %v", c.action, c.arguments, got)
		}
	}
	if got := fmt.Sprint(set.View(clerk, gatewayARN, now).Allowed()); got != fmt.Sprint([]cedar.Action{apology, read}) {
		t.Errorf("got %s", got)
	}
}

// However policies came and went, a set decides as one that is made of them at once; the
// sets before it stay as they were; and the index finds what a look at all would.
func TestSetsChangeByDelta(t *testing.T) {
	schema := shopSchema(t)
	scopes := []string{
		on, "(principal, action, resource is AgentCore::Gateway)", `(principal == AgentCore::OAuthUser::"u-1", action in AgentCore::Action::"Refunds", ` + at + ")",
		`(principal is AgentCore::OAuthUser, action in [AgentCore::Action::"Refunds___status", AgentCore::Action::"Search"], ` + at + ")", "(principal, action, resource)",
	}
	conditions := []string{
		"", ` when { principal.hasTag("role") && principal.getTag("role") == "sup" }`, ` when { principal.id == "u-2" }`,
		` when { principal is AgentCore::OAuthUser } when { principal.hasTag("role") && principal.getTag("role") == "clerk" && context.input has order }`,
		` when { principal.getTag("team") == "x" }`, ` unless { principal.hasTag("role") && principal.getTag("role") == "sup" }`,
	}
	ids := []string{"a", "b", "c", "d", "e"}
	rapid.Check(t, func(t *rapid.T) {
		set, err := cedar.NewSet(schema)
		if err != nil {
			t.Fatal(err)
		}
		var before *cedar.Set
		var was string
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			before, was = set, verdicts(t, set)
			var with []cedar.Policy
			for range rapid.IntRange(0, 3).Draw(t, "with") {
				with = append(with, cedar.Policy{
					ID: rapid.SampledFrom(ids).Draw(t, "id"), Mode: rapid.SampledFrom([]cedar.Mode{cedar.Active, cedar.Active, cedar.LogOnly}).Draw(t, "mode"),
					Statement: rapid.SampledFrom([]string{"permit", "permit", "forbid"}).Draw(t, "effect") +
						rapid.SampledFrom(scopes).Draw(t, "scope") + rapid.SampledFrom(conditions).Draw(t, "condition") + ";",
				})
			}
			if set, err = set.Change(with, rapid.SliceOfN(rapid.SampledFrom(ids), 0, 2).Draw(t, "without")); err != nil {
				t.Fatal(err)
			}
		}
		if got := verdicts(t, before); got != was {
			t.Fatalf("a change was seen in the set before it:\n%s\nwas\n%s", got, was)
		}
		fresh, err := cedar.NewSet(schema, set.Policies()...)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := verdicts(t, set), verdicts(t, fresh); got != want {
			t.Fatalf("got\n%s\nwant\n%s", got, want)
		}
		if got, want := verdicts(t, set), allVerdicts(t, set); got != want {
			t.Fatalf("with the index\n%s\nwithout\n%s", got, want)
		}
	})
}

func eachCall(t *rapid.T, schema *cedar.Schema, do func(cedar.Request)) {
	for _, who := range []cedar.Principal{supervisor, clerk} {
		for _, action := range []cedar.Action{status, find} {
			arguments := `{"order":"A"}`
			if action == find {
				arguments = `{"q":"A"}`
			}
			input, err := schema.Input(gatewayARN, action, []byte(arguments))
			if err != nil {
				t.Fatal(err)
			}
			do(cedar.Request{Principal: who, Gateway: gatewayARN, Action: action, Input: input, Now: now})
		}
	}
}

func verdicts(t *rapid.T, set *cedar.Set) (text string) {
	eachCall(t, set.Schema(), func(r cedar.Request) { text += fmt.Sprintf("%+v\n", set.Decide(r)) })
	return text
}

// allVerdicts decides by each policy alone, in a set where the index has nothing to leave
// out, and puts the outcomes together.
func allVerdicts(t *rapid.T, set *cedar.Set) (text string) {
	eachCall(t, set.Schema(), func(r cedar.Request) { text += fmt.Sprintf("%+v\n", naive(t, set, r)) })
	return text
}
