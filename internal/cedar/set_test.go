package cedar_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hardpan/internal/cedar"
)

// When a gateway's tools change, the same policies are about the new ones.
func TestWithSchema(t *testing.T) {
	set := policies(t, "permit"+on+` when { context.input has amount };`)
	changed := shop()
	changed.Targets[0].Tools[0].InputSchema = json.RawMessage(`{"type":"object","properties":{"order":{"type":"string"}}}`)
	schema, err := set.Schema().With(changed)
	if err != nil {
		t.Fatal(err)
	}
	if !set.View(clerk, gatewayARN, now).CouldAllow(refund).Allowed {
		t.Error("the tool is not listed")
	}
	if set.WithSchema(schema).View(clerk, gatewayARN, now).CouldAllow(refund).Allowed {
		t.Error("the tool is listed though it lost the argument that the policy wants")
	}
	if gone := set.WithSchema(set.Schema().Without(gatewayARN)); gone.View(clerk, gatewayARN, now).Allowed() != nil || gone.Decide(cedar.Request{Principal: clerk, Gateway: gatewayARN, Action: refund}).Allowed {
		t.Error("something is possible at a gateway that is gone")
	}
	if got := len(schema.Actions(gatewayARN)); got != 5 {
		t.Errorf("%d actions", got)
	}
}

// A set is not made of what cannot be a policy.
func TestSetRefusals(t *testing.T) {
	schema := shopSchema(t)
	for _, c := range []struct {
		list []cedar.Policy
		want string
	}{
		{[]cedar.Policy{{ID: "a", Statement: "permit" + on + ";"}, {ID: "a", Statement: "forbid" + on + ";"}}, "two policies with the id a"},
		{[]cedar.Policy{{ID: "a", Statement: "permit" + on}}, "policy a: line 1, column "},
		{[]cedar.Policy{{ID: "a", Statement: "permit" + on + ";permit" + on + ";"}}, "exactly one statement"},
		{[]cedar.Policy{{ID: "a", Statement: "permit" + on + ";", Mode: "OFF"}}, `the mode "OFF"`},
	} {
		if _, err := cedar.NewSet(schema, c.list...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	set := policies(t, "permit"+on+";", "forbid"+on+";")
	if got := set.Without("p2"); got.Len() != 1 || set.Len() != 2 || !got.Decide(ask(t, got, clerk, refund, `{"order":"A"}`)).Allowed {
		t.Errorf("a policy was not taken away, or from the set before as well")
	}
}

// An explanation is read back as it was written.
func TestExplanationAsJSON(t *testing.T) {
	set := policies(t, "permit"+on+` when { context.input.order == "X" };`, "#forbid"+on+";")
	want := set.Explain(ask(t, set, clerk, refund, `{"order":"A"}`))
	want.Remedy.Opens = []cedar.Action{find}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got cedar.Explanation
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if difference := cmp.Diff(want, got, cmp.Comparer(func(a, b cedar.Action) bool { return a == b })); difference != "" {
		t.Error(difference)
	}
	if !strings.Contains(string(text), `"opens":["Search___find"]`) {
		t.Errorf("got %s", text)
	}
}
