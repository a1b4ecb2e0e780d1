package cedar_test

import (
	"encoding/json"
	"testing"
	"time"

	"hardpan/internal/cedar"
)

const gatewayARN = "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/shop-abcdefghij"

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// shop is a gateway with tools of every type, prompts and resources.
func shop() cedar.Gateway {
	return cedar.Gateway{ARN: gatewayARN, Principals: []cedar.PrincipalKind{cedar.KindOAuthUser}, Targets: []cedar.Target{
		{
			Name: "Refunds", Resources: true,
			Tools: []cedar.Tool{
				{Name: "refund", InputSchema: json.RawMessage(`{"type":"object","required":["order"],"properties":{
					"order":{"type":"string"},"amount":{"type":"integer"},"express":{"type":"boolean"},"rate":{"type":"number"},
					"tags":{"type":"array","items":{"type":"string"}},"codes":{"type":"array","items":{"type":"integer"}},
					"address":{"type":"object","required":["country"],"properties":{"country":{"type":"string"},"lines":{"type":"integer"}}}}}`)},
				{Name: "status", InputSchema: json.RawMessage(`{"type":"object","properties":{"order":{"type":"string"}}}`)},
			},
			Prompts: []cedar.Prompt{{Name: "apology", Arguments: []cedar.PromptArgument{{Name: "tone"}, {Name: "customer", Required: true}}}},
		},
		{Name: "Search", Tools: []cedar.Tool{{Name: "find", InputSchema: json.RawMessage(`{"type":"object","required":["q"],"properties":{"q":{"type":"string"}}}`)}}},
	}}
}

func shopSchema(t testing.TB) *cedar.Schema {
	t.Helper()
	schema, err := cedar.NewSchema(shop())
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// policies makes a set of statements with the ids p1, p2 and so on; a statement that
// begins with a # is LOG_ONLY.
func policies(t testing.TB, statements ...string) *cedar.Set {
	t.Helper()
	var list []cedar.Policy
	for i, statement := range statements {
		p := cedar.Policy{ID: "p" + string(rune('1'+i)), Statement: statement}
		if statement[0] == '#' {
			p.Statement, p.Mode = statement[1:], cedar.LogOnly
		}
		list = append(list, p)
	}
	set, err := cedar.NewSet(shopSchema(t), list...)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func ask(t testing.TB, set *cedar.Set, p cedar.Principal, action cedar.Action, arguments string) cedar.Request {
	t.Helper()
	input, err := set.Schema().Input(gatewayARN, action, json.RawMessage(arguments))
	if err != nil {
		t.Fatal(err)
	}
	return cedar.Request{Principal: p, Gateway: gatewayARN, Action: action, Input: input, Now: now}
}

var (
	refund = cedar.ToolAction("Refunds", "refund")
	status = cedar.ToolAction("Refunds", "status")
	find   = cedar.ToolAction("Search", "find")

	supervisor = cedar.OAuthUser("u-1", map[string]any{"role": "sup", "groups": []any{"emea", "leads"}})
	clerk      = cedar.OAuthUser("u-2", map[string]any{"role": "clerk"})
)
