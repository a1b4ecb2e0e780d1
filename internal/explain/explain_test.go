package explain

import (
	"encoding/json"
	"iter"
	"slices"
	"strings"
	"testing"

	"hardpan/policy"
	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

const (
	account = "123456789012"
	user    = "arn:aws:iam::123456789012:user/BedrockAPIKey-a1b2"
	haiku   = "arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-3-5-haiku-20241022-v1:0"
	titan   = "arn:aws:bedrock:us-west-2::foundation-model/amazon.titan-embed-text-v2:0"
	sonnet  = "arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-3-sonnet-20240229-v1:0"
	profile = "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/a1b2c3d4e5f6"

	story1 = `{"Version":"2012-10-17","Statement":[{"Sid":"AllowSpecificBedrockModels","Effect":"Allow",
		"Action":["bedrock:InvokeModel","bedrock:InvokeModelWithResponseStream","bedrock:CallWithBearerToken"],
		"Resource":["` + haiku + `","` + titan + `"]}]}`
	everything = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
)

func layer(t testing.TB, l eval.Layer, name string, docs ...string) *eval.Set {
	t.Helper()
	var policies []*eval.Policy
	for _, text := range docs {
		doc, err := policy.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		policies = append(policies, eval.Compile(doc, eval.Source{Layer: l, Name: name, Owner: user}))
	}
	return eval.NewSet(policies...)
}

func subject(t testing.TB, docs ...string) *eval.Subject {
	return &eval.Subject{Account: account, PrincipalARN: user, Identity: layer(t, eval.LayerIdentity, "inline", docs...)}
}

func request(action, resource string, keys ...string) eval.Request {
	ctx := condition.NewContext(nil)
	for i := 0; i < len(keys); i += 2 {
		ctx.Set(keys[i], "request", keys[i+1])
	}
	return eval.Request{Action: action, Resource: resource, Context: ctx}
}

// universe is every Bedrock action of these tests on every resource of them.
func universe(keys ...string) iter.Seq[*eval.Request] {
	actions := []string{"bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream", "bedrock:CallWithBearerToken", "bedrock:GetInferenceProfile", "bedrock:ListFoundationModels"}
	resources := []string{"*", haiku, titan, sonnet, profile}
	return func(yield func(*eval.Request) bool) {
		for _, a := range actions {
			for _, r := range resources {
				request := request(a, r, keys...)
				if !yield(&request) {
					return
				}
			}
		}
	}
}

// explainFirst explains the first check of a call that is denied.
func explainFirst(t *testing.T, s *eval.Subject, keys []string, call ...eval.Request) *Explanation {
	t.Helper()
	for i := range call {
		if s.Evaluate(&call[i]).Allowed {
			continue
		}
		stored, err := json.Marshal(s.Trace(&call[i]))
		if err != nil {
			t.Fatal(err)
		}
		trace := new(eval.Trace)
		if err := json.Unmarshal(stored, trace); err != nil {
			t.Fatal(err)
		}
		e := Explain(Input{Trace: trace, Subject: s, Requests: call, Universe: universe(keys...)})
		for _, r := range e.Remedies {
			if !r.Proven {
				t.Errorf("the remedy %q was not proven", r.Title)
			}
			checkDocument(t, r)
		}
		return e
	}
	t.Fatal("the call is allowed")
	return nil
}

func checkDocument(t *testing.T, r Remedy) {
	t.Helper()
	if r.Document == nil {
		return
	}
	kind := policy.Identity
	if strings.Contains(string(r.Document), `"Principal"`) {
		kind = policy.Trust
	}
	if _, err := policy.Load(r.Document, kind); err != nil {
		t.Errorf("the remedy %q is not a valid policy: %v\n%s", r.Title, err, r.Document)
	}
}

func compact(t *testing.T, text json.RawMessage) string {
	t.Helper()
	doc, err := policy.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	b, err := doc.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Story 1, step 8: the statement names the action together with model ARNs.
func TestBearerTrap(t *testing.T) {
	s := subject(t, story1)
	e := explainFirst(t, s, nil,
		request("bedrock:CallWithBearerToken", "*", "bedrock:BearerTokenType", "LONG_TERM"),
		request("bedrock:InvokeModel", haiku))
	if e.Cause != CauseBearerToken {
		t.Fatalf("cause %s", e.Cause)
	}
	if !strings.Contains(e.Summary, `statement "AllowSpecificBedrockModels" (line 1) of identity policy "inline" of `+user) {
		t.Errorf("the summary does not name the statement that meant to grant it: %s", e.Summary)
	}
	want := `{"Version":"2012-10-17","Statement":[{"Sid":"AllowCallWithBearerToken","Effect":"Allow","Action":"bedrock:CallWithBearerToken","Resource":"*"}]}`
	if len(e.Remedies) != 1 || e.Remedies[0].Kind != KindPolicy || compact(t, e.Remedies[0].Document) != want || len(e.Remedies[0].Opens) != 0 {
		t.Fatalf("remedies %+v", e.Remedies)
	}
	// with it the key works for the two models, and still not for the third
	doc, err := policy.Parse(e.Remedies[0].Document)
	if err != nil {
		t.Fatal(err)
	}
	s.Identity = s.Identity.With(eval.Compile(doc, eval.Source{Layer: eval.LayerIdentity}))
	for resource, allowed := range map[string]bool{haiku: true, titan: true, sonnet: false} {
		r := request("bedrock:InvokeModel", resource)
		if got := s.Evaluate(&r).Allowed; got != allowed {
			t.Errorf("with the remedy, InvokeModel on %s: allowed %v", resource, got)
		}
	}
}

// Story 1, step 7: a third model.
func TestModelNotNamed(t *testing.T) {
	e := explainFirst(t, subject(t, story1), nil, request("bedrock:InvokeModel", sonnet, "aws:RequestedRegion", "us-west-2"))
	if e.Cause != CauseNoResource {
		t.Fatalf("cause %s", e.Cause)
	}
	if !slices.Contains(e.Details, "The nearest resource that is allowed: "+haiku) {
		t.Errorf("details %q name no near miss", e.Details)
	}
	want := `{"Version":"2012-10-17","Statement":[{"Sid":"AllowInvokeModel","Effect":"Allow","Action":"bedrock:InvokeModel","Resource":"` + sonnet + `"}]}`
	if len(e.Remedies) != 2 || compact(t, e.Remedies[0].Document) != want || len(e.Remedies[0].Opens) != 0 {
		t.Fatalf("remedies %+v", e.Remedies)
	}
	if r := e.Remedies[1]; r.Kind != KindCall || !strings.Contains(r.Title, haiku) || !strings.Contains(r.Title, titan) {
		t.Errorf("what is allowed already: %+v", r)
	}
}

func TestNoStatementForTheAction(t *testing.T) {
	e := explainFirst(t, subject(t, story1), nil, request("bedrock:ListFoundationModels", "*"))
	if e.Cause != CauseNoStatement || len(e.Remedies) != 1 {
		t.Fatalf("cause %s, remedies %+v", e.Cause, e.Remedies)
	}
}

func TestStreamingIsAnotherAction(t *testing.T) {
	e := explainFirst(t, subject(t, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":"*"}}`), nil,
		request("bedrock:InvokeModelWithResponseStream", haiku))
	if e.Cause != CauseNoStatement || !strings.Contains(strings.Join(e.Details, "\n"), "nearest action that is allowed: bedrock:InvokeModel, in statement 1") {
		t.Fatalf("cause %s, details %q", e.Cause, e.Details)
	}
}

func TestWrongRegion(t *testing.T) {
	elsewhere := strings.Replace(haiku, "us-west-2", "us-east-1", 1)
	for name, doc := range map[string]string{
		"by resource":  story1,
		"by condition": `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"us-west-2"}}}}`,
	} {
		t.Run(name, func(t *testing.T) {
			e := explainFirst(t, subject(t, doc), nil, request("bedrock:InvokeModel", elsewhere, "aws:RequestedRegion", "us-east-1"))
			if e.Cause != CauseWrongRegion || !strings.Contains(e.Summary, "allows it in us-west-2, but the call went to us-east-1") {
				t.Fatalf("cause %s: %s", e.Cause, e.Summary)
			}
			if len(e.Remedies) == 0 || e.Remedies[0].Title != "Make the same call in us-west-2 instead of us-east-1" {
				t.Fatalf("remedies %+v", e.Remedies)
			}
		})
	}
}

// Story 2: the profile is allowed, the model behind it is not; then only through
// a profile.
func TestProfiles(t *testing.T) {
	onlyProfile := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"bedrock:InvokeModel*","Resource":["` + profile + `","` + titan + `"]}}`
	e := explainFirst(t, subject(t, onlyProfile), nil,
		request("bedrock:InvokeModel", profile),
		request("bedrock:InvokeModel", haiku, profileKey, profile))
	if e.Cause != CauseModelBehind || len(e.Remedies) != 1 {
		t.Fatalf("cause %s, remedies %+v", e.Cause, e.Remedies)
	}
	want := `{"Version":"2012-10-17","Statement":[{"Sid":"AllowInvokeModel","Effect":"Allow","Action":"bedrock:InvokeModel","Resource":"` + haiku +
		`","Condition":{"ArnEquals":{"bedrock:InferenceProfileArn":"` + profile + `"}}}]}`
	if got := compact(t, e.Remedies[0].Document); got != want {
		t.Errorf("remedy %s", got)
	}

	through := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"bedrock:InvokeModel*","Resource":"arn:aws:bedrock:*::foundation-model/*",
		"Condition":{"ArnEquals":{"bedrock:InferenceProfileArn":"arn:aws:bedrock:*:*:application-inference-profile/*"}}}}`
	e = explainFirst(t, subject(t, through), nil, request("bedrock:InvokeModel", haiku))
	if e.Cause != CauseOnlyThrough || !strings.Contains(e.Summary, "only through an inference profile") {
		t.Fatalf("cause %s: %s", e.Cause, e.Summary)
	}
}

const abac = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"bedrock:*","Resource":"arn:aws:bedrock:*:*:application-inference-profile/*",
	"Condition":{"StringEquals":{"aws:ResourceTag/UserEmail":"${aws:PrincipalTag/UserEmail}"}}}}`

func TestMissingTag(t *testing.T) {
	keys := []string{"aws:PrincipalTag/UserEmail", "foo@example.com"}
	e := explainFirst(t, subject(t, abac), keys, request("bedrock:InvokeModel", profile, keys...))
	if e.Cause != CauseKeyMissing || e.Remedies[0].Kind != KindTag || e.Remedies[0].Title != "Tag "+profile+" with UserEmail=foo@example.com" {
		t.Fatalf("cause %s, remedies %+v", e.Cause, e.Remedies)
	}
	want := []string{
		"bedrock:InvokeModelWithResponseStream on " + profile, "bedrock:CallWithBearerToken on " + profile,
		"bedrock:GetInferenceProfile on " + profile, "bedrock:ListFoundationModels on " + profile,
	}
	if !slices.Equal(e.Remedies[0].Opens, want) {
		t.Errorf("the tag opens %q, want %q", e.Remedies[0].Opens, want)
	}
}

// Somebody else's tag is no fault of the tag: to overwrite it would be a takeover.
func TestAnotherPersonsTag(t *testing.T) {
	keys := []string{"aws:PrincipalTag/UserEmail", "bar@example.com", "aws:ResourceTag/UserEmail", "foo@example.com"}
	e := explainFirst(t, subject(t, abac), keys, request("bedrock:InvokeModel", profile, keys...))
	if e.Cause != CauseConditionFailed || !strings.Contains(e.Summary, `(here "bar@example.com"), but it is "foo@example.com"`) {
		t.Fatalf("cause %s: %s", e.Cause, e.Summary)
	}
	for _, r := range e.Remedies {
		if r.Kind == KindTag {
			t.Errorf("a takeover is proposed: %s", r.Title)
		}
	}
}

func TestExplicitDenies(t *testing.T) {
	s := subject(t, everything,
		"{\"Version\":\"2012-10-17\",\n\"Statement\":[{\"Sid\":\"NoHaiku\",\"Effect\":\"Deny\",\"Action\":\"bedrock:*\",\"Resource\":\"arn:aws:bedrock:*::foundation-model/*haiku*\"},\n{\"Sid\":\"NoClaude\",\"Effect\":\"Deny\",\"Action\":\"bedrock:*\",\"Resource\":\"arn:aws:bedrock:*::foundation-model/*claude*\"}]}")
	e := explainFirst(t, s, nil, request("bedrock:InvokeModel", haiku))
	if e.Cause != CauseExplicitDeny || len(e.Remedies) != 2 {
		t.Fatalf("cause %s, remedies %+v", e.Cause, e.Remedies)
	}
	for i, sid := range []string{`statement "NoHaiku" (line 2)`, `statement "NoClaude" (line 3)`} {
		r := e.Remedies[i]
		if r.Kind != KindAsk || !strings.Contains(r.Title, "No Allow will help") || !strings.Contains(r.Title, sid) || !strings.Contains(r.Note, "all of them") {
			t.Errorf("remedy %d: %+v", i, r)
		}
	}
}

func TestSilentLayers(t *testing.T) {
	nothing := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`
	tests := []struct {
		cause Cause
		limit func(*eval.Subject)
	}{
		{CauseBoundary, func(s *eval.Subject) { s.Boundary = layer(t, eval.LayerBoundary, "boundary", nothing) }},
		{CauseSession, func(s *eval.Subject) { s.Session = layer(t, eval.LayerSession, "session", nothing) }},
		{CauseSCP, func(s *eval.Subject) {
			s.SCPs = []*eval.Set{layer(t, eval.LayerSCP, "full", everything), layer(t, eval.LayerSCP, "scp", nothing)}
		}},
		{CauseRCP, func(s *eval.Subject) { s.RCPs = []*eval.Set{layer(t, eval.LayerRCP, "rcp", nothing)} }},
	}
	for _, tt := range tests {
		t.Run(string(tt.cause), func(t *testing.T) {
			s := subject(t, story1)
			tt.limit(s)
			e := explainFirst(t, s, nil, request("bedrock:InvokeModel", haiku))
			if e.Cause != tt.cause || len(e.Remedies) != 1 || e.Remedies[0].Kind != KindAsk {
				t.Fatalf("cause %s, remedies %+v", e.Cause, e.Remedies)
			}
			if len(e.Remedies[0].Opens) != 0 {
				t.Errorf("opens %q", e.Remedies[0].Opens)
			}
		})
	}
}

func TestTrustPolicy(t *testing.T) {
	const role = "arn:aws:iam::123456789012:role/reader"
	s := subject(t, everything)
	r := request("sts:AssumeRole", role)
	r.Trust = true
	r.ResourcePolicy = layer(t, eval.LayerTrust, "trust", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/other"},"Action":"sts:AssumeRole"}}`)
	e := explainFirst(t, s, nil, r)
	if e.Cause != CauseTrust || len(e.Remedies) != 1 || !strings.Contains(string(e.Remedies[0].Document), `"AWS": "`+user+`"`) {
		t.Fatalf("cause %s, remedies %+v", e.Cause, e.Remedies)
	}
}

// A call with several checks gets one remedy for all of them.
func TestOneRemedyForAllDestinations(t *testing.T) {
	const geo = "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.x"
	doc := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":"arn:aws:bedrock:eu-west-1:*:*"}}`
	call := []eval.Request{request("bedrock:InvokeModel", geo, regionKey, "eu-west-1")}
	for _, region := range []string{"eu-west-1", "eu-central-1", "eu-north-1"} {
		call = append(call, request("bedrock:InvokeModel", "arn:aws:bedrock:"+region+"::foundation-model/x", regionKey, region, profileKey, geo))
	}
	e := explainFirst(t, subject(t, doc), nil, call...)
	if e.Cause != CauseWrongRegion || len(e.Remedies) != 1 {
		t.Fatalf("cause %s, remedies %+v", e.Cause, e.Remedies)
	}
	if !slices.Contains(e.Details, "The call also needs bedrock:InvokeModel on arn:aws:bedrock:eu-north-1::foundation-model/x, which is denied too") {
		t.Errorf("details %q do not list the other missing destination", e.Details)
	}
	text := compact(t, e.Remedies[0].Document)
	if !strings.Contains(text, `["arn:aws:bedrock:eu-central-1::foundation-model/x","arn:aws:bedrock:eu-north-1::foundation-model/x"]`) {
		t.Errorf("remedy %s", text)
	}
}

func TestRemedySaysWhatElseItOpens(t *testing.T) {
	s := subject(t, story1)
	call := request("bedrock:GetInferenceProfile", "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/*")
	e := explainFirst(t, s, nil, call)
	if want := []string{"bedrock:GetInferenceProfile on " + profile}; len(e.Remedies) != 1 || !slices.Equal(e.Remedies[0].Opens, want) {
		t.Fatalf("remedies %+v", e.Remedies)
	}
}

func TestNoRemedyWithoutProof(t *testing.T) {
	s := subject(t, story1)
	r := request("bedrock:InvokeModel", sonnet)
	if e := Explain(Input{Trace: s.Trace(&r)}); e.Cause != CauseNoResource || e.Remedies != nil {
		t.Errorf("without a subject: %+v", e)
	}
	if e := Explain(Input{Trace: s.Trace(&r), Subject: s, Requests: []eval.Request{r}}); e.Remedies != nil {
		t.Errorf("without a universe: %+v", e.Remedies)
	}
}

func TestPolicyMendedSince(t *testing.T) {
	r := request("bedrock:InvokeModel", sonnet)
	old := subject(t, story1).Trace(&r)
	e := Explain(Input{Trace: old, Subject: subject(t, everything), Requests: []eval.Request{r}, Universe: universe()})
	if len(e.Remedies) != 1 || !strings.HasPrefix(e.Remedies[0].Title, "Call again") {
		t.Errorf("remedies %+v", e.Remedies)
	}
}

// What a caller may see of other people's policies is a layer's name.
func TestOwnOnlyShowsNoControlPolicy(t *testing.T) {
	const denial = `{"Version":"2012-10-17","Statement":{"Sid":"secretsid","Effect":"Deny","Action":"bedrock:*","Resource":"*"}}`
	const silence = `{"Version":"2012-10-17","Statement":{"Sid":"secretsid","Effect":"Allow","Action":"bedrock:InvokeModel","Resource":"arn:aws:bedrock:*::foundation-model/secret"}}`
	for doc, limit := range map[string]func(*eval.Subject, *eval.Set){
		denial:  func(s *eval.Subject, set *eval.Set) { s.SCPs = []*eval.Set{set} },
		silence: func(s *eval.Subject, set *eval.Set) { s.Boundary = set },
	} {
		s := subject(t, story1)
		limit(s, layer(t, eval.LayerSCP, "secret", doc))
		r := request("bedrock:InvokeModel", haiku)
		e := Explain(Input{Trace: s.Trace(&r), Subject: s, Requests: []eval.Request{r}, Universe: universe(), OwnOnly: true})
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "secret") || len(e.Remedies) != 1 {
			t.Errorf("the caller sees %s", text)
		}
	}
}

func TestEveryCauseHasAMeaning(t *testing.T) {
	for _, c := range Causes() {
		if c.Meaning() == "" {
			t.Errorf("%s has no meaning", c)
		}
	}
	if len(Causes()) != len(meanings) {
		t.Errorf("%d causes, %d meanings", len(Causes()), len(meanings))
	}
}
