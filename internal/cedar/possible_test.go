package cedar_test

import (
	"slices"
	"testing"

	"hardpan/internal/cedar"
)

const at = `resource == AgentCore::Gateway::"` + gatewayARN + `"`

// on is a scope about the tool refund.
const on = `(principal, action == AgentCore::Action::"Refunds___refund", ` + at + `)`

// What is listed is what some input could be allowed.
func TestCouldAllow(t *testing.T) {
	for _, c := range []struct {
		name       string
		statements []string
		caller     cedar.Principal
		want       cedar.Possibility
	}{
		{"no policy", nil, clerk, cedar.Possibility{Exact: true}},
		{"any input", []string{"permit" + on + ";"}, clerk, cedar.Possibility{Allowed: true, Exact: true}},
		{"the tag right of the input", []string{"permit" + on + ` when { context.input has amount && context.input.amount <= 500 && principal.getTag("role") == "sup" };`}, clerk, cedar.Possibility{Exact: true}},
		{"the same, for one who has it", []string{"permit" + on + ` when { context.input has amount && context.input.amount <= 500 && principal.getTag("role") == "sup" };`}, supervisor, cedar.Possibility{Allowed: true, Exact: true}},
		{"nothing is more than 5 and less than 3", []string{"permit" + on + ` when { context.input has amount && context.input.amount > 5 && context.input.amount < 3 };`}, clerk, cedar.Possibility{Exact: true}},
		{"nothing is between 5 and 6", []string{"permit" + on + ` when { context.input has amount && context.input.amount > 5 && context.input.amount < 6 };`}, clerk, cedar.Possibility{Exact: true}},
		{"a forbid of all that is permitted", []string{"permit" + on + ` when { context.input.order like "A*" };`, "forbid" + on + ` when { context.input.order like "*" };`}, clerk, cedar.Possibility{Exact: true}},
		{"a forbid of some", []string{"permit" + on + ` when { context.input.order like "A*" };`, "forbid" + on + ` when { context.input.order like "*B" };`}, clerk, cedar.Possibility{Allowed: true, Exact: true}},
		{"a field that the tool does not have", []string{"permit" + on + ` when { context.input has nope };`}, clerk, cedar.Possibility{Exact: true}},
		{"a field that fails", []string{"permit" + on + ";", "forbid" + on + ` when { context.input.nope == 1 };`}, clerk, cedar.Possibility{Exact: true}},
		{"sets", []string{"permit" + on + ` when { context.input has tags && context.input.tags.containsAll(["a","b"]) };`, "forbid" + on + ` when { context.input has tags && context.input.tags.contains("a") };`}, clerk, cedar.Possibility{Exact: true}},
		{"two properties compared", []string{"permit" + on + ` when { context.input has address && context.input.order == context.input.address.country };`}, clerk, cedar.Possibility{Allowed: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := policies(t, c.statements...).View(c.caller, gatewayARN, now).CouldAllow(refund)
			if got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

// A condition on the action is asked for each action of a view anew.
func TestConditionOnTheAction(t *testing.T) {
	set := policies(t, `permit(principal, action, resource is AgentCore::Gateway) when { action in AgentCore::Action::"Refunds" && principal.hasTag("role") };`,
		`permit(principal, action in [AgentCore::Action::"Search"], `+at+`) when { if action == AgentCore::Action::"Search___find" then context.input.q like "a*" else false };`)
	view := set.View(clerk, gatewayARN, now)
	for range 2 {
		if got := view.Allowed(); !slices.Equal(got, []cedar.Action{refund, status, find}) {
			t.Errorf("got %v", got)
		}
	}
}
