package cedar_test

import (
	"strings"
	"testing"

	"hardpan/internal/cedar"
)

// What is wrong in a statement is said with its place, and with what was meant.
func TestValidate(t *testing.T) {
	for _, c := range []struct {
		name, statement string
		want            []string // severity and text of each finding
	}{
		{"nothing", "permit" + on + ` when { context.input has amount && context.input.amount <= 500 && principal.hasTag("role") && principal.getTag("role") == "sup" };`, nil},
		{"too short", "permit(principal,action,resource);", []string{"unusable line 1, column 1: the statement has 34 characters: it must have 35 to 10000"}},
		{"too long", "permit" + on + " when { true };" + strings.Repeat(" ", 10_000), []string{"unusable line 1, column 1: the statement has 10189 characters: it must have 35 to 10000"}},
		{"two statements", "permit" + on + ";\n  forbid" + on + ";", []string{"unusable line 2, column 3: a second statement begins here: a policy is exactly one, so make a policy of each"}},
		{"no semicolon", "permit" + on + "\nwhen { true }", []string{`unusable line 2, column 14: the statement ends, expected ";"`}},
		{"syntax", "permit" + on + "\nwhen { context.input.amount <=> 5 };", []string{`unusable line 2, column 31: invalid primary`}},
		{"comma", "permit(principal action, resource) when { true };", []string{`unusable line 1, column 18: unexpected token "action", expected ","`}},
		{"open string", "permit" + on + "\nwhen { context.input.order == \"A };", []string{"unusable line 2, column 31: literal not terminated"}},
		{"temporal", "permit" + on + " when temporal { true };", []string{"unusable line 1, column 181: a temporal condition is Dogwood, AWS's extension of Cedar, and not supported by Hardpan: each call is decided by itself; write a condition in { }"}},
		{"guardrails", "permit" + on + " when guardrails { true };", []string{"unusable line 1, column 181: a guardrails condition is Dogwood, AWS's extension of Cedar, and not supported by Hardpan: no text is checked by a guardrail; write a condition in { }"}},
		{"suppressOutput", "suppressOutput" + on + ";", []string{"unusable line 1, column 1: the effect suppressOutput is Dogwood, AWS's extension of Cedar, and not supported by Hardpan: a policy permits or forbids, and outputs are not looked at"}},
		{"wildcard resource", "permit(principal, action, resource) when { true };", []string{`mistake line 1, column 27: a wildcard resource was detected: name the gateway, resource == AgentCore::Gateway::"…", or all of them, resource is AgentCore::Gateway`}},
		{"actions without the gateway", `permit(principal, action == AgentCore::Action::"Refunds___refund", resource is AgentCore::Gateway);`, []string{`mistake line 1, column 68: a policy that names actions has to name its gateway: write resource == AgentCore::Gateway::"…"`}},
		{"any action at any gateway", `permit(principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway);`, nil},
		{"another gateway", strings.Replace("permit"+on+";", "shop-abcdefghij", "shop-abcdefghik", 1), []string{`mistake line 1, column 100: the gateway "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/shop-abcdefghik" does not use this policy engine: did you mean "` + gatewayARN + `"?`}},
		{"an unknown action", `permit(principal, action == AgentCore::Action::"Refunds__refund", ` + at + `);`, []string{"mistake line 1, column 48: unrecognized action `AgentCore::Action::\"Refunds__refund\"`: did you mean \"Refunds___refund\"?"}},
		{"an unknown principal", `permit(principal is OAuthUser, action == AgentCore::Action::"Refunds___refund", ` + at + `);`, []string{"mistake line 1, column 21: unrecognized entity type `OAuthUser`: did you mean \"AgentCore::OAuthUser\"?"}},
		{"a principal whom nobody lets in", `permit(principal is AgentCore::IamEntity, action == AgentCore::Action::"Refunds___refund", ` + at + `);`, []string{"mistake line 1, column 21: unrecognized entity type `AgentCore::IamEntity`: the gateway's authorizer lets no such principal in"}},
		{"an unknown field", "permit" + on + "\nwhen {\n  context.input.order == \"amout\" &&\n  context.input.amout < 5 };", []string{"mistake line 4, column 17: attribute `amout` in context for AgentCore::Action::\"Refunds___refund\" not found: did you mean \"amount\"?"}},
		{"no guard", "permit" + on + "\nwhen { context.input.order == \"a\" && context.input.amount < 5 };", []string{"mistake line 2, column 52: unable to guarantee safety of access to optional attribute `input.amount` in context for AgentCore::Action::\"Refunds___refund\": write context.input has amount && before it"}},
		{"no guard of a tag", "permit" + on + "\nunless { principal.getTag(\"role\") == \"clerk\" };", []string{"mistake line 2, column 20: unable to guarantee safety of access to tag `\"role\"` on entity type `AgentCore::OAuthUser`: write principal.hasTag(…) && before it"}},
		{"a type", "permit" + on + "\nwhen { context.input has amount && context.input.amount < \"5\" };", []string{"mistake line 2, column 36: unexpected type: expected datetime, or duration, or Long but saw String"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, f := range shopSchema(t).Validate(c.statement) {
				got = append(got, string(f.Severity)+" "+f.String())
			}
			if strings.Join(got, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

// What validation passes over is passed over, and nothing that is no policy at all.
func TestRejected(t *testing.T) {
	schema := shopSchema(t)
	mistaken := schema.Validate("permit" + on + " when { context.input.nope == 1 };")
	if reason, rejected := cedar.Rejected(mistaken, cedar.FailOnAnyFindings); !rejected || !strings.HasPrefix(reason, "line 1, column ") {
		t.Errorf("a mistake is let through, or without its place: %q", reason)
	}
	if reason, rejected := cedar.Rejected(mistaken, cedar.IgnoreAllFindings); rejected {
		t.Errorf("a mistake is not passed over: %s", reason)
	}
	if _, rejected := cedar.Rejected(schema.Validate("permit"+on+" when guardrails { true };"), cedar.IgnoreAllFindings); !rejected {
		t.Error("Dogwood is let through")
	}
}
