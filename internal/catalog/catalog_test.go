package catalog

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

// What a published account of using Bedrock calls by its bare id must be on
// demand there, whatever the lists say.
func TestModelsThatPeopleCallBare(t *testing.T) {
	for id, region := range map[string]string{
		"anthropic.claude-3-5-haiku-20241022-v1:0":  "us-west-2",
		"anthropic.claude-3-sonnet-20240229-v1:0":   "us-west-2",
		"anthropic.claude-3-7-sonnet-20250219-v1:0": "us-west-2",
		"amazon.titan-embed-text-v2:0":              "us-west-2",
		"amazon.titan-embed-text-v1":                "us-east-1",
	} {
		m, ok := Find(id)
		if !ok || !m.OnDemandIn(region) || !m.InRegion(region) {
			t.Errorf("%s is not on demand in %s", id, region)
		}
		if !slices.Contains(Models(region), m) {
			t.Errorf("Models(%s) lacks %s", region, id)
		}
	}
	titan, _ := Find("amazon.titan-embed-text-v2:0")
	if !titan.OnDemandIn("us-east-1") || titan.OnDemandIn("me-south-1") {
		t.Error("titan v2 belongs to us-east-1 and not to me-south-1")
	}
}

func TestNewAnthropicModelsAreProfileOnly(t *testing.T) {
	bare := map[string]string{ // the only places where a bare call works
		"anthropic.claude-3-5-haiku-20241022-v1:0":  "us-west-2",
		"anthropic.claude-3-7-sonnet-20250219-v1:0": "us-west-2",
	}
	checked := 0
	for _, m := range bedrock().sortedModels {
		if m.Provider != "Anthropic" || m.Legacy && bare[m.ID] == "" || strings.Contains(m.ID, "claude-3-haiku") {
			continue
		}
		checked++
		for _, region := range m.OnDemand {
			if region != bare[m.ID] && Partition(region) != "aws-us-gov" {
				t.Errorf("%s is on demand in %s", m.ID, region)
			}
		}
	}
	if checked < 11 {
		t.Errorf("only %d models were looked at", checked)
	}
}

func TestProfilesLeadToKnownModelsAndRegions(t *testing.T) {
	if n := len(bedrock().sortedProfiles); n != 119 {
		t.Errorf("%d profiles, want 119", n)
	}
	for _, p := range bedrock().sortedProfiles {
		if _, ok := Find(p.Model()); !ok {
			t.Errorf("%s: no model %q", p.ID, p.Model())
		}
		if len(p.Sources()) == 0 || !slices.IsSorted(p.Sources()) {
			t.Errorf("%s: sources %v", p.ID, p.Sources())
		}
		for _, source := range p.Sources() {
			to, ok := p.Destinations(source)
			if !ok || len(to) == 0 || !IsRegion(source) {
				t.Errorf("%s: route from %q to %v", p.ID, source, to)
			}
			for _, region := range to {
				if !IsRegion(region) || Partition(region) != Partition(source) {
					t.Errorf("%s: destination %q from %q", p.ID, region, source)
				}
			}
			if !slices.Contains(Profiles(source), p) {
				t.Errorf("Profiles(%s) lacks %s", source, p.ID)
			}
		}
	}
}

func TestDestinationsDependOnTheSource(t *testing.T) {
	p, _ := FindProfile("us.anthropic.claude-3-haiku-20240307-v1:0")
	for source, want := range map[string]string{
		"us-east-1": "us-east-1 us-west-2",
		"us-east-2": "us-east-1 us-east-2 us-west-2",
	} {
		if to, _ := p.Destinations(source); strings.Join(to, " ") != want {
			t.Errorf("from %s: %v, want %s", source, to, want)
		}
	}
	if _, ok := p.Destinations("eu-west-1"); ok {
		t.Error("a us. profile can be called in eu-west-1")
	}
	if p.Name() != "US Anthropic Claude 3 Haiku" || p.Geography() != "us" || p.Global() {
		t.Errorf("%q %q %v", p.Name(), p.Geography(), p.Global())
	}
}

func TestGlobalAndNewerProfiles(t *testing.T) {
	g, _ := FindProfile("global.anthropic.claude-sonnet-4-6")
	if to, ok := g.Destinations("eu-west-1"); !ok || !g.Global() || len(to) != 34 || slices.Contains(to, "us-gov-west-1") {
		t.Errorf("global destinations: %v", to)
	}
	eu, _ := FindProfile("eu.anthropic.claude-sonnet-4-6")
	like, _ := FindProfile("eu.anthropic.claude-sonnet-4-5-20250929-v1:0")
	got, _ := eu.Destinations("eu-west-1")
	want, _ := like.Destinations("eu-west-1")
	if !slices.Equal(got, want) || !eu.Assumed || like.Assumed {
		t.Errorf("%v, want %v as its elder", got, want)
	}
	gov, _ := FindProfile("us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0")
	if gov.Geography() != "us-gov" || gov.Model() != "anthropic.claude-sonnet-4-5-20250929-v1:0" {
		t.Errorf("%q %q", gov.Geography(), gov.Model())
	}
}

func TestModelTable(t *testing.T) {
	all := bedrock().sortedModels
	if len(all) != 146 {
		t.Errorf("%d models, want 146", len(all))
	}
	modalities := []string{"TEXT", "IMAGE", "VIDEO", "SPEECH", "AUDIO", "EMBEDDING"}
	for i, m := range all {
		if i > 0 && all[i-1].ID == m.ID {
			t.Errorf("%s is there twice", m.ID)
		}
		if m.Name == "" || m.Provider == "" || !strings.Contains(m.ID, ".") {
			t.Errorf("%+v lacks a name", m)
		}
		for _, kind := range slices.Concat(m.InputModalities, m.OutputModalities) {
			if !slices.Contains(modalities, kind) {
				t.Errorf("%s: modality %q", m.ID, kind)
			}
		}
		for _, region := range slices.Concat(m.OnDemand, m.Provisioned) {
			if !IsRegion(region) {
				t.Errorf("%s: region %q", m.ID, region)
			}
		}
		if !slices.IsSorted(m.OnDemand) || !slices.IsSorted(m.Provisioned) {
			t.Errorf("%s: regions are not sorted, look-ups would miss", m.ID)
		}
		if len(m.regions(bedrock().profilesOf[m.ID])) == 0 {
			t.Errorf("%s is nowhere", m.ID)
		}
		if m.Converse && !slices.Contains(m.OutputModalities, "TEXT") {
			t.Errorf("%s converses without text", m.ID)
		}
	}
}

func TestInferenceTypes(t *testing.T) {
	for _, c := range []struct{ model, region, want string }{
		{"anthropic.claude-3-5-haiku-20241022-v1:0", "us-west-2", "ON_DEMAND INFERENCE_PROFILE"},
		{"anthropic.claude-3-5-haiku-20241022-v1:0", "us-east-1", "INFERENCE_PROFILE"},
		{"anthropic.claude-3-5-haiku-20241022-v1:0", "eu-west-1", ""},
		{"amazon.titan-embed-text-v2:0:8k", "us-east-1", "PROVISIONED"},
		{"amazon.titan-embed-text-v2:0", "us-east-1", "ON_DEMAND"},
	} {
		m, ok := Find(c.model)
		if got := strings.Join(m.InferenceTypes(c.region), " "); !ok || got != c.want {
			t.Errorf("%s in %s: %q, want %q", c.model, c.region, got, c.want)
		}
	}
	if m, _ := Find("anthropic.claude-v2"); m.Lifecycle() != "LEGACY" || !m.EndOfLife {
		t.Errorf("claude v2: %+v", m)
	}
}

func TestRegions(t *testing.T) {
	ids := slices.Clone(Regions())
	slices.Sort(ids)
	if len(ids) != 36 || len(slices.Compact(ids)) != 36 {
		t.Errorf("%d regions, want 36 different ones", len(Regions()))
	}
	if IsRegion("us-west-9") || IsRegion("") || !IsRegion("us-gov-east-1") || Partition("us-gov-east-1") != "aws-us-gov" {
		t.Error("regions are mixed up")
	}
}

func TestActions(t *testing.T) {
	if n := len(Actions()); n != 245 {
		t.Errorf("%d actions, want 245", n)
	}
	if !slices.IsSortedFunc(Actions(), func(a, b *ActionInfo) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("actions are not sorted")
	}
	levels := []string{"Read", "List", "Write", "Tagging", "Permissions management"}
	for _, a := range Actions() {
		if !slices.Contains(levels, a.Access) {
			t.Errorf("%s: access level %q", a.Name, a.Access)
		}
		for _, r := range a.ResourceTypes {
			if _, ok := FindResourceType(r); !ok {
				t.Errorf("%s: resource type %q", a.Name, r)
			}
		}
		if again, ok := Action(a.Name); !ok || again != a {
			t.Errorf("%s is there twice", a.Name)
		}
	}
	invoke, ok := Action("BEDROCK:invokemodel")
	if !ok || invoke.Name != "InvokeModel" || invoke.Access != "Read" || len(invoke.ResourceTypes) != 11 ||
		!slices.Contains(invoke.ConditionKeys, "bedrock:InferenceProfileArn") || !slices.Contains(invoke.ConditionKeys, resourceTagKey) {
		t.Errorf("InvokeModel: %+v", invoke)
	}
	if bearer, _ := Action("CallWithBearerToken"); bearer == nil || len(bearer.ResourceTypes) != 0 {
		t.Errorf("CallWithBearerToken has no resource type: %+v", bearer)
	}
	for _, name := range []string{"bedrock:Converse", "iam:GetUser", "bedrock:", ""} {
		if a, ok := Action(name); ok {
			t.Errorf("Action(%q) = %+v", name, a)
		}
	}
	if len(ConditionKeys()) != 10 {
		t.Errorf("%d condition keys, want 10", len(ConditionKeys()))
	}
}

func TestResourceARNs(t *testing.T) {
	if len(ResourceTypes()) != 38 {
		t.Errorf("%d resource types, want 38", len(ResourceTypes()))
	}
	for _, c := range []struct {
		kind string
		ids  []string
		want string
	}{
		{"foundation-model", []string{"m"}, "arn:aws:bedrock:eu-west-1::foundation-model/m"},
		{"system-tool", []string{"t"}, "arn:aws:bedrock::123456789012:system-tool/t"},
		{"application-inference-profile", nil, "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/*"},
		{"agent-alias", []string{"a", "b"}, "arn:aws:bedrock:eu-west-1:123456789012:agent-alias/a/b"},
		{"bedrock-marketplace-model-endpoint", nil, "arn:aws:bedrock:eu-west-1:123456789012:marketplace/model-endpoint/all-access"},
	} {
		r, ok := FindResourceType(c.kind)
		if !ok {
			t.Fatalf("no resource type %s", c.kind)
		}
		if got := r.ARN("aws", "eu-west-1", "123456789012", c.ids...); got != c.want {
			t.Errorf("%s\nwant %s", got, c.want)
		}
	}
	if r, _ := FindResourceType("inference-profile"); r.Taggable {
		t.Error("system-defined profiles cannot be tagged")
	}
}

func TestManagedPolicies(t *testing.T) {
	if len(ManagedPolicies()) != 4 {
		t.Errorf("%d managed policies, want 4", len(ManagedPolicies()))
	}
	for _, p := range ManagedPolicies() {
		var doc struct {
			Version   string
			Statement []struct {
				Effect           string
				Action, Resource any
			}
		}
		if err := json.Unmarshal([]byte(p.Document), &doc); err != nil || doc.Version != "2012-10-17" || len(doc.Statement) == 0 {
			t.Errorf("%s: version %q, %d statements, %v", p.Name, doc.Version, len(doc.Statement), err)
		}
		for _, s := range doc.Statement {
			if s.Effect != "Allow" || s.Action == nil || s.Resource == nil {
				t.Errorf("%s: %+v", p.Name, s)
			}
		}
		if found, ok := FindManagedPolicy(p.ARN); !ok || found != p {
			t.Errorf("%s is not found by %s", p.Name, p.ARN)
		}
	}
	limited, _ := FindManagedPolicy("arn:aws:iam::aws:policy/AmazonBedrockLimitedAccess")
	if strings.Contains(limited.Document, "CountTokens") || !strings.Contains(limited.Document, "bedrock:CallWithBearerToken") {
		t.Error("the limited policy grants bearer calls and not CountTokens")
	}
	for _, name := range bedrockActionsIn(limited.Document) {
		if _, ok := Action(name); !ok {
			t.Errorf("the limited policy grants %s, which does not exist", name)
		}
	}
}

func bedrockActionsIn(document string) []string {
	var names []string
	for _, word := range strings.Split(document, `"`) {
		if strings.HasPrefix(word, "bedrock:") && !strings.Contains(word, "*") {
			names = append(names, word)
		}
	}
	return names
}

// The catalog must not delay a start: everything parsed within 20 ms, and
// look-ups without garbage.
func TestParsingIsQuick(t *testing.T) {
	start := time.Now()
	mustParse[[]*Model]("models.json")
	mustParse[[]*Profile]("profiles.json")
	mustParse[[]*ActionInfo]("actions.json")
	mustParse[[]*ResourceType]("resources.json")
	if took := time.Since(start); took > 200*time.Millisecond { // ten times the aim: machines differ
		t.Errorf("parsing took %v", took)
	}
	m, _ := Find("amazon.titan-embed-text-v2:0")
	if n := testing.AllocsPerRun(100, func() {
		Find("amazon.titan-embed-text-v2:0")
		FindProfile("eu.amazon.nova-lite-v1:0")
		m.InRegion("us-west-2")
		IsRegion("eu-west-1")
	}); n > 0 {
		t.Errorf("look-ups allocate %v times", n)
	}
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		mustParse[[]*Model]("models.json")
		mustParse[[]*Profile]("profiles.json")
		mustParse[[]*ActionInfo]("actions.json")
		mustParse[[]*ResourceType]("resources.json")
		mustParse[[]*Region]("regions.json")
	}
}
