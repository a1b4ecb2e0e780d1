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

// betweenWildcards makes a document of n statements on one action that differ
// between two wildcards only; the last grants what is asked for.
func betweenWildcards(n int) *policy.Document {
	doc := &policy.Document{Version: policy.Version2012}
	for i := range n {
		name := fmt.Sprintf("p%07d", i)
		if i == n-1 {
			name = "wanted"
		}
		doc.Statements = append(doc.Statements, policy.Statement{
			Effect: policy.Allow, Action: policy.Strings("bedrock:InvokeModel"),
			Resource: policy.Strings("arn:aws:bedrock:*:123456789012:application-inference-profile/" + name + "*"),
		})
	}
	return doc
}

func BenchmarkEvaluate1000BetweenWildcards(b *testing.B) {
	s := &Subject{Account: "123456789012", PrincipalARN: user, Identity: NewSet(Compile(betweenWildcards(1_000), Source{Layer: LayerIdentity}))}
	for _, name := range []string{"wanted-by-name", "nobody's"} {
		b.Run(name, func(b *testing.B) {
			r := &Request{Action: "bedrock:InvokeModel", Resource: "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/" + name}
			b.ReportAllocs()
			for b.Loop() {
				s.Evaluate(r)
			}
		})
	}
}

// BenchmarkEvaluate1000Models has names that people write: a vendor, a family.
func BenchmarkEvaluate1000Models(b *testing.B) {
	doc := &policy.Document{Version: policy.Version2012}
	for i := range 1_000 {
		doc.Statements = append(doc.Statements, policy.Statement{
			Effect: policy.Allow, Action: policy.Strings("bedrock:InvokeModel*"),
			Resource: policy.Strings(fmt.Sprintf("arn:aws:bedrock:*::foundation-model/vendor%d.family-%d-*", i/25, i%25)),
		})
	}
	s := &Subject{Account: "123456789012", PrincipalARN: user, Identity: NewSet(Compile(doc, Source{Layer: LayerIdentity}))}
	r := &Request{Action: "bedrock:InvokeModel", Resource: "arn:aws:bedrock:us-west-2::foundation-model/vendor39.family-24-large-v1:0"}
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

func BenchmarkNewSet1000BetweenWildcards(b *testing.B) {
	p := Compile(betweenWildcards(1_000), Source{Layer: LayerIdentity})
	b.ReportAllocs()
	for b.Loop() {
		NewSet(p)
	}
}

func BenchmarkCompile1000(b *testing.B) {
	doc := statements(1_000)
	b.ReportAllocs()
	for b.Loop() {
		Compile(doc, Source{Layer: LayerIdentity})
	}
}

// BenchmarkParseCompileIndex1000 is the way of a policy from its text to a set.
func BenchmarkParseCompileIndex1000(b *testing.B) {
	var texts [][]byte
	for _, s := range statements(1_000).Statements {
		text, err := (&policy.Document{Version: policy.Version2012, Statements: []policy.Statement{s}}).MarshalJSON()
		if err != nil {
			b.Fatal(err)
		}
		texts = append(texts, text)
	}
	b.ReportAllocs()
	for b.Loop() {
		var policies []*Policy
		for _, text := range texts {
			doc, err := policy.Parse(text)
			if err != nil {
				b.Fatal(err)
			}
			policies = append(policies, Compile(doc, Source{Layer: LayerIdentity}))
		}
		NewSet(policies...)
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
