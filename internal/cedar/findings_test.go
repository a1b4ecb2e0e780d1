package cedar_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"hardpan/internal/cedar"
)

// What no call can match, and what nobody can call, is found.
func TestFindings(t *testing.T) {
	others := `permit(principal, action in [AgentCore::Action::"GetPrompt", AgentCore::Action::"ReadResource", AgentCore::Action::"Search", AgentCore::Action::"Refunds___status"], ` + at + ");"
	for _, c := range []struct {
		name       string
		statements []string
		want       []string
	}{
		{"all is well", []string{others, "permit" + on + ` when { principal.hasTag("role") && principal.getTag("role") == "sup" };`}, nil},
		{"a contradiction", []string{others, "permit" + on + "\nwhen { context.input has amount && context.input.amount > 5 && context.input.amount < 3 };"}, []string{
			"policy-never-matches p2 2:1", "tool-nobody-can-call Refunds___refund",
		}},
		{"a field that is not there", []string{others, "permit" + on + " when { context.input has nope };"}, []string{"policy-never-matches p2 1:176", "unknown-argument p2 1:201", "tool-nobody-can-call Refunds___refund"}},
		{"a slip in a policy that forbids", []string{others, "permit" + on + ";", "forbid" + on + "\nwhen { context.input.order == \"X\" || (context.input has amout && context.input.amout > 5) };"}, []string{"unknown-argument p3 2:57"}},
		{"an unknown tool", []string{others, "permit" + strings.Replace(on, "refund\"", "refnd\"", 1) + ";"}, []string{"policy-mistaken p2 1:48", "tool-nobody-can-call Refunds___refund"}},
		{"forbidden to all", []string{others, "permit" + on + ";", "forbid" + on + " when { context.input.order like \"*\" };"}, []string{"tool-nobody-can-call Refunds___refund"}},
		{"forbidden to some", []string{others, "permit" + on + ";", `forbid(principal == AgentCore::OAuthUser::"u-1", action, ` + at + ");"}, nil},
		{"forbidden at some inputs", []string{others, "permit" + on + ";", "forbid" + on + " when { context.input.order like \"A*\" };"}, nil},
		{"only LOG_ONLY", []string{others, "#permit" + on + ";"}, []string{"tool-nobody-can-call Refunds___refund"}},
		{"forbidden with permits together", []string{others, "permit" + on + " when { context.input.order == \"A\" };", "forbid" + on + " unless { context.input.order == \"B\" };"}, []string{"tool-nobody-can-call Refunds___refund"}},
		{"at some times", []string{others, "permit" + on + ` when { context.system.now < datetime("2020-01-01") };`}, nil},
		{"nothing at all", nil, []string{
			"tool-nobody-can-call Refunds___refund", "tool-nobody-can-call Refunds___status", "tool-nobody-can-call Search___find",
			"prompt-nobody-can-get prompt:Refunds___apology", "resource-nobody-can-read resource:Refunds",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, f := range policies(t, c.statements...).Findings() {
				if f.Message == "" {
					t.Errorf("%+v has no message", f)
				}
				if f.Policy != "" {
					got = append(got, fmt.Sprintf("%s %s %d:%d", f.Rule, f.Policy, f.Line, f.Column))
				} else {
					got = append(got, f.Rule+" "+f.Action.ID())
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

// IAM callers have no tags: a policy that wants one is about nobody there.
func TestFindingsByPrincipal(t *testing.T) {
	g := shop()
	g.Principals = []cedar.PrincipalKind{cedar.KindIAMEntity}
	schema, err := cedar.NewSchema(g)
	if err != nil {
		t.Fatal(err)
	}
	found := schema.Validate("permit" + on + ` when { principal.hasTag("role") };`)
	if len(found) != 1 || found[0].Severity != cedar.Warning {
		t.Errorf("got %v", found)
	}
	if found := schema.Validate("permit" + on + ` when { principal.id like "arn:aws:sts::123456789012:assumed-role/Clerk/*" };`); len(found) > 0 {
		t.Errorf("got %v", found)
	}
}
