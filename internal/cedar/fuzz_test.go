package cedar_test

import (
	"strings"
	"testing"

	"hardpan/internal/cedar"
)

// Whatever a statement is, it is refused with a place in it, or it is a policy that can
// be evaluated, explained and looked through.
func FuzzStatement(f *testing.F) {
	for _, statement := range []string{
		"permit" + on + ";",
		"permit" + on + ` when { context.input has address.country && context.input.address.country like "D*" } unless { principal.getTag("role") == "x" };`,
		"@id(\"a\") forbid" + on + " // no\n when { (if context.input.amount > 5 then [1].contains(2) else !true) || {\"a\": 1}.a == -1 };",
		"permit(principal, action in [], resource is AgentCore::Gateway) when temporal { };",
		"permit" + on + " when { " + strings.Repeat("(", 4_000) + "true" + strings.Repeat(")", 4_000) + " };",
		"permit" + on + " when { " + strings.Repeat("!", 5_000) + "context.input.order };",
		"permit" + on + " when { " + strings.Repeat("context.input has amount && ", 300) + "context.input.nope > 1 };",
		"permit" + on + ` when { ip(context.input.order).isInRange(ip("10.0.0.0/8")) };`,
		"permit" + on + ` when { context.input.order like "` + strings.Repeat("*a", 400) + `" };`,
	} {
		f.Add(statement)
	}
	schema := shopSchema(f)
	f.Fuzz(func(t *testing.T, statement string) {
		found := schema.Validate(statement)
		lines := strings.Split(statement, "\n")
		for _, finding := range found {
			if finding.Line < 1 || finding.Line > len(lines) || finding.Column < 1 || finding.Column > len([]rune(lines[finding.Line-1]))+1 {
				t.Fatalf("%q: a place outside of it: %s", statement, finding)
			}
		}
		set, err := cedar.NewSet(schema, cedar.Policy{ID: "p1", Statement: statement})
		if _, rejected := cedar.Rejected(found, cedar.IgnoreAllFindings); !rejected && err != nil {
			t.Fatalf("%q is no policy, and nothing was found: %v", statement, err)
		}
		if err != nil {
			return
		}
		r := ask(t, set, clerk, refund, `{"order":"A","amount":5}`)
		e := set.Explain(r)
		if e.Decision.Allowed && !set.View(clerk, gatewayARN, now).CouldAllow(refund).Allowed {
			t.Fatalf("%q allows what is not listed", statement)
		}
		if e.Remedy.Statement != "" && !e.Remedy.Proven {
			t.Fatalf("%q: the remedy is not proven: %+v", statement, e.Remedy)
		}
		set.Findings()
	})
}
