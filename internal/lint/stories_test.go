package lint

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hardpan/internal/catalog"
	"hardpan/policy"
	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

// story reads a policy as it was published.
func story(t *testing.T, name string) Document {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return Document{Text: text}
}

func identity(elements ...string) Document {
	return Document{Text: []byte(`{"Version":"2012-10-17","Statement":[` + strings.Join(elements, ",\n") + `]}`)}
}

// ruleIDs are the rules of the findings, in order.
func ruleIDs(found []Finding) []string {
	var ids []string
	for _, f := range found {
		ids = append(ids, f.Rule)
	}
	return ids
}

func expect(t *testing.T, found []Finding, want ...string) {
	t.Helper()
	if got := ruleIDs(found); !slices.Equal(got, want) {
		t.Errorf("findings of %v, want %v", got, want)
		for _, f := range found {
			t.Logf("%d:%d %s %s: %s", f.Position.Line, f.Position.Column, f.Severity, f.Rule, f.Message)
		}
	}
}

// mended is the document of a finding's fix, which must be proven.
func mended(t *testing.T, f *Finding) Document {
	t.Helper()
	if f.Fix == nil || !f.Fix.Proven || f.Fix.Document == nil {
		t.Fatalf("%s: the fix is not proven: %+v", f.Rule, f.Fix)
	}
	return Document{Text: f.Fix.Document}
}

// user is somebody with these policies.
func user(t *testing.T, docs ...Document) *eval.Subject {
	t.Helper()
	set := eval.NewSet()
	for _, d := range docs {
		doc, err := policy.Load(d.Text, policy.Identity)
		if err != nil {
			t.Fatal(err)
		}
		set = set.With(eval.Compile(doc, eval.Source{Layer: eval.LayerIdentity}))
	}
	return &eval.Subject{Account: "210987654321", PrincipalARN: "arn:aws:iam::210987654321:user/foo", Identity: set}
}

func can(t *testing.T, who *eval.Subject, want bool, what, action, resource string, keys ...string) {
	t.Helper()
	ctx := condition.NewContext(nil)
	for i := 0; i < len(keys); i += 2 {
		ctx.Set(keys[i], "request", keys[i+1])
	}
	if got := who.Evaluate(&eval.Request{Action: action, Resource: resource, Context: ctx}).Allowed; got != want {
		t.Errorf("%s: allowed %v, want %v", what, got, want)
	}
}

const (
	haiku  = "arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-3-5-haiku-20241022-v1:0"
	titan  = "arn:aws:bedrock:us-west-2::foundation-model/amazon.titan-embed-text-v2:0"
	sonnet = "arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-3-sonnet-20240229-v1:0"
)

// Story 1: the key cannot be used at all; mended, it calls two models and no third.
func TestStory1(t *testing.T) {
	found := Check(story(t, "story1"))[0]
	expect(t, found, ruleBearer)
	fixed := mended(t, &found[0])
	expect(t, Check(fixed)[0])
	before, after := user(t, story(t, "story1")), user(t, fixed)
	can(t, before, false, "the key, before", "bedrock:CallWithBearerToken", "*")
	can(t, after, true, "the key", "bedrock:CallWithBearerToken", "*")
	for _, action := range []string{"bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"} {
		can(t, after, true, "haiku", action, haiku)
		can(t, after, true, "titan", action, titan)
		can(t, after, false, "the third model", action, sonnet)
	}
}

// Story 2: the hole in the published policy is found, the steps of the attack
// happen as told, and the remedy closes it and nothing else.
func TestStory2Takeover(t *testing.T) {
	invoke, selfService := story(t, "story2-invoke"), story(t, "story2-self-service")
	both := Check(invoke, selfService)
	expect(t, both[0])
	expect(t, both[1], ruleTakeover)
	f := &both[1][0]
	if f.Severity != Error || f.Position.Line != 9 || len(f.Steps) != 3 {
		t.Errorf("severity %s on line %d with the steps %q", f.Severity, f.Position.Line, f.Steps)
	}
	if steps := strings.Join(f.Steps, "\n"); !strings.Contains(steps, "bedrock:InvokeModel") || !strings.Contains(steps, "bedrock:DeleteInferenceProfile") {
		t.Errorf("the steps do not say what is gained: %s", steps)
	}
	expect(t, Check(selfService)[0], ruleTakeover) // its own Get and Delete are enough

	fixed := mended(t, f)
	for _, found := range Check(invoke, fixed) {
		expect(t, found)
	}
	before, after := user(t, invoke, selfService), user(t, invoke, fixed)
	const (
		bars     = "arn:aws:bedrock:us-west-2:210987654321:application-inference-profile/bar000000001"
		foos     = "arn:aws:bedrock:us-west-2:210987654321:application-inference-profile/foo000000001"
		creating = "arn:aws:bedrock:us-west-2:210987654321:application-inference-profile/*"
		foo, bar = "foo@example.com", "bar@example.com"
		me       = "aws:PrincipalTag/UserEmail"
		written  = "aws:RequestTag/UserEmail"
		owner    = "aws:ResourceTag/UserEmail"
	)
	can(t, before, true, "the takeover, before", tagAction, bars, me, foo, written, foo, owner, bar)
	can(t, after, false, "the takeover", tagAction, bars, me, foo, written, foo, owner, bar)
	for _, who := range []*eval.Subject{before, after} {
		can(t, who, true, "creating", "bedrock:CreateInferenceProfile", creating, me, foo, written, foo)
		can(t, who, true, "creating from a model", "bedrock:CreateInferenceProfile", haiku, me, foo, written, foo)
		can(t, who, true, "tagging on creation", tagAction, creating, me, foo, written, foo)
		can(t, who, true, "tagging one's own", tagAction, foos, me, foo, written, foo, owner, foo)
		can(t, who, false, "bar's value on one's own", tagAction, foos, me, foo, written, bar, owner, foo)
		can(t, who, false, "creating for bar", "bedrock:CreateInferenceProfile", creating, me, foo, written, bar)
		can(t, who, true, "using one's own", "bedrock:InvokeModel", foos, me, foo, owner, foo)
		can(t, who, false, "using bar's", "bedrock:InvokeModel", bars, me, foo, owner, bar)
		can(t, who, true, "deleting one's own", "bedrock:DeleteInferenceProfile", foos, me, foo, owner, foo)
		can(t, who, true, "the model through it", "bedrock:InvokeModel", haiku, me, foo, profileKey, foos)
		can(t, who, false, "the bare model", "bedrock:InvokeModel", haiku, me, foo)
	}
}

// Story 2, on the way there: the profile alone, then with the model outright.
func TestStory2Steps(t *testing.T) {
	const (
		profile = `{"Effect":"Allow","Action":["bedrock:InvokeModel*"],"Resource":"arn:aws:bedrock:us-west-2:210987654321:application-inference-profile/a1b2c3d4e5f6"}`
		outside = `{"Effect":"Allow","Action":["bedrock:InvokeModel*"],"Resource":"` + haiku + `"}`
		a       = "arn:aws:bedrock:us-west-2:210987654321:application-inference-profile/a1b2c3d4e5f6"
	)
	alone := Check(identity(profile))[0]
	expect(t, alone, ruleProfileNoModels)
	fixed := mended(t, &alone[0])
	expect(t, Check(fixed)[0])
	can(t, user(t, fixed), true, "the model through the profile", "bedrock:InvokeModel", haiku, profileKey, a)
	can(t, user(t, fixed), false, "the bare model", "bedrock:InvokeModel", haiku)

	open := Check(identity(profile, outside))[0]
	expect(t, open, ruleBypass)
	fixed = mended(t, &open[0])
	expect(t, Check(fixed)[0])
	can(t, user(t, fixed), true, "the model through the profile", "bedrock:InvokeModel", haiku, profileKey, a)
	can(t, user(t, fixed), false, "the bare model", "bedrock:InvokeModel", haiku)

	// All in one statement is a common policy for an agent: a note, whose fix leaves
	// the profile and what else there is as it was.
	one := Check(identity(`{"Effect":"Allow","Action":["bedrock:InvokeModel","bedrock:GetInferenceProfile","bedrock:GetFoundationModel"],"Resource":["` + a + `","` + haiku + `"]}`))[0]
	expect(t, one, ruleBypass)
	if one[0].Severity != Note {
		t.Errorf("it is a %s", one[0].Severity)
	}
	fixed = mended(t, &one[0])
	expect(t, Check(fixed)[0])
	can(t, user(t, fixed), true, "the profile", "bedrock:InvokeModel", a)
	can(t, user(t, fixed), true, "the model through the profile", "bedrock:InvokeModel", haiku, profileKey, a)
	can(t, user(t, fixed), false, "the bare model", "bedrock:InvokeModel", haiku)
	can(t, user(t, fixed), true, "looking at the profile", "bedrock:GetInferenceProfile", a)
	can(t, user(t, fixed), true, "looking at the model", "bedrock:GetFoundationModel", haiku)

	// Profiles of both types go on working.
	const system = "arn:aws:bedrock:us-west-2:210987654321:inference-profile/us.anthropic.claude-3-5-haiku-20241022-v1:0"
	mixed := Check(identity(`{"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":["` + a + `","` + system + `","arn:aws:bedrock:*::foundation-model/*"]}`))[0]
	expect(t, mixed, ruleBypass)
	fixed = mended(t, &mixed[0])
	can(t, user(t, fixed), true, "the model through its system-defined profile", "bedrock:InvokeModel", haiku, profileKey, system)
	can(t, user(t, fixed), true, "the system-defined profile", "bedrock:InvokeModel", system)
	can(t, user(t, fixed), false, "the bare model", "bedrock:InvokeModel", haiku)

	for _, found := range Check(identity(profile), identity(outside)) { // in two documents it is the same
		for _, f := range found {
			if f.Rule != ruleBypass {
				t.Errorf("%s: %s", f.Rule, f.Message)
			}
		}
	}
}

// The placeholders of the published page are found, and IAM's complaint about the
// partition does not come on top.
func TestPublishedPlaceholders(t *testing.T) {
	found := Check(identity(`{"Effect":"Allow","Action":["bedrock:InvokeModel*"],"Resource":"arn:${Partition}:bedrock:${Region}:${Account}:application-inference-profile/${ResourceId}"}`))[0]
	if len(found) == 0 || found[0].Rule != rulePlaceholder {
		t.Errorf("findings of %v", ruleIDs(found))
	}
	if slices.Contains(ruleIDs(found), ruleMalformed) {
		t.Error("the placeholder is reported twice")
	}
}

// Story 3's policies are about another service; their placeholders are found, and
// nothing else.
func TestStory3(t *testing.T) {
	const statement = `{"Effect":"Allow","Action":["bedrock-agentcore:GetPolicyEngine","bedrock-agentcore:AuthorizeAction"],"Resource":["arn:aws:bedrock-agentcore:REGION:ACCOUNT:policy-engine/MyPolicy-abcdefghij"]}`
	good := strings.NewReplacer("REGION", "us-west-2", "ACCOUNT", "210987654321")
	expect(t, Check(identity(good.Replace(statement)))[0])
	bad := strings.NewReplacer("REGION", "<region>", "ACCOUNT", "<account-id>")
	expect(t, Check(identity(bad.Replace(statement)))[0], rulePlaceholder)
}

// Story 4: the policy for one region denies every profile that it allows, and the
// finding names the regions that are missing.
func TestStory4(t *testing.T) {
	found := Check(identity(`{"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":"arn:aws:bedrock:eu-west-1:*:*"}`))[0]
	expect(t, found, ruleMissingDestination)
	for _, region := range []string{"eu-central-1", "eu-north-1", "eu-west-3"} {
		if !strings.Contains(found[0].Message, region) {
			t.Errorf("%s is not named in %q", region, found[0].Message)
		}
	}
	mended(t, &found[0])

	// The other form allows no profile, and models that are on demand there work.
	expect(t, Check(identity(`{"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":"arn:aws:bedrock:eu-west-1:*:foundation-model/*"}`))[0])
}

// Who is asked for less than everything gets notes at most for AWS's own policies.
func TestManagedPolicies(t *testing.T) {
	for _, m := range catalog.ManagedPolicies() {
		for _, f := range Check(Document{Text: []byte(m.Document)})[0] {
			if f.Severity != Note {
				t.Errorf("%s: %s %s: %s", m.Name, f.Severity, f.Rule, f.Message)
			}
		}
	}
	const full = `{"Effect":"Allow","Action":"bedrock:*","Resource":"*"}`
	own := Check(identity(full))[0]
	expect(t, own, ruleBroad)
	managed := identity(full)
	managed.Managed = true
	if f := Check(managed)[0]; own[0].Severity != Warning || len(f) != 1 || f[0].Severity != Note {
		t.Errorf("a person's own: %s; AWS's: %+v", own[0].Severity, f)
	}
}

// Fixes print as policies that read back, with whatever the finding is.
func TestFixesAreJSON(t *testing.T) {
	for _, d := range []Document{story(t, "story1"), story(t, "story2-self-service")} {
		for _, f := range Check(d)[0] {
			if f.Fix != nil && f.Fix.Document != nil && !json.Valid(f.Fix.Document) {
				t.Errorf("%s: %s", f.Rule, f.Fix.Document)
			}
		}
	}
}
