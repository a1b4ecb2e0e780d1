package cedar_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cedar-policy/cedar-go/x/exp/schema"

	"hardpan/internal/cedar"
)

// The schema has AgentCore's shape, and Cedar reads it back, as text and as JSON.
func TestSchemaText(t *testing.T) {
	s := shopSchema(t)
	text := string(s.Cedar(gatewayARN))
	for _, want := range []string{
		"namespace AgentCore", "tags String", `action CallTool in Mcp;`, `action Refunds in CallTool;`, `action Refunds___refund in Refunds appliesTo {`,
		`action "prompt:Refunds___apology" in "prompt:Refunds" appliesTo {`, `action "resource:Refunds" in ReadResource appliesTo {`,
		`amount?: Long`, `order: String`, `rate?: decimal`, `tags?: Set<String>`, `lines?: Long`, `now: datetime`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	asJSON, err := s.JSON(gatewayARN)
	if err != nil {
		t.Fatal(err)
	}
	var fromText, fromJSON schema.Schema
	if err := fromText.UnmarshalCedar([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := fromJSON.UnmarshalJSON(asJSON); err != nil {
		t.Fatal(err)
	}
	for _, read := range []*schema.Schema{&fromText, &fromJSON} {
		if resolved, err := read.Resolve(); err != nil || len(resolved.Actions) != 12 {
			t.Errorf("read back: %v, %d actions", err, len(resolved.Actions))
		}
	}
	if flat := strings.NewReplacer("\t", "", "\n", "").Replace(text); s.Size() != len(flat) {
		t.Errorf("the size is %d, the text has %d", s.Size(), len(flat))
	}
}

// What Cedar cannot express is left out and said; the rest stays.
func TestUntranslatableInputs(t *testing.T) {
	input := `{"type":"object","required":["kept"],"$defs":{"Node":{"type":"object","properties":{"name":{"type":"string"},"next":{"$ref":"#/$defs/Node"}}}},
		"properties":{"kept":{"type":"string"},"maybe":{"type":["integer","null"]},"orNull":{"anyOf":[{"type":"boolean"},{"type":"null"}]},
		"color":{"enum":["red","blue"]},"either":{"anyOf":[{"type":"string"},{"type":"integer"}]},"any":{},"both":{"allOf":[{"type":"object"},{"type":"object"}]},
		"list":{"type":"array"},"node":{"$ref":"#/$defs/Node"},"remote":{"$ref":"https://example.com/x.json"},"free":{"type":"object"},"odd":{"type":"date"}}}`
	s, err := cedar.NewSchema(cedar.Gateway{ARN: gatewayARN, Targets: []cedar.Target{{Name: "T", Tools: []cedar.Tool{{Name: "x", InputSchema: json.RawMessage(input)}}}}})
	if err != nil {
		t.Fatal(err)
	}
	var noted []string
	for _, n := range s.Notes() {
		noted = append(noted, n.Path+": "+n.Message)
	}
	want := []string{
		"any: has no single type: none is given", "both: combines schemas (allOf)", "either: is one of several schemas (anyOf, oneOf)",
		"free: names no properties: policies see an empty record", "list: is an array whose items have no one schema",
		`node.next: refers to itself by "#/$defs/Node"`, `odd: has the unknown type "date"`, `remote: refers to "https://example.com/x.json", which is not in the tool's schema`,
	}
	if !slices.Equal(noted, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(noted, "\n"), strings.Join(want, "\n"))
	}
	action := cedar.ToolAction("T", "x")
	in, err := s.Input(gatewayARN, action, json.RawMessage(`{"kept":"a","maybe":null,"either":5,"any":[1],"color":"red","node":{"name":"n","next":{"name":"m"}},"free":{"a":1}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := in.String(), `{"color":"red", "free":{}, "kept":"a", "node":{"name":"n"}}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A schema of a few lines that stands for more than there is memory is cut short.
func TestSchemaThatGrows(t *testing.T) {
	var defs []string
	for i := range 15 {
		var properties []string
		for j := range 10 {
			properties = append(properties, fmt.Sprintf(`"p%d":{"$ref":"#/$defs/d%d"}`, j, i+1))
		}
		defs = append(defs, fmt.Sprintf(`"d%d":{"type":"object","properties":{%s}}`, i, strings.Join(properties, ",")))
	}
	input := fmt.Sprintf(`{"type":"object","properties":{"x":{"$ref":"#/$defs/d0"}},"$defs":{%s,"d15":{"type":"string"}}}`, strings.Join(defs, ","))
	s, err := cedar.NewSchema(cedar.Gateway{ARN: gatewayARN, Targets: []cedar.Target{{Name: "T", Tools: []cedar.Tool{{Name: "x", InputSchema: json.RawMessage(input)}}}}})
	if err != nil {
		t.Fatal(err)
	}
	if notes := s.Notes(); len(notes) == 0 || s.Size() > 200_000 {
		t.Errorf("%d notes, %d bytes", len(notes), s.Size())
	}
}

// Names that would let a tool pass for what it is not are refused.
func TestSchemaRefusals(t *testing.T) {
	tool := []cedar.Tool{{Name: "x"}}
	for _, c := range []struct {
		name    string
		targets []cedar.Target
		want    string
	}{
		{"imitates another target's tool", []cedar.Target{{Name: "A", Tools: tool}, {Name: "A___x", Tools: tool}}, "could pass for another target's"},
		{"imitates a prompt", []cedar.Target{{Name: "prompt:A", Tools: tool}}, "could pass for another target's"},
		{"imitates a group", []cedar.Target{{Name: "CallTool"}}, "is the name of a group of actions"},
		{"twice", []cedar.Target{{Name: "A"}, {Name: "A"}}, "two targets are named"},
		{"two tools", []cedar.Target{{Name: "A", Tools: append(tool, tool...)}}, `there are two of "A___x"`},
		{"no name", []cedar.Target{{Name: ""}}, "has no name"},
		{"no JSON", []cedar.Target{{Name: "A", Tools: []cedar.Tool{{Name: "x", InputSchema: json.RawMessage("{")}}}}, `tool "x": reading the input schema`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := cedar.NewSchema(cedar.Gateway{ARN: gatewayARN, Targets: c.targets})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
	large := cedar.Target{Name: "A"}
	for i := range 5_000 {
		large.Tools = append(large.Tools, cedar.Tool{Name: fmt.Sprintf("tool%d", i)})
	}
	if _, err := cedar.NewSchema(cedar.Gateway{ARN: gatewayARN, Targets: []cedar.Target{large}}); !errors.Is(err, cedar.ErrSchemaTooLarge) {
		t.Errorf("got %v", err)
	}
}

// A gateway is added, changed and taken away without the others being touched, and tools
// of one name with different inputs are typed each at its gateway.
func TestSchemaOfTwoGateways(t *testing.T) {
	other := shop()
	other.ARN = strings.Replace(gatewayARN, "shop-", "more-", 1)
	other.Targets[0].Tools[0].InputSchema = json.RawMessage(`{"type":"object","properties":{"amount":{"type":"string"}}}`)
	one := shopSchema(t)
	both, err := one.With(other)
	if err != nil {
		t.Fatal(err)
	}
	if len(one.Gateways()) != 1 || len(both.Gateways()) != 2 || len(both.Without(other.ARN).Gateways()) != 1 {
		t.Fatal("a change was seen in the schema before it")
	}
	merged := string(both.Cedar(""))
	if strings.Contains(merged, "Refunds___refund ") || !strings.Contains(merged, "Refunds___status") {
		t.Errorf("an action that two gateways type differently is in the schema of both, or one that they agree on is not:\n%s", merged)
	}
	condition := ` when { context.input has amount && context.input.amount < 5 };`
	if found := both.Validate("permit" + on + condition); len(found) > 0 {
		t.Errorf("got %v", found)
	}
	found := both.Validate("permit" + strings.Replace(on, gatewayARN, other.ARN, 1) + condition)
	if len(found) != 1 || found[0].Gateway != other.ARN {
		t.Errorf("got %v", found)
	}
}
