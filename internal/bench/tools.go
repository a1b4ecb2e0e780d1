package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	cedarlang "github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"

	"hardpan/internal/cedar"
)

const (
	gatewayARN = "arn:aws:bedrock-agentcore:us-east-1:123456789012:gateway/bench-abcdefghij"
	benchTools = 1_000
)

// tools measures what Cedar decides: one call, and which tools a caller is shown.
func tools(context.Context) ([]Figure, error) {
	var figures []Figure
	var few float64
	for _, m := range []struct {
		policies int
		target   Target
	}{{10, AtMost(20)}, {1_000, AtMost(20)}, {10_000, AtMost(20)}} {
		statements := toolPolicies(m.policies)
		set, err := toolSet(statements)
		if err != nil {
			return nil, err
		}
		indexed, err := toolCall(set)
		if err != nil {
			return nil, err
		}
		linear, err := scan(statements)
		if err != nil {
			return nil, err
		}
		micros := perOp(indexed) / 1e3
		if few == 0 {
			few = micros
		}
		name := fmt.Sprintf("tools.call.%d-policies", m.policies)
		figures = append(figures,
			Figure{Name: name, Value: micros, Unit: "µs", Target: m.target, Note: "cedar-go over all policies: " + number(perOp(linear)/1e3) + " µs"},
			Figure{Name: name + ".ratio", Value: micros / few, Unit: "x", Target: AtMost(2), Note: "to 10 policies"})
	}
	set, err := toolSet(toolPolicies(1_000))
	if err != nil {
		return nil, err
	}
	list, err := toolList(set)
	return append(figures, Figure{
		Name: "tools.list.1000-tools.1000-policies", Value: perOp(list) / 1e6, Unit: "ms", Target: AtMost(10), Note: "a third by name, a third with conditions on the input, a third by team",
	}), err
}

// toolPolicies makes n statements: a third for a tool by name, a third for a tool and
// some of its inputs, and a third, and what is more than there are tools, for a team.
// The measured call is permitted by the second.
func toolPolicies(n int) []string {
	var statements []string
	for i := range n {
		named := fmt.Sprintf(`permit(principal, action == AgentCore::Action::"Shop___tool%d", resource == AgentCore::Gateway::%q)`, i%benchTools, gatewayARN)
		team := `permit(principal is AgentCore::OAuthUser, action, resource is AgentCore::Gateway) when { principal.hasTag("team") && principal.getTag("team") == "t%d" };`
		switch {
		case i%3 == 2 || i >= benchTools:
			statements = append(statements, fmt.Sprintf(team, i))
		case i%3 == 1:
			statements = append(statements, named+` when { context.input has amount && context.input.amount < 500 && context.input.order like "A-*" };`)
		default:
			statements = append(statements, named+";")
		}
	}
	return statements
}

func toolSet(statements []string) (*cedar.Set, error) {
	target := cedar.Target{Name: "Shop"}
	for i := range benchTools {
		target.Tools = append(target.Tools, cedar.Tool{
			Name:        fmt.Sprintf("tool%d", i),
			InputSchema: json.RawMessage(`{"type":"object","required":["order"],"properties":{"order":{"type":"string"},"amount":{"type":"integer"}}}`),
		})
	}
	schema, err := cedar.NewSchema(cedar.Gateway{ARN: gatewayARN, Targets: []cedar.Target{target}})
	if err != nil {
		return nil, err
	}
	policies := make([]cedar.Policy, len(statements))
	for i, statement := range statements {
		policies[i] = cedar.Policy{ID: fmt.Sprintf("p%d", i), Statement: statement}
	}
	return cedar.NewSet(schema, policies...)
}

var toolCaller = cedar.OAuthUser("u-1", map[string]any{"team": "t5", "email": "foo@example.com"})

func toolCall(set *cedar.Set) (testing.BenchmarkResult, error) {
	action := cedar.ToolAction("Shop", "tool1")
	input, err := set.Schema().Input(gatewayARN, action, json.RawMessage(`{"order":"A-1","amount":5}`))
	if err != nil {
		return testing.BenchmarkResult{}, err
	}
	r := cedar.Request{Principal: toolCaller, Gateway: gatewayARN, Action: action, Input: input, Now: time.Now()}
	if !set.Decide(r).Allowed {
		return testing.BenchmarkResult{}, errors.New("the tool call that is measured is denied")
	}
	return testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			set.Decide(r)
		}
	}), nil
}

func toolList(set *cedar.Set) (testing.BenchmarkResult, error) {
	now := time.Now()
	if shown := len(set.View(toolCaller, gatewayARN, now).Allowed()); shown != benchTools {
		return testing.BenchmarkResult{}, fmt.Errorf("%d of %d tools are shown", shown, benchTools)
	}
	return testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			set.View(toolCaller, gatewayARN, now).Allowed()
		}
	}), nil
}

// scan measures the same call with cedar-go alone, which looks at each policy.
func scan(statements []string) (testing.BenchmarkResult, error) {
	policies := cedarlang.NewPolicySet()
	for i, statement := range statements {
		var p cedarlang.Policy
		if err := p.UnmarshalCedar([]byte(statement)); err != nil {
			return testing.BenchmarkResult{}, err
		}
		policies.Add(types.PolicyID(fmt.Sprintf("p%d", i)), &p)
	}
	principal := types.NewEntityUID("AgentCore::OAuthUser", "u-1")
	entities := types.EntityMap{principal: {UID: principal, Tags: types.NewRecord(types.RecordMap{"team": types.String("t5")})}}
	request := types.Request{
		Principal: principal, Action: types.NewEntityUID("AgentCore::Action", "Shop___tool1"), Resource: types.NewEntityUID("AgentCore::Gateway", gatewayARN),
		Context: types.NewRecord(types.RecordMap{"input": types.NewRecord(types.RecordMap{"order": types.String("A-1"), "amount": types.Long(5)})}),
	}
	if verdict, _ := cedarlang.Authorize(policies, entities, request); verdict != types.Allow {
		return testing.BenchmarkResult{}, errors.New("cedar-go denies the tool call that is measured")
	}
	return testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			cedarlang.Authorize(policies, entities, request)
		}
	}), nil
}
