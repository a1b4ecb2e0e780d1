package simulation

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"hardpan/internal/denial"
	"hardpan/internal/explain"
	"hardpan/policy"
	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

// The commonest denials on Bedrock, from the stories that this program was made
// for and from public reports. Each is made here, explained, mended as the
// explanation says, and seen to be allowed with nothing else opened. doc/denials.md
// is written from them: go test ./internal/simulation -run TestDenials -update

var update = flag.Bool("update", false, "write the list in doc/denials.md anew")

const document = "../../doc/denials.md"

// common is one denial.
type common struct {
	title  string
	text   string // why it happens, for the document
	limits limits
	keys   []string // of the principal
	ask    Question

	cause explain.Cause
	kind  explain.Kind // of the remedy that is applied

	// What applying it is, where it is not a policy to add to the identity
	// policies: the call as it is then made, the tag of the principal, or the
	// layers as an administrator has changed them.
	then      *Question
	principal []string
	changed   *limits
}

// limits are the statements of each layer; empty: there is none.
type limits struct{ identity, boundary, session, scp string }

const (
	west     = "us-west-2"
	allow    = `{"Effect":"Allow","Action":"bedrock:InvokeModel*","Resource":`
	allowAll = `{"Effect":"Allow","Action":"*","Resource":"*"}`
	haiku3   = "anthropic.claude-3-haiku-20240307-v1:0"
	theSCP   = "arn:aws:organizations::111122223333:policy/o-abcdefghij/service_control_policy/p-abcdefgh"
	models   = `"arn:aws:bedrock:*::foundation-model/*"`
	profiles = `"arn:aws:bedrock:*:*:inference-profile/*"`
	ownKinds = `"arn:aws:bedrock:*:*:application-inference-profile/*"`
	abac     = allow + ownKinds + `,"Condition":{"StringEquals":{"aws:ResourceTag/UserEmail":"${aws:PrincipalTag/UserEmail}"}}},` +
		allow + models + `,"Condition":{"ArnEquals":{"bedrock:InferenceProfileArn":` + ownKinds + `}}}`
	haiku3Too = `{"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":"arn:aws:bedrock:us-west-2::foundation-model/` + haiku3 + `"}`
	guardrail = "arn:aws:bedrock:us-west-2:123456789012:guardrail/abcdef123456"
	euOnly    = `{"Sid":"EuropeOnly","Effect":"Deny","Action":"bedrock:*","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1","eu-west-3"]}}}`
)

var foo = []string{"aws:PrincipalTag/UserEmail", "foo@example.com"}

func tagged(email string) []Key {
	return []Key{{Name: "aws:ResourceTag/UserEmail", Values: []string{email}}}
}

func commonDenials() []common {
	return []common{
		{
			title: "Nothing about Bedrock", text: "The principal has no statement for Bedrock at all: a new user, or a permission set for something else.",
			limits: limits{identity: `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`}, ask: Question{Action: "converse", Resource: haiku, Region: west},
			cause: explain.CauseNoStatement, kind: explain.KindPolicy,
		},
		{
			title: "Another model than those allowed", text: "The policy names models, and the call another one, or another version of it.",
			limits: limits{identity: twoModels}, ask: Question{Action: "converse", Resource: "anthropic.claude-3-sonnet-20240229-v1:0", Region: west},
			cause: explain.CauseNoResource, kind: explain.KindPolicy,
		},
		{
			title: "An API key whose policy names models only", text: "bedrock:CallWithBearerToken stands beside model ARNs. It has no resource type, so it is granted by a statement on `*` only.",
			limits: limits{identity: twoModels}, ask: Question{Action: "converse", Resource: haiku, Region: west, Bearer: "LONG_TERM"},
			cause: explain.CauseBearerToken, kind: explain.KindPolicy,
		},
		{
			title: "Streaming is another action", text: "ConverseStream and InvokeModelWithResponseStream are checked as bedrock:InvokeModelWithResponseStream.",
			limits: limits{identity: twoModels}, ask: Question{Action: "converse-stream", Resource: haiku, Region: west},
			cause: explain.CauseNoStatement, kind: explain.KindPolicy,
		},
		{
			title: "bedrock:Converse is no action", text: "The operation Converse is checked as bedrock:InvokeModel; a policy that names bedrock:Converse grants nothing.",
			limits: limits{identity: `{"Effect":"Allow","Action":["bedrock:Converse","bedrock:ConverseStream"],"Resource":"*"}`}, ask: Question{Action: "converse", Resource: haiku, Region: west},
			cause: explain.CauseNoStatement, kind: explain.KindPolicy,
		},
		{
			title: "The wrong region", text: "A child process, an SDK's default or a hard-coded region takes the call elsewhere than the policy allows.",
			limits: limits{identity: allow + `"arn:aws:bedrock:eu-west-1::foundation-model/*"}`}, ask: Question{Action: "converse", Resource: haiku3, Region: "us-east-1"},
			cause: explain.CauseWrongRegion, kind: explain.KindCall, then: &Question{Action: "converse", Resource: haiku3, Region: "eu-west-1"},
		},
		{
			title: "The profile is allowed, the model behind it is not", text: "A call through an inference profile is checked on the profile, then on the model in each region that the profile may route to.",
			limits: limits{identity: allow + ownKinds + `}`}, ask: Question{Action: "converse", Resource: haiku, Via: own},
			cause: explain.CauseModelBehind, kind: explain.KindPolicy,
		},
		{
			title: "The models are allowed, the profile is not", text: "The other way round: an id that begins with us., eu., apac. or global. is a profile, and has an ARN of its own.",
			limits: limits{identity: allow + models + `}`}, ask: Question{Action: "converse", Resource: "us." + sonnet, Region: west},
			cause: explain.CauseNoResource, kind: explain.KindPolicy,
		},
		{
			title: "A profile that also routes to other regions", text: "All destinations of a geographic profile have to be allowed, not only the region of the call.",
			limits: limits{identity: allow + `"arn:aws:bedrock:eu-west-1:*:*"}`}, ask: Question{Action: "converse", Resource: "eu." + haiku3, Region: "eu-west-1"},
			cause: explain.CauseWrongRegion, kind: explain.KindCall, then: &Question{Action: "converse", Resource: haiku3, Region: "eu-west-1"},
		},
		{
			title: "A global profile without the region-less model", text: "A global profile is checked on the profile, on the model in the source region, and on the model's ARN without a region.",
			limits: limits{identity: allow + `["arn:aws:bedrock:us-west-2:*:inference-profile/global.*","arn:aws:bedrock:us-west-2::foundation-model/*"]}`},
			ask:    Question{Action: "converse", Resource: "global." + sonnet, Region: west},
			cause:  explain.CauseModelBehind, kind: explain.KindPolicy,
		},
		{
			title: "The model only through a profile", text: "The statement on the models has the condition bedrock:InferenceProfileArn, so that costs are attributed, and the call named the model itself.",
			limits: limits{identity: allow + profiles + `},` + allow + models + `,"Condition":{"StringLike":{"bedrock:InferenceProfileArn":` + profiles + `}}}`},
			ask:    Question{Action: "converse", Resource: sonnet, Region: west},
			cause:  explain.CauseOnlyThrough, kind: explain.KindCall, then: &Question{Action: "converse", Resource: "global." + sonnet, Region: west},
		},
		{
			title: "Somebody else's profile", text: "The profile's tag says that it is another person's. That is what the policy is for: use your own profile. To change the tag would take the profile over.",
			limits: limits{identity: abac}, keys: foo, ask: Question{Action: "converse", Resource: haiku, Via: own, Context: tagged("bar@example.com")},
			cause: explain.CauseConditionFailed, kind: "", then: &Question{Action: "converse", Resource: haiku, Via: strings.Replace(own, "a1b2", "f0f0", 1), Context: tagged("foo@example.com")},
		},
		{
			title: "A profile without the tag", text: "The policy compares a tag of the profile with one of the person; the profile was made without it.",
			limits: limits{identity: abac}, keys: foo, ask: Question{Action: "converse", Resource: haiku, Via: own},
			cause: explain.CauseKeyMissing, kind: explain.KindTag, then: &Question{Action: "converse", Resource: haiku, Via: own, Context: tagged("foo@example.com")},
		},
		{
			title: "A session without the person's tag", text: "The identity provider did not pass the attribute on, so that the session has no tag to compare with.",
			limits: limits{identity: abac}, ask: Question{Action: "converse", Resource: haiku, Via: own, Context: tagged("foo@example.com")},
			cause: explain.CauseConditionFailed, kind: explain.KindTag, principal: foo,
		},
		{
			title: "A service control policy denies one destination", text: "The organization keeps calls in some regions; one of the regions that the profile may route to is not among them.",
			limits: limits{identity: allowAll, scp: allowAll + "," + euOnly}, ask: Question{Action: "converse", Resource: "eu." + haiku3, Region: "eu-west-1"},
			cause: explain.CauseExplicitDeny, kind: explain.KindCall, then: &Question{Action: "converse", Resource: haiku3, Region: "eu-west-1"},
		},
		{
			title: "A guardrail is required", text: "A Deny fires for every call that does not name the guardrail.",
			limits: limits{identity: allowAll + `,{"Sid":"Guarded","Effect":"Deny","Action":"bedrock:InvokeModel*","Resource":"*","Condition":{"StringNotEquals":{"bedrock:GuardrailIdentifier":"` + guardrail + `"}}}`},
			ask:    Question{Action: "converse", Resource: haiku, Region: west},
			cause:  explain.CauseExplicitDeny, kind: explain.KindCall,
			then: &Question{Action: "converse", Resource: haiku, Region: west, Context: []Key{{Name: "bedrock:GuardrailIdentifier", Values: []string{guardrail}}}},
		},
		{
			title: "The permissions boundary", text: "The identity policies allow the call; the boundary, which an administrator set, does not.",
			limits: limits{identity: allowAll, boundary: twoModels}, ask: Question{Action: "converse", Resource: haiku3, Region: west},
			cause: explain.CauseBoundary, kind: explain.KindAsk, changed: &limits{identity: allowAll, boundary: twoModels + "," + haiku3Too},
		},
		{
			title: "A session narrower than its role", text: "Whoever made the session passed a policy; a sub-agent can never have more than its parent gave it.",
			limits: limits{identity: allowAll, session: twoModels}, ask: Question{Action: "converse", Resource: haiku3, Region: west},
			cause: explain.CauseSession, kind: explain.KindAsk, changed: &limits{identity: allowAll, session: twoModels + "," + haiku3Too},
		},
		{
			title: "Listing models with a statement on model ARNs", text: "bedrock:ListFoundationModels has no resource type. AWS's text does not even name a resource.",
			limits: limits{identity: `{"Sid":"Models","Effect":"Allow","Action":["bedrock:InvokeModel","bedrock:ListFoundationModels"],"Resource":` + models + `}`},
			ask:    Question{Action: "ListFoundationModels", Region: west},
			cause:  explain.CauseNoResourceType, kind: explain.KindPolicy,
		},
		{
			title: "Creating a profile without the tag that is asked for", text: "Self-service lets people create profiles that carry their own tag only; the call passed none.",
			limits: limits{identity: `{"Effect":"Allow","Action":"bedrock:CreateInferenceProfile","Resource":"*","Condition":{"StringEquals":{"aws:RequestTag/UserEmail":"${aws:PrincipalTag/UserEmail}"}}}`}, keys: foo,
			ask:   Question{Action: "CreateInferenceProfile", Region: west},
			cause: explain.CauseKeyMissing, kind: explain.KindCall,
			then: &Question{Action: "CreateInferenceProfile", Region: west, Context: []Key{{Name: "aws:RequestTag/UserEmail", Values: []string{"foo@example.com"}}}},
		},
	}
}

func (l limits) principal(t *testing.T, keys []string) Principal {
	t.Helper()
	p := principal(t, l.identity, keys...)
	set := func(statements string, src eval.Source) *eval.Set {
		doc, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[` + statements + `]}`))
		if err != nil {
			t.Fatal(err)
		}
		return eval.NewSet(eval.Compile(doc, src))
	}
	if l.boundary != "" {
		p.Subject.Boundary = set(l.boundary, eval.Source{Layer: eval.LayerBoundary, ARN: "arn:aws:iam::123456789012:policy/boundary", Name: "boundary"})
	}
	if l.session != "" {
		p.Subject.Session = set(l.session, eval.Source{Layer: eval.LayerSession, Name: "session policy"})
	}
	if l.scp != "" {
		p.Subject.SCPs = []*eval.Set{set(l.scp, eval.Source{Layer: eval.LayerSCP, ARN: theSCP, Name: "regions"})}
	}
	return p
}

func TestDenials(t *testing.T) {
	var list bytes.Buffer
	cases := commonDenials()
	for i := range cases {
		c := &cases[i]
		t.Run(c.title, func(t *testing.T) {
			p := c.limits.principal(t, c.keys)
			denied := ask(t, p, c.ask)
			if denied.Allowed || denied.Explanation == nil {
				t.Fatalf("it is not denied: %+v", denied)
			}
			e := denied.Explanation
			if e.Cause != c.cause {
				t.Fatalf("the cause is %s, want %s: %s", e.Cause, c.cause, e.Summary)
			}
			readBack(t, denied.Message)
			r := c.remedy(t, e)
			mended, q := c.apply(t, p, r)
			after := ask(t, mended, q)
			if !after.Allowed {
				t.Fatalf("with the remedy it is denied still: %s", after.Message)
			}
			nothingElse(t, c, p, mended, r)
			c.write(&list, i+1, denied, r)
		})
	}
	if len(cases) != 20 {
		t.Errorf("%d denials, want 20", len(cases))
	}
	inDocument(t, list.String())
}

// readBack: hardpan why understands the text.
func readBack(t *testing.T, text string) {
	t.Helper()
	if d, ok := denial.Parse(text); !ok || d.Kind != denial.Policy || d.Principal != user || d.Layer == eval.LayerNone {
		t.Errorf("%s is read back as %+v", text, d)
	}
}

// remedy is the first one of the kind that is applied, which must be proven.
func (c *common) remedy(t *testing.T, e *explain.Explanation) *explain.Remedy {
	t.Helper()
	for i := range e.Remedies {
		if r := &e.Remedies[i]; r.Kind == explain.KindTag && c.kind != explain.KindTag {
			t.Errorf("a tag is proposed: %s", r.Title)
		}
	}
	for i := range e.Remedies {
		if r := &e.Remedies[i]; r.Kind == c.kind {
			if !r.Proven || c.kind == explain.KindPolicy && len(r.Opens) > 0 {
				t.Errorf("remedy %+v", r)
			}
			return r
		}
	}
	if c.kind != "" {
		t.Fatalf("no remedy of kind %s in %+v", c.kind, e.Remedies)
	}
	return nil
}

// apply does what the remedy says.
func (c *common) apply(t *testing.T, p Principal, r *explain.Remedy) (Principal, Question) {
	t.Helper()
	switch {
	case c.then != nil:
		c.isWhatItSays(t, r)
		return p, *c.then
	case c.principal != nil:
		return c.limits.principal(t, c.principal), c.ask
	case c.changed != nil:
		return c.changed.principal(t, c.keys), c.ask
	}
	doc, err := policy.Load(r.Document, policy.Identity)
	if err != nil {
		t.Fatal(err)
	}
	mended := *p.Subject
	mended.Identity = mended.Identity.With(eval.Compile(doc, eval.Source{Layer: eval.LayerIdentity, Name: "remedy"}))
	return Principal{Subject: &mended, Keys: p.Keys}, c.ask
}

// isWhatItSays: the call that is made then is the one that the remedy names.
func (c *common) isWhatItSays(t *testing.T, r *explain.Remedy) {
	t.Helper()
	if r == nil {
		return
	}
	named := []string{c.then.Resource, c.then.Region}
	for _, k := range c.then.Context {
		named = append(named, k.Values[0])
	}
	for _, name := range named {
		if name != "" && strings.Contains(r.Title, name) {
			return
		}
	}
	t.Errorf("%q names nothing of the call that is made then, %+v", r.Title, *c.then)
}

// nothingElse holds everything that the principal may do before and after
// against each other: what is added is the call itself, and what the remedy says.
func nothingElse(t *testing.T, c *common, before, after Principal, r *explain.Remedy) {
	t.Helper()
	q := c.ask
	call, err := plan(before, &q)
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for _, own := range call.requests {
		told[own.Action+" on "+own.Resource] = true
	}
	if r != nil {
		for _, name := range r.Opens {
			told[name] = true
		}
	}
	withTags := append(c.keys[:len(c.keys):len(c.keys)], c.principal...)
	for u := range Universe(call.at, condition.NewContext(nil), call.requests...) {
		was, is := *u, *u
		was.Context, is.Context = over(u.Context, c.keys), over(u.Context, withTags)
		if before.Subject.Evaluate(&was).Allowed || !after.Subject.Evaluate(&is).Allowed || told[u.Action+" on "+u.Resource] {
			continue
		}
		if !told[u.Action+" on *"] { // an action without a resource type is asked about on resources, too
			t.Errorf("the remedy opens %s on %s", u.Action, u.Resource)
		}
	}
}

func over(parent *condition.Context, keys []string) *condition.Context {
	ctx := condition.NewContext(parent)
	for i := 0; i < len(keys); i += 2 {
		ctx.Set(keys[i], "principal", keys[i+1])
	}
	return ctx
}

// write is the denial's part of the document.
func (c *common) write(b *bytes.Buffer, number int, a *Answer, r *explain.Remedy) {
	fmt.Fprintf(b, "### %d. %s\n\n%s\n\n", number, c.title, c.text)
	fmt.Fprintf(b, "```text\n%s\n```\n\nCause: [%s](#%s).", a.Message, a.Explanation.Cause, a.Explanation.Cause)
	if r == nil {
		fmt.Fprintf(b, "\n\n")
		return
	}
	fmt.Fprintf(b, " Remedy: %s.\n\n", strings.ReplaceAll(r.Title, user, "the principal"))
	if len(r.Document) > 0 {
		var pretty bytes.Buffer
		_ = json.Indent(&pretty, r.Document, "", "  ")
		fmt.Fprintf(b, "```json\n%s\n```\n\n", pretty.String())
	}
}

const begins, ends = "<!-- denials: begin -->\n\n", "<!-- denials: end -->"

// inDocument holds the document against the denials, or writes them into it.
func inDocument(t *testing.T, list string) {
	t.Helper()
	raw, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(raw), begins)
	had, after, found := strings.Cut(rest, ends)
	if !ok || !found {
		t.Fatalf("%s lacks its marks", document)
	}
	switch {
	case t.Failed() || had == list:
	case *update:
		if err := os.WriteFile(document, []byte(before+begins+list+ends+after), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s is not what the denials give: see the difference after go test -run TestDenials -update", document)
	}
}

// Each cause that an explanation can have is told about in the document, in the
// same words.
func TestEveryCauseHasASection(t *testing.T) {
	raw, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range explain.Causes() {
		if !strings.Contains(string(raw), "\n### "+string(c)+"\n\n"+c.Meaning()+"\n") {
			t.Errorf("%s has no section ### %s that begins with: %s", document, c, c.Meaning())
		}
	}
}
