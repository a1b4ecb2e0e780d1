package explain

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hardpan/policy"
	"hardpan/policy/eval"
)

var (
	actions   = []string{"bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream", "bedrock:GetInferenceProfile", "bedrock:CallWithBearerToken"}
	resources = []string{haiku, titan, sonnet, profile, strings.Replace(haiku, "us-west-2", "eu-west-1", 1), "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/*"}
	patterns  = append([]string{"*", "arn:aws:bedrock:us-west-2::foundation-model/*", "arn:aws:bedrock:*:*:application-inference-profile/*", "arn:aws:bedrock:eu-west-1"}, resources...)
	owners    = []string{"", "foo@example.com", "bar@example.com"}
)

func drawDocument(t *rapid.T) string {
	doc := policy.Document{Version: policy.Version2012}
	for range rapid.IntRange(1, 3).Draw(t, "statements") {
		s := policy.Statement{
			Effect:   rapid.SampledFrom([]string{policy.Allow, policy.Allow, policy.Allow, policy.Deny}).Draw(t, "effect"),
			Action:   policy.Strings(rapid.SampledFrom(append([]string{"bedrock:*", "bedrock:Invoke*"}, actions...)).Draw(t, "action")),
			Resource: policy.Strings(rapid.SampledFrom(patterns).Draw(t, "resource")),
		}
		condition := rapid.SampledFrom([]string{"", "", "aws:ResourceTag/UserEmail", "bedrock:InferenceProfileArn"}).Draw(t, "condition")
		if condition != "" {
			value := rapid.SampledFrom([]string{"${aws:PrincipalTag/UserEmail}", "foo@example.com", profile}).Draw(t, "value")
			s.Conditions = []policy.Operator{{Name: "StringEquals", Keys: []policy.Key{{Name: condition, Values: *policy.Strings(value)}}}}
		}
		doc.Statements = append(doc.Statements, s)
	}
	text, err := doc.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestRemediesKeepTheirPromise: with the document of a remedy in place, the call
// passes, and what else is allowed then is what the remedy said.
func TestRemediesKeepTheirPromise(t *testing.T) {
	kinds := map[Kind]int{}
	for range 10 {
		rapid.Check(t, func(rt *rapid.T) {
			s := subject(t, drawDocument(rt))
			if rapid.Bool().Draw(rt, "boundary") {
				s.Boundary = layer(t, eval.LayerBoundary, "boundary", drawDocument(rt))
			}
			var keys []string
			for _, key := range []string{"aws:ResourceTag/UserEmail", "aws:PrincipalTag/UserEmail"} {
				if v := rapid.SampledFrom(owners).Draw(rt, key); v != "" {
					keys = append(keys, key, v)
				}
			}
			var world []*eval.Request
			for _, a := range actions {
				for _, r := range resources {
					u := request(a, r, keys...)
					world = append(world, &u)
				}
			}
			call := []eval.Request{*rapid.SampledFrom(world).Draw(rt, "call")}
			if rapid.Bool().Draw(rt, "through a profile") {
				call = append(call, request("bedrock:InvokeModel", haiku, append(keys, profileKey, profile)...))
			}
			denied := slices.IndexFunc(call, func(r eval.Request) bool { return !s.Evaluate(&r).Allowed })
			if denied < 0 {
				return
			}
			e := Explain(Input{Trace: s.Trace(&call[denied]), Subject: s, Requests: call, Universe: slices.Values(world)})
			if e.Summary == "" || e.Meaning == "" || e.Cause == CauseAllowed {
				rt.Fatalf("explanation %+v", e)
			}
			for _, r := range e.Remedies {
				kinds[r.Kind]++
				if r.Document != nil {
					keepsPromise(rt, s, call, world, r)
				}
			}
		})
	}
	for _, kind := range []Kind{KindCall, KindTag, KindPolicy, KindAsk} {
		if kinds[kind] == 0 {
			t.Errorf("no remedy of kind %s was tried", kind)
		}
	}
}

func keepsPromise(t *rapid.T, s *eval.Subject, call []eval.Request, world []*eval.Request, r Remedy) {
	doc, err := policy.Load(r.Document, policy.Identity)
	if err != nil {
		t.Fatalf("%v in %s", err, r.Document)
	}
	p := eval.Compile(doc, eval.Source{})
	mended := *s
	if strings.Contains(r.Title, "identity policies") {
		mended.Identity = s.Identity.With(p)
	}
	if strings.Contains(r.Title, "boundary") {
		mended.Boundary = s.Boundary.With(p)
	}
	for i := range call {
		if !mended.Evaluate(&call[i]).Allowed {
			t.Fatalf("%s: %s on %s is still denied", r.Title, call[i].Action, call[i].Resource)
		}
	}
	var opened []string
	in := Input{Requests: call}
	for _, u := range world {
		if !in.asks(u) && !s.Evaluate(u).Allowed && mended.Evaluate(u).Allowed {
			opened = append(opened, fmt.Sprintf("%s on %s", u.Action, u.Resource))
		}
	}
	if !slices.Equal(opened, r.Opens) {
		t.Fatalf("%s opens %q, said %q", r.Document, opened, r.Opens)
	}
}
