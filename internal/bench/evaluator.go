package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"hardpan/policy"
	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

// What the measured calls ask for: one statement grants it, the last.
const (
	benchAccount = "123456789012"
	benchRegion  = "us-east-1"
	benchModel   = "amazon.nova-lite-v1:0"
	benchUser    = "bench"
)

var (
	userARN  = "arn:aws:iam::" + benchAccount + ":user/" + benchUser
	modelARN = "arn:aws:bedrock:" + benchRegion + "::foundation-model/" + benchModel
)

// statements makes a document of n statements. A third grants the measured
// action on other models by name, a third in any region and with a condition, a
// third other actions on everything. The second third names its models by
// pattern: whole, or with an open end.
func statements(n int, end string) *policy.Document {
	doc := &policy.Document{Version: policy.Version2012}
	for i := range n - 1 {
		s := policy.Statement{Effect: policy.Allow, Action: policy.Strings("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")}
		switch i % 3 {
		case 0:
			s.Resource = policy.Strings(fmt.Sprintf("arn:aws:bedrock:%s::foundation-model/vendor.model-%07d", benchRegion, i))
		case 1:
			s.Action = policy.Strings("bedrock:InvokeModel*")
			s.Resource = policy.Strings(fmt.Sprintf("arn:aws:bedrock:*::foundation-model/vendor.model-%07d%s", i, end))
			s.Conditions = []policy.Operator{{Name: "StringEquals", Keys: []policy.Key{
				{Name: "aws:ResourceTag/Team", Values: *policy.Strings("${aws:PrincipalTag/Team}")},
			}}}
		case 2:
			s.Action = policy.Strings("bedrock:GetFoundationModel", fmt.Sprintf("bedrock:Get%d", i))
			s.Resource = policy.Strings("*")
		}
		doc.Statements = append(doc.Statements, s)
	}
	doc.Statements = append(doc.Statements, policy.Statement{
		Effect: policy.Allow, Action: policy.Strings("bedrock:InvokeModel*"), Resource: policy.Strings(modelARN),
	})
	return doc
}

// evaluator measures one allowed decision, by how much there is to look through.
func evaluator(context.Context) ([]Figure, error) {
	var figures []Figure
	for _, m := range []struct {
		name       string
		statements int
		end        string
		separate   bool // each in a policy of its own
		target     Target
	}{
		{"10-statements", 10, "", false, AtMost(300)},
		{"1000-statements", 1_000, "", false, AtMost(1500)},
		{"1000-statements-open-ended", 1_000, "*", false, AtMost(1500)},
		{"10000-policies", 10_000, "", true, AtMost(3000)},
	} {
		policies := compile(statements(m.statements, m.end), m.separate)
		indexed, err := decisionTime(eval.NewSet(policies...))
		if err != nil {
			return nil, err
		}
		naive, err := decisionTime(apart(statements(m.statements, m.end))...)
		if err != nil {
			return nil, err
		}
		name := "decision." + m.name
		figures = append(figures,
			Figure{Name: name, Value: perOp(indexed), Unit: "ns/op", Target: m.target, Note: "one statement after another: " + number(perOp(naive)) + " ns"},
			Figure{Name: name + ".allocations", Value: float64(indexed.AllocsPerOp()), Unit: "allocs/op", Target: AtMost(0)})
	}
	return figures, nil
}

func perOp(r testing.BenchmarkResult) float64 { return float64(r.T.Nanoseconds()) / float64(r.N) }

// compile makes one policy of doc, or one of each statement.
func compile(doc *policy.Document, separate bool) []*eval.Policy {
	source := eval.Source{Layer: eval.LayerIdentity}
	if !separate {
		return []*eval.Policy{eval.Compile(doc, source)}
	}
	var policies []*eval.Policy
	for _, s := range doc.Statements {
		policies = append(policies, eval.Compile(&policy.Document{Version: doc.Version, Statements: []policy.Statement{s}}, source))
	}
	return policies
}

// apart makes a set of each statement, so that no index can be of use.
func apart(doc *policy.Document) []*eval.Set {
	var sets []*eval.Set
	for _, p := range compile(doc, true) {
		sets = append(sets, eval.NewSet(p))
	}
	return sets
}

// decisionTime measures how long it takes until one of the sets allows the call.
func decisionTime(sets ...*eval.Set) (testing.BenchmarkResult, error) {
	subjects := make([]*eval.Subject, len(sets))
	for i, set := range sets {
		subjects[i] = &eval.Subject{Account: benchAccount, PrincipalARN: userARN, Identity: set}
	}
	keys := condition.NewContext(nil)
	keys.Set("aws:RequestedRegion", "scope", benchRegion)
	keys.Set("aws:PrincipalTag/Team", "principal", "data")
	request := &eval.Request{Action: "bedrock:InvokeModel", Resource: modelARN, Context: keys}
	denied := false
	result := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			denied = !anyAllows(subjects, request)
		}
	})
	if denied {
		return result, errors.New("the statement that allows the call was not found")
	}
	return result, nil
}

func anyAllows(subjects []*eval.Subject, r *eval.Request) bool {
	for _, s := range subjects {
		if s.Evaluate(r).Allowed {
			return true
		}
	}
	return false
}
