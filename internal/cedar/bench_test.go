package cedar_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"hardpan/internal/cedar"
)

// crowd makes a gateway of n tools and a set of m policies: a third for one tool each,
// a third for one tool and with conditions on its input, a third for one team each at
// all tools. What is more than there are tools is for teams.
func crowd(b *testing.B, n, m int) *cedar.Set {
	b.Helper()
	target := cedar.Target{Name: "Shop"}
	for i := range n {
		target.Tools = append(target.Tools, cedar.Tool{
			Name:        fmt.Sprintf("tool%d", i),
			InputSchema: json.RawMessage(`{"type":"object","required":["order"],"properties":{"order":{"type":"string"},"amount":{"type":"integer"}}}`),
		})
	}
	schema, err := cedar.NewSchema(cedar.Gateway{ARN: gatewayARN, Targets: []cedar.Target{target}})
	if err != nil {
		b.Fatal(err)
	}
	var list []cedar.Policy
	for i := range m {
		statement := fmt.Sprintf(`permit(principal, action == AgentCore::Action::"Shop___tool%d", %s)`, i%n, at)
		kind := i % 3
		if i >= n {
			kind = 2
		}
		switch kind {
		case 1:
			statement += ` when { context.input has amount && context.input.amount < 500 && context.input.order like "A-*" }`
		case 2:
			statement = fmt.Sprintf(`permit(principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway) when { principal.hasTag("team") && principal.getTag("team") == "t%d" }`, i)
		}
		list = append(list, cedar.Policy{ID: fmt.Sprintf("p%d", i), Statement: statement + ";"})
	}
	set, err := cedar.NewSet(schema, list...)
	if err != nil {
		b.Fatal(err)
	}
	return set
}

var member = cedar.OAuthUser("u-1", map[string]any{"team": "t5", "email": "foo@example.com"})

func benchmarkDecide(b *testing.B, policies int) {
	set := crowd(b, 1000, policies)
	r := ask(b, set, member, cedar.ToolAction("Shop", "tool1"), `{"order":"A-1","amount":5}`)
	b.ReportAllocs()
	for b.Loop() {
		if !set.Decide(r).Allowed {
			b.Fatal("denied")
		}
	}
}

func BenchmarkDecide10(b *testing.B)    { benchmarkDecide(b, 10) }
func BenchmarkDecide1000(b *testing.B)  { benchmarkDecide(b, 1_000) }
func BenchmarkDecide10000(b *testing.B) { benchmarkDecide(b, 10_000) }

func BenchmarkList1000Tools1000Policies(b *testing.B) {
	set := crowd(b, 1000, 1000)
	b.ReportAllocs()
	for b.Loop() {
		if got := len(set.View(member, gatewayARN, now).Allowed()); got != 1000 {
			b.Fatalf("%d tools are listed", got)
		}
	}
}

func BenchmarkListOfAnother(b *testing.B) {
	set := crowd(b, 1000, 1000)
	b.ReportAllocs()
	for b.Loop() {
		if got := len(set.View(clerk, gatewayARN, now).Allowed()); got != 667 {
			b.Fatalf("%d tools are listed", got)
		}
	}
}

func BenchmarkWith10000(b *testing.B) {
	set := crowd(b, 1000, 10_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := set.With(cedar.Policy{ID: "new", Statement: "permit" + on + ";"}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkInput(b *testing.B) {
	set := crowd(b, 10, 1)
	b.ReportAllocs()
	for b.Loop() {
		ask(b, set, member, cedar.ToolAction("Shop", "tool1"), `{"order":"A-1","amount":5}`)
	}
}

func BenchmarkExplain1000(b *testing.B) {
	set := crowd(b, 1000, 1000)
	r := ask(b, set, member, cedar.ToolAction("Shop", "tool2"), `{"order":"B-1","amount":5}`)
	r.Principal = clerk
	b.ReportAllocs()
	for b.Loop() {
		if set.Explain(r).Decision.Allowed {
			b.Fatal("allowed")
		}
	}
}

func BenchmarkFindings1000(b *testing.B) {
	set := crowd(b, 1000, 1000)
	b.ReportAllocs()
	for b.Loop() {
		if found := set.Findings(); len(found) > 0 {
			b.Fatal(found[0])
		}
	}
}

func BenchmarkNewSchema1000(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		crowd(b, 1000, 0)
	}
}
