package simulation

import (
	"slices"
	"strings"
	"testing"

	"hardpan/internal/explain"
	"hardpan/policy"
	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

const (
	haiku  = "anthropic.claude-3-5-haiku-20241022-v1:0"
	sonnet = "anthropic.claude-sonnet-4-5-20250929-v1:0"
	user   = "arn:aws:iam::123456789012:user/alice"
	own    = "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/a1b2c3d4e5f6"
)

func principal(t testing.TB, statements string, keys ...string) Principal {
	t.Helper()
	doc, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[` + statements + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	set := eval.NewSet(eval.Compile(doc, eval.Source{Layer: eval.LayerIdentity, Name: "own", Owner: user}))
	ctx := condition.NewContext(nil)
	for i := 0; i < len(keys); i += 2 {
		ctx.Set(keys[i], "principal", keys[i+1])
	}
	return Principal{Subject: &eval.Subject{Account: "123456789012", PrincipalARN: user, Identity: set}, Keys: ctx}
}

const (
	allModels = `{"Effect":"Allow","Action":"bedrock:InvokeModel*","Resource":"arn:aws:bedrock:*::foundation-model/*"}`
	twoModels = `{"Sid":"Two","Effect":"Allow","Action":["bedrock:InvokeModel","bedrock:CallWithBearerToken"],"Resource":["arn:aws:bedrock:us-west-2::foundation-model/` + haiku + `"]}`
)

func ask(t testing.TB, p Principal, q Question) *Answer {
	t.Helper()
	a, err := Ask(p, q, false)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAskAboutAModel(t *testing.T) {
	for name, tt := range map[string]struct {
		statements string
		q          Question
		allowed    bool
		checks     int
		says       string
	}{
		"allowed":              {twoModels, Question{Action: "converse", Resource: haiku, Region: "us-west-2"}, true, 1, ""},
		"streaming is another": {twoModels, Question{Action: "converse-stream", Resource: haiku, Region: "us-west-2"}, false, 1, "no identity-based policy allows the bedrock:InvokeModelWithResponseStream action"},
		"region from the ARN":  {allModels, Question{Action: "InvokeModel", Resource: "arn:aws:bedrock:us-west-2::foundation-model/" + haiku}, true, 1, ""},
		"a key's trap":         {twoModels, Question{Action: "converse", Resource: haiku, Region: "us-west-2", Bearer: "LONG_TERM"}, false, 2, "bedrock:CallWithBearerToken on resource: *"},
		"a profile":            {allModels, Question{Action: "converse", Resource: "us." + sonnet, Region: "us-west-2"}, false, 4, "inference-profile/us." + sonnet},
		"via a profile":        {allModels, Question{Action: "converse", Resource: sonnet, Via: "us." + sonnet, Region: "us-west-2"}, false, 4, "inference-profile/us." + sonnet},
		"profiles only":        {allModels, Question{Action: "converse", Resource: sonnet, Region: "us-west-2"}, false, 1, "on-demand throughput isn’t supported"},
	} {
		t.Run(name, func(t *testing.T) {
			a := ask(t, principal(t, tt.statements), tt.q)
			if a.Allowed != tt.allowed || len(a.Checks) != tt.checks || !strings.Contains(a.Message, tt.says) {
				t.Errorf("%+v", a)
			}
			if a.Allowed && a.Checks[0].By == "" {
				t.Error("it is not said which statement allows")
			}
		})
	}
}

// The tags of a profile are on the profile only, and the models behind it see
// through which one they are called.
func TestAskThroughAnApplicationProfile(t *testing.T) {
	p := principal(t, `{"Effect":"Allow","Action":"bedrock:InvokeModel*","Resource":"arn:aws:bedrock:*:*:application-inference-profile/*",
		"Condition":{"StringEquals":{"aws:ResourceTag/UserEmail":"${aws:PrincipalTag/UserEmail}"}}},
		{"Effect":"Allow","Action":"bedrock:InvokeModel*","Resource":"arn:aws:bedrock:*::foundation-model/*","Condition":{"ArnEquals":{"bedrock:InferenceProfileArn":"arn:aws:bedrock:*:*:application-inference-profile/*"},"Null":{"aws:ResourceTag/UserEmail":"true"}}}`,
		"aws:PrincipalTag/UserEmail", "foo@example.com")
	q := Question{Action: "converse", Resource: haiku, Via: own, Context: []Key{{Name: "aws:ResourceTag/UserEmail", Values: []string{"foo@example.com"}}}}
	if a := ask(t, p, q); !a.Allowed || len(a.Checks) != 2 {
		t.Errorf("foo's own profile: %+v", a)
	}
	q.Context[0].Values[0] = "bar@example.com"
	if a := ask(t, p, q); a.Allowed || a.Explanation.Cause != explain.CauseConditionFailed {
		t.Errorf("bar's profile: %+v", a)
	}
	a := ask(t, p, Question{Action: "converse", Resource: haiku, Region: "us-west-2"})
	if a.Allowed || a.Explanation.Cause != explain.CauseOnlyThrough {
		t.Errorf("the bare model: %+v", a.Explanation)
	}
}

// What is allowed instead is named, and was tried.
func TestAskNamesAnotherWay(t *testing.T) {
	p := principal(t, allModels+`,{"Effect":"Allow","Action":"bedrock:InvokeModel*","Resource":"arn:aws:bedrock:*:*:inference-profile/us.*"}`)
	a := ask(t, p, Question{Action: "converse", Resource: sonnet, Region: "us-west-2"})
	if want := []string{"Call the model through the inference profile us." + sonnet}; !a.Refused || !slices.Equal(a.Instead, want) {
		t.Errorf("refused %v, instead %q", a.Refused, a.Instead)
	}
	a = ask(t, p, Question{Action: "converse", Resource: "global." + sonnet, Region: "us-west-2"})
	if a.Explanation == nil || a.Explanation.Remedies[0].Title != "Call the model through the inference profile us."+sonnet {
		t.Errorf("%+v", a.Explanation)
	}
}

func TestAskAboutOtherActions(t *testing.T) {
	p := principal(t, `{"Effect":"Allow","Action":["iam:GetUser","bedrock:ListInferenceProfiles"],"Resource":["`+user+`","arn:aws:bedrock:*:*:inference-profile/*"]}`)
	for name, tt := range map[string]struct {
		q        Question
		allowed  bool
		resource string
	}{
		"another service":     {Question{Action: "iam:GetUser", Resource: user}, true, user},
		"no resource type":    {Question{Action: "bedrock:ListFoundationModels", Region: "us-west-2"}, false, "*"},
		"as an operation":     {Question{Action: "list-foundation-models"}, false, "*"},
		"a collection":        {Question{Action: "ListInferenceProfiles", Region: "eu-west-1"}, true, "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/*"},
		"a pattern of models": {Question{Action: "InvokeModel", Resource: "*"}, false, "*"},
	} {
		a := ask(t, p, tt.q)
		if a.Allowed != tt.allowed || a.Checks[0].Resource != tt.resource {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

func TestMistakes(t *testing.T) {
	p := principal(t, allModels)
	for want, q := range map[string]Question{
		`there is no action "chat" of Bedrock`: {Action: "chat", Resource: haiku, Region: "us-west-2"},
		`"iam:" is no action`:                  {Action: "iam:"},
		"which model?":                         {Action: "converse", Region: "us-west-2"},
		"in which region? A model":             {Action: "converse", Resource: haiku},
		"in which region? bedrock:List":        {Action: "ListInferenceProfiles"},
		"is no model or profile":               {Action: "converse", Resource: "anthropic.claude-9", Region: "us-west-2"},
		"cannot be called in eu-west-1":        {Action: "converse", Resource: "us." + sonnet, Region: "eu-west-1"},
		"which model is behind it?":            {Action: "converse", Resource: own, Region: "us-west-2"},
		"is over " + sonnet + ", not over":     {Action: "converse", Resource: haiku, Via: "us." + sonnet, Region: "us-west-2"},
		"on what? bedrock:GetInferenceProfile": {Action: "GetInferenceProfile"},
		"is no resource of iam:GetUser":        {Action: "iam:GetUser", Resource: "alice"},
	} {
		if _, err := Ask(p, q, false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// Who may see their own policies only learns of others that they decided.
func TestOwnOnly(t *testing.T) {
	p := principal(t, allModels)
	doc, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":{"Sid":"Secret","Effect":"Deny","Action":"*","Resource":"*"}}`))
	if err != nil {
		t.Fatal(err)
	}
	p.Subject.SCPs = []*eval.Set{eval.NewSet(eval.Compile(doc, eval.Source{Layer: eval.LayerSCP, ARN: "arn:aws:organizations::111122223333:policy/o-1/service_control_policy/p-1"}))}
	a, err := Ask(p, Question{Action: "converse", Resource: haiku, Region: "us-west-2"}, true)
	if err != nil || a.Checks[0].By != "" || strings.Contains(a.Explanation.Summary, "Secret") {
		t.Errorf("%+v, %v", a, err)
	}
}

// The other ways of a call of which only the checks are known.
func TestAlternativesOfStoredChecks(t *testing.T) {
	p := principal(t, allModels)
	call, err := plan(p, &Question{Action: "converse", Resource: "global." + sonnet, Region: "us-west-2", Bearer: "LONG_TERM"})
	if err != nil {
		t.Fatal(err)
	}
	list := Alternatives(call.at, call.requests)
	if len(list) != 1 || len(list[0].Requests) != 5 || list[0].Requests[0].Action != "bedrock:CallWithBearerToken" {
		t.Fatalf("%+v", list)
	}
	if list := Alternatives(call.at, call.requests[:1]); list != nil {
		t.Errorf("of a call that is none of a model: %+v", list)
	}
}
