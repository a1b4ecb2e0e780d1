package eval

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hardpan/policy"
)

// agreesWithScan compares the index with a walk over all statements.
func agreesWithScan(t *rapid.T, s *Subject, r *Request) {
	q := query{subject: s, request: r, scan: true}
	if want, got := q.decide(), s.Evaluate(r); got != want {
		t.Fatalf("by index %+v, by scan %+v", got, want)
	}
}

func TestIndexAgreesWithScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc := &policy.Document{Version: policy.Version2012}
		for range rapid.IntRange(20, 80).Draw(t, "statements") {
			doc.Statements = append(doc.Statements, drawStatement(t, false))
		}
		agreesWithScan(t, &Subject{Account: "123456789012", Identity: NewSet(Compile(doc, Source{}))}, drawRequest(t))
	})
}

// Statements that begin and end alike are found by what they have in the middle:
// of any length, with variables, several in one statement, and with texts that
// others hold too.
func TestMiddlesAgreeWithScan(t *testing.T) {
	rapid.Check(t, middlesAgreeWithScan)
}

var middleWord = rapid.StringMatching(`(team-[ab]{1,9}|[ab]{1,12}|\$\{aws:username\})`)

func middlesAgreeWithScan(t *rapid.T) {
	doc := &policy.Document{Version: policy.Version2012}
	var words []string
	for range rapid.IntRange(20, 60).Draw(t, "statements") {
		var resources []string
		for range rapid.IntRange(1, 2).Draw(t, "resources") {
			w := middleWord.Draw(t, "word")
			words = append(words, w)
			resources = append(resources, "arn:aws:bedrock:*:*:prompt/"+strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 2).Draw(t, "words"), rapid.SampledFrom([]string{"*", "?", ""}).Draw(t, "between"))+"*")
		}
		effect := rapid.SampledFrom([]string{policy.Allow, policy.Allow, policy.Allow, policy.Deny}).Draw(t, "effect")
		doc.Statements = append(doc.Statements, policy.Statement{Effect: effect, Action: policy.Strings("bedrock:GetPrompt"), Resource: policy.Strings(resources...)})
	}
	request := &Request{
		Action:   "bedrock:GetPrompt",
		Resource: "arn:aws:bedrock:us-west-2:123456789012:prompt/" + strings.ReplaceAll(strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 4).Draw(t, "resource"), "-"), "${aws:username}", "foo"),
		Context:  keys("aws:username", "foo"),
	}
	agreesWithScan(t, &Subject{Account: "123456789012", Identity: NewSet(Compile(doc, Source{}))}, request)
}

// What is looked at is counted, not timed: of a thousand statements that differ
// between two wildcards only, a handful.
func TestMiddlesAreLookedUp(t *testing.T) {
	set := NewSet(Compile(betweenWildcards(1_000), Source{Layer: LayerIdentity}))
	resource := "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/p0000500-x"
	candidates := 0
	for action := range set.allows.exact {
		b := set.allows.exact[action]
		for i := b.longest(resource); i >= 0; i = b.nodes[i].parent {
			inner := b.nodes[i].value
			for j := inner.longest(resource); j >= 0; j = inner.nodes[j].parent {
				g := inner.nodes[j].value
				candidates += len(g.rest)
				eachGram(resource, func(gram uint64) bool {
					candidates += len(g.find(gram))
					return true
				})
			}
		}
	}
	if candidates == 0 || candidates > 8 {
		t.Errorf("%d statements would be tested", candidates)
	}
}
