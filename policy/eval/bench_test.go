package eval

import (
	"fmt"
	"testing"

	"hardpan/policy"
)

// statements makes a document of n statements, of which the last grants what the
// benchmarks ask for: each third has its own resource, a condition or a wildcard.
func statements(n int) *policy.Document {
	doc := &policy.Document{Version: policy.Version2012}
	for i := range n {
		s := policy.Statement{Effect: policy.Allow, Action: policy.Strings("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")}
		switch i % 3 {
		case 0:
			s.Resource = policy.Strings(fmt.Sprintf("arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/p%07d", i))
		case 1:
			s.Action = policy.Strings("bedrock:InvokeModel*")
			s.Resource = policy.Strings(fmt.Sprintf("arn:aws:bedrock:*:123456789012:application-inference-profile/p%07d", i))
			s.Conditions = []policy.Operator{{Name: "StringEquals", Keys: []policy.Key{
				{Name: "aws:ResourceTag/UserEmail", Values: *policy.Strings("${aws:PrincipalTag/UserEmail}")},
			}}}
		case 2:
			s.Action = policy.Strings(fmt.Sprintf("bedrock:Get%d", i))
			s.Resource = policy.Strings("*")
		}
		doc.Statements = append(doc.Statements, s)
	}
	doc.Statements[n-1] = policy.Statement{
		Effect: policy.Allow, Action: policy.Strings("bedrock:InvokeModel"),
		Resource: policy.Strings("arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/wanted"),
	}
	return doc
}

func benchmarkEvaluate(b *testing.B, n int) {
	s := &Subject{Account: "123456789012", PrincipalARN: user, Identity: NewSet(Compile(statements(n), Source{Layer: LayerIdentity}))}
	r := &Request{
		Action: "bedrock:InvokeModel", Resource: "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/wanted",
		Context: keys("aws:RequestedRegion", "us-west-2", "aws:ResourceTag/UserEmail", "foo@example.com", "aws:PrincipalTag/UserEmail", "bar@example.com"),
	}
	b.ReportAllocs()
	for b.Loop() {
		if !s.Evaluate(r).Allowed {
			b.Fatal("denied")
		}
	}
}

func BenchmarkEvaluate10(b *testing.B)    { benchmarkEvaluate(b, 10) }
func BenchmarkEvaluate1000(b *testing.B)  { benchmarkEvaluate(b, 1_000) }
func BenchmarkEvaluate10000(b *testing.B) { benchmarkEvaluate(b, 10_000) }

// BenchmarkEvaluate10000Policies has one statement a policy, as a group of
// thousands of attached policies would.
func BenchmarkEvaluate10000Policies(b *testing.B) {
	doc := statements(10_000)
	var policies []*Policy
	for _, s := range doc.Statements {
		policies = append(policies, Compile(&policy.Document{Version: doc.Version, Statements: []policy.Statement{s}}, Source{Layer: LayerIdentity}))
	}
	s := &Subject{Account: "123456789012", PrincipalARN: user, Identity: NewSet(policies...)}
	r := &Request{Action: "bedrock:InvokeModel", Resource: "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/wanted"}
	b.ReportAllocs()
	for b.Loop() {
		if !s.Evaluate(r).Allowed {
			b.Fatal("denied")
		}
	}
}

// BenchmarkEvaluateABAC is story 2's policy: variables and ARN conditions.
func BenchmarkEvaluateABAC(b *testing.B) {
	s := userWith(b, story2)
	r := &Request{
		Action: "bedrock:InvokeModel", Resource: "arn:aws:bedrock:us-west-2::foundation-model/x",
		Context: keys("aws:PrincipalTag/UserEmail", "foo@example.com", "bedrock:InferenceProfileArn", "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/a1b2c3d4e5f6"),
	}
	b.ReportAllocs()
	for b.Loop() {
		if !s.Evaluate(r).Allowed {
			b.Fatal("denied")
		}
	}
}

func BenchmarkTrace10(b *testing.B) {
	s := &Subject{Account: "123456789012", PrincipalARN: user, Identity: NewSet(Compile(statements(10), Source{Layer: LayerIdentity}))}
	r := &Request{Action: "bedrock:InvokeModel", Resource: other}
	b.ReportAllocs()
	for b.Loop() {
		s.Trace(r)
	}
}

func BenchmarkNewSet1000(b *testing.B) {
	p := Compile(statements(1_000), Source{Layer: LayerIdentity})
	b.ReportAllocs()
	for b.Loop() {
		NewSet(p)
	}
}

func TestEvaluateDoesNotAllocate(t *testing.T) {
	scp := set(t, LayerSCP, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	s := userWith(t, story2)
	s.SCPs, s.Boundary, s.Session = []*Set{scp, scp}, scp, scp
	requests := []*Request{
		{Action: "bedrock:InvokeModel", Resource: "arn:aws:bedrock:us-west-2::foundation-model/x", Context: keys("bedrock:InferenceProfileArn", "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/a")},
		{Action: "bedrock:InvokeModel", Resource: "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/a", Context: keys("aws:ResourceTag/UserEmail", "foo", "aws:PrincipalTag/UserEmail", "foo")},
	}
	for _, r := range requests {
		if !s.Evaluate(r).Allowed {
			t.Errorf("%s is denied", r.Resource)
		}
		if n := testing.AllocsPerRun(100, func() { s.Evaluate(r) }); n != 0 {
			t.Errorf("%s: %v allocations", r.Resource, n)
		}
	}
}
