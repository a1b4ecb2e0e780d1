package eval

import (
	"testing"

	"hardpan/policy"
	"hardpan/policy/condition"
)

const (
	haiku = "arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-3-5-haiku-20241022-v1:0"
	titan = "arn:aws:bedrock:us-west-2::foundation-model/amazon.titan-embed-text-v2:0"
	other = "arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-3-sonnet-20240229-v1:0"
	user  = "arn:aws:iam::123456789012:user/BedrockAPIKey-a1b2"
)

// story1 is the policy of the first story as its author wrote it.
const story1 = `{"Version":"2012-10-17","Statement":[{"Sid":"AllowSpecificBedrockModels","Effect":"Allow",
	"Action":["bedrock:InvokeModel","bedrock:InvokeModelWithResponseStream","bedrock:CallWithBearerToken"],
	"Resource":["` + haiku + `","` + titan + `"]}]}`

func mustParse(t testing.TB, text string) *policy.Document {
	t.Helper()
	doc, err := policy.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// set compiles documents, each a policy of the layer.
func set(t testing.TB, layer Layer, docs ...string) *Set {
	t.Helper()
	var policies []*Policy
	for _, d := range docs {
		policies = append(policies, Compile(mustParse(t, d), Source{Layer: layer, Name: "p"}))
	}
	return NewSet(policies...)
}

func userWith(t testing.TB, docs ...string) *Subject {
	return &Subject{Account: "123456789012", PrincipalARN: user, Identity: set(t, LayerIdentity, docs...)}
}

func keys(kv ...string) *condition.Context {
	c := condition.NewContext(nil)
	for i := 0; i < len(kv); i += 2 {
		c.Set(kv[i], "request", kv[i+1])
	}
	return c
}

func TestStory1(t *testing.T) {
	s := userWith(t, story1)
	tests := []struct {
		action, resource string
		message          string // empty: allowed
	}{
		{"bedrock:InvokeModel", haiku, ""},
		{"bedrock:InvokeModelWithResponseStream", titan, ""},
		{"bedrock:InvokeModel", other, "User: " + user + " is not authorized to perform: bedrock:InvokeModel on resource: " + other +
			" because no identity-based policy allows the bedrock:InvokeModel action"},
		{"bedrock:CallWithBearerToken", "*", "User: " + user + " is not authorized to perform: bedrock:CallWithBearerToken on resource: *" +
			" because no identity-based policy allows the bedrock:CallWithBearerToken action"},
	}
	for _, tt := range tests {
		r := &Request{Action: tt.action, Resource: tt.resource, Context: keys("aws:RequestedRegion", "us-west-2")}
		d := s.Evaluate(r)
		if d.Allowed != (tt.message == "") || d.Message(user, r) != tt.message {
			t.Errorf("%s on %s: allowed %v, message %q", tt.action, tt.resource, d.Allowed, d.Message(user, r))
		}
		if trace := s.Trace(r); trace.Decision != d || trace.Verdict.Message != tt.message {
			t.Errorf("%s on %s: trace says %+v, Evaluate %+v", tt.action, tt.resource, trace.Decision, d)
		}
	}
}
