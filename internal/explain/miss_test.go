package explain

import (
	"strings"
	"testing"

	"hardpan/policy/eval"
)

// The nearest statement comes first: a condition away, then a resource, then an
// action; what is nowhere near comes last.
func TestNearMissesAreRanked(t *testing.T) {
	doc := `{"Version":"2012-10-17","Statement":[
		{"Sid":"OtherAction","Effect":"Allow","Action":"bedrock:GetInferenceProfile","Resource":"*"},
		{"Sid":"OtherModel","Effect":"Allow","Action":"bedrock:InvokeModel","Resource":"` + titan + `"},
		{"Sid":"OtherAddress","Effect":"Allow","Action":"bedrock:InvokeModel","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}},
		{"Sid":"OtherService","Effect":"Allow","Action":"s3:GetObject","Resource":"*"},
		{"Sid":"AlmostTheModel","Effect":"Allow","Action":"bedrock:InvokeModel","Resource":"` + strings.Replace(haiku, "haiku", "opus", 1) + `"}]}`
	e := explainFirst(t, subject(t, doc), nil, request("bedrock:InvokeModel", haiku, "aws:SourceIp", "198.51.100.7"))
	want := []string{"OtherAddress", "AlmostTheModel", "OtherModel", "OtherAction", "OtherService"}
	var got []string
	for _, m := range e.Nearest {
		got = append(got, m.Sid)
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Fatalf("ranked %q, want %q", got, want)
	}
	if m := e.Nearest[2]; m.Cause != CauseNoResource || !strings.Contains(m.Text, "allows the action on "+titan+", not on "+haiku) {
		t.Errorf("%+v", m)
	}
	if m := e.Nearest[0]; m.Line != 4 || m.Statement != 2 || !strings.Contains(m.Text, `aws:SourceIp IpAddress "203.0.113.0/24", but it is "198.51.100.7"`) {
		t.Errorf("%+v", m)
	}
}

func deny(t *testing.T, condition string) *eval.Subject {
	return subject(t, everything, `{"Version":"2012-10-17","Statement":{"Sid":"Guard","Effect":"Deny","Action":"bedrock:InvokeModel*",
		"Resource":"arn:aws:bedrock:*::foundation-model/*","Condition":`+condition+`}}`)
}

// A Deny is named with what fired: the patterns that fit and the values that
// let its conditions hold.
func TestDenyNamesTheValueThatFired(t *testing.T) {
	s := deny(t, `{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1","eu-central-1"]}}`)
	e := explainFirst(t, s, nil, request("bedrock:InvokeModel", haiku, regionKey, "us-west-2"))
	want := `statement "Guard" (line 1) of identity policy "inline" of ` + user + ` denies it (bedrock:InvokeModel* on arn:aws:bedrock:*::foundation-model/*)` +
		`, because aws:RequestedRegion is "us-west-2" (StringNotEquals "eu-west-1" or "eu-central-1")`
	if e.Cause != CauseExplicitDeny || !strings.Contains(e.Summary, want) {
		t.Errorf("%s, want %s", e.Summary, want)
	}
	if r := e.Remedies[0]; r.Kind != KindCall || r.Title != "Make the same call in eu-west-1 instead of us-west-2" {
		t.Errorf("first remedy %+v", r)
	}
	if last := e.Remedies[len(e.Remedies)-1]; last.Kind != KindAsk {
		t.Errorf("last remedy %+v", last)
	}
}

// What a Deny asks of the call is the caller's to give.
func TestDenyThatACallerCanAvoid(t *testing.T) {
	const guardrail = "arn:aws:bedrock:us-west-2:123456789012:guardrail/abcdef123456:1"
	for name, tt := range map[string]struct {
		condition, title string
		keys             []string
	}{
		"guardrail": {`{"StringNotEquals":{"bedrock:GuardrailIdentifier":"` + guardrail + `"}}`, "Pass the guardrail " + guardrail + " with the call", nil},
		"tier":      {`{"StringEquals":{"bedrock:ServiceTier":"priority"},"StringNotEquals":{"bedrock:ServiceTier":"flex"}}`, "", []string{"bedrock:ServiceTier", "priority"}},
		"mfa":       {`{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}`, "Sign in with multi-factor authentication first (aws:MultiFactorAuthPresent true)", nil},
	} {
		t.Run(name, func(t *testing.T) {
			e := explainFirst(t, deny(t, tt.condition), nil, request("bedrock:InvokeModel", haiku, tt.keys...))
			first := e.Remedies[0]
			switch {
			case tt.title == "" && first.Kind != KindAsk: // the value that fired is no way out
				t.Errorf("remedy %+v", first)
			case tt.title != "" && (first.Kind != KindCall || first.Title != tt.title):
				t.Errorf("remedy %+v, want %q", first, tt.title)
			}
		})
	}
}

// Of other ways to make the call, those that are allowed are named, and no others.
func TestAlternatives(t *testing.T) {
	s := subject(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":"`+profile+`"},
		{"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":"arn:aws:bedrock:*::foundation-model/*","Condition":{"ArnLike":{"bedrock:InferenceProfileArn":"`+profile+`"}}}]}`)
	r := request("bedrock:InvokeModel", haiku)
	e := Explain(Input{Trace: s.Trace(&r), Subject: s, Requests: []eval.Request{r}, Universe: universe(), Alternatives: []Alternative{
		{Title: "Call it in Ohio", Requests: []eval.Request{request("bedrock:InvokeModel", strings.Replace(haiku, "us-west-2", "us-east-2", 1))}},
		{Title: "Call it through the profile", Requests: []eval.Request{request("bedrock:InvokeModel", profile), request("bedrock:InvokeModel", haiku, profileKey, profile)}},
		{Title: "Do nothing"},
	}})
	if e.Cause != CauseOnlyThrough || e.Remedies[0].Title != "Call it through the profile" || !e.Remedies[0].Proven {
		t.Fatalf("cause %s, remedies %+v", e.Cause, e.Remedies)
	}
	for _, other := range e.Remedies[1:] {
		if other.Kind != KindPolicy {
			t.Errorf("%+v", other)
		}
	}
}

// A deny as it was stored, of which the policy is gone, still says what fired.
func TestStoredDenyWithoutItsPolicy(t *testing.T) {
	s := deny(t, `{"Null":{"bedrock:GuardrailIdentifier":"true"}}`)
	r := request("bedrock:InvokeModel", haiku)
	trace := s.Trace(&r)
	trace.Decision = eval.Decision{}
	if e := Explain(Input{Trace: trace}); !strings.Contains(e.Summary, `because bedrock:GuardrailIdentifier is not in the request (Null "true")`) {
		t.Error(e.Summary)
	}
}
