package identity_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hardpan/internal/identity"
)

const invoke, count = "bedrock:InvokeModel", "bedrock:CountTokens"

func TestAUserBringsItsKeys(t *testing.T) {
	bob := user("AIDABOB", "Bob")
	bob.Path = "/eng/"
	bob.Tags = []identity.Tag{{Key: "Team", Value: "red"}}
	w := newWorld(t, bob)
	p := w.user("AIDABOB")
	want := map[string]string{
		"aws:PrincipalArn":          "principal=arn:aws:iam::123456789012:user/eng/Bob",
		"aws:PrincipalAccount":      "principal=123456789012",
		"aws:PrincipalType":         "principal=User",
		"aws:userid":                "principal=AIDABOB",
		"aws:username":              "principal=Bob",
		"aws:PrincipalIsAWSService": "principal=false",
		"aws:PrincipalTag/Team":     "principal=red",
	}
	if diff := cmp.Diff(want, keys(p.Keys)); diff != "" {
		t.Fatal(diff)
	}
	if p.ARN != "arn:aws:iam::123456789012:user/eng/Bob" || p.Kind != identity.IAMUser || can(p, invoke) {
		t.Fatalf("got %+v", p)
	}
}

func TestAUserHasItsOwnItsGroupsAndItsAttachedPolicies(t *testing.T) {
	bob := user("AIDABOB", "Bob")
	bob.Inline = []identity.InlinePolicy{{Name: "own", Document: allow("bedrock:InvokeModel")}}
	bob.Groups = []string{"AGPAONE"}
	bob.Attached = []string{"arn:aws:iam::123456789012:policy/lists", "arn:aws:iam::aws:policy/AmazonBedrockReadOnly"}
	group := &identity.Group{
		Scope: scope, ID: "AGPAONE", Name: "counters", Path: "/",
		Inline:   []identity.InlinePolicy{{Name: "count", Document: allow(count)}},
		Attached: []string{"arn:aws:iam::123456789012:policy/tags"},
	}
	w := newWorld(t, managed("ANPA1", "lists", allow("bedrock:ListTagsForResource")),
		managed("ANPA2", "tags", allow("bedrock:TagResource")), group, bob)
	p := w.user("AIDABOB")
	for _, action := range []string{invoke, count, "bedrock:ListTagsForResource", "bedrock:TagResource", "bedrock:GetFoundationModel"} {
		if !can(p, action) {
			t.Errorf("%s is denied", action)
		}
	}
	owners := map[string]string{}
	for _, c := range p.Subject.Identity.Policies() {
		owners[c.Source.Name] = p.Subject.SourceOf(c).Owner
	}
	want := map[string]string{
		"own": bob.ARN(), "lists": bob.ARN(), "AmazonBedrockReadOnly": bob.ARN(),
		"count": group.ARN(), "tags": group.ARN(),
	}
	if diff := cmp.Diff(want, owners); diff != "" {
		t.Fatal(diff)
	}
}

func TestAPrincipalIsMadeAnewWhenWhatItUsesChanges(t *testing.T) {
	bob := user("AIDABOB", "Bob")
	bob.Groups = []string{"AGPAONE"}
	bob.Attached = []string{"arn:aws:iam::123456789012:policy/use"}
	bob.Boundary = "arn:aws:iam::123456789012:policy/fence"
	group := &identity.Group{Scope: scope, ID: "AGPAONE", Name: "g", Path: "/"}
	w := newWorld(t, managed("ANPA1", "use", allow("bedrock:*")), managed("ANPA2", "fence", allow("bedrock:*")), group, bob)
	before := w.user("AIDABOB")
	if !can(before, invoke) {
		t.Fatal("denied at the start")
	}

	w.put(user("AIDAEVE", "Eve"), managed("ANPA3", "other", allow("iam:*")))
	if w.user("AIDABOB") != before {
		t.Fatal("made anew though nothing it uses changed")
	}

	denying := *group
	denying.Inline = []identity.InlinePolicy{{Name: "no", Document: deny(invoke)}}
	steps := []struct {
		name   string
		change identity.Entity
		invoke bool
	}{
		{"group denies", &denying, false},
		{"group is back", group, true},
		{"boundary is narrow", managed("ANPA2", "fence", allow(count)), false},
		{"boundary is wide", managed("ANPA2", "fence", allow("bedrock:*")), true},
		{"managed policy is narrow", managed("ANPA1", "use", allow(count)), false},
		{"managed policy is wide", managed("ANPA1", "use", allow("bedrock:*")), true},
		{"the user loses everything", user("AIDABOB", "Bob"), false},
	}
	for _, step := range steps {
		w.put(step.change)
		if got := can(w.user("AIDABOB"), invoke); got != step.invoke {
			t.Fatalf("%s: allowed %v, want %v", step.name, got, step.invoke)
		}
	}
	if !can(before, invoke) {
		t.Fatal("a principal that was handed out has changed")
	}
}

func TestAnOldSnapshotKeepsItsAnswers(t *testing.T) {
	bob := user("AIDABOB", "Bob")
	bob.Attached = []string{"arn:aws:iam::123456789012:policy/use"}
	w := newWorld(t, managed("ANPA1", "use", allow("bedrock:*")), bob)
	old := w.snapshot()
	w.put(managed("ANPA1", "use", deny("bedrock:*")))
	for range 3 { // both use one slot
		if can(w.user("AIDABOB"), invoke) {
			t.Fatal("the new snapshot allows")
		}
		p, err := old.UserPrincipal("AIDABOB")
		if err != nil || !can(p, invoke) {
			t.Fatalf("the old snapshot denies: %v", err)
		}
	}
}

func TestAWhatIfIsNotPublished(t *testing.T) {
	w := newWorld(t, user("AIDABOB", "Bob"))
	bob := user("AIDABOB", "Bob")
	bob.Inline = []identity.InlinePolicy{{Name: "p", Document: allow("bedrock:*")}}
	next, err := w.snapshot().With(identity.Put(bob))
	if err != nil {
		t.Fatal(err)
	}
	p, err := next.UserPrincipal("AIDABOB")
	if err != nil || !can(p, invoke) {
		t.Fatalf("the copy denies: %v", err)
	}
	if can(w.user("AIDABOB"), invoke) {
		t.Fatal("the directory has changed")
	}
}

func TestRootAndItsKey(t *testing.T) {
	w := newWorld(t)
	p, err := w.snapshot().KeyPrincipal(&identity.AccessKey{Scope: scope, ID: "AKIAROOT"})
	if err != nil {
		t.Fatal(err)
	}
	if p.ARN != "arn:aws:iam::123456789012:root" || p.UserID != account || !can(p, "iam:CreateUser") {
		t.Fatalf("got %+v", p)
	}
	if got := keys(p.Keys)["aws:PrincipalType"]; got != "principal=Account" {
		t.Fatalf("aws:PrincipalType is %s", got)
	}
}

func TestTheHomeRegionFollowsItsConfiguration(t *testing.T) {
	bob := user("AIDABOB", "Bob")
	w := newWorld(t, bob)
	for _, region := range []string{"", "eu-west-1", "us-west-2"} {
		if region != "" {
			w.put(&identity.InferenceConfig{Scope: scope, PrincipalARN: bob.ARN(), HomeRegion: region})
		}
		if got := w.user("AIDABOB").HomeRegion; got != region {
			t.Fatalf("home region %q, want %q", got, region)
		}
	}
	w.apply(identity.Delete(&identity.InferenceConfig{Scope: scope, PrincipalARN: bob.ARN()}))
	if got := w.user("AIDABOB").HomeRegion; got != "" {
		t.Fatalf("home region %q after its configuration was deleted", got)
	}
}

func TestABrokenPolicyFailsThePrincipal(t *testing.T) {
	bob := user("AIDABOB", "Bob")
	bob.Inline = []identity.InlinePolicy{{Name: "good", Document: allow("*")}, {Name: "torn", Document: `{"Version":`}}
	eve := user("AIDAEVE", "Eve")
	eve.Attached = []string{"arn:aws:iam::123456789012:policy/gone"}
	w := newWorld(t, bob, eve)
	for id, word := range map[string]string{"AIDABOB": "torn", "AIDAEVE": "gone"} {
		if p, err := w.snapshot().UserPrincipal(id); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: got %v, %v", id, p, err)
		}
	}
	if _, err := w.snapshot().UserPrincipal("AIDANOBODY"); !errors.Is(err, identity.ErrNoPrincipal) {
		t.Errorf("got %v", err)
	}
}

func TestASharedPolicyIsParsedOnce(t *testing.T) {
	w := newWorld(t, managed("ANPA1", "use", allow("bedrock:*")))
	for i := range 10 {
		u := user(fmt.Sprintf("AIDA%d", i), fmt.Sprintf("u%d", i))
		u.Attached = []string{"arn:aws:iam::123456789012:policy/use"}
		w.put(u)
	}
	first := w.user("AIDA0").Subject.Identity.Policies()[0].Document
	for i := range 10 {
		if w.user(fmt.Sprintf("AIDA%d", i)).Subject.Identity.Policies()[0].Document != first {
			t.Fatal("parsed again")
		}
	}
}

func TestALookUpOfAPrincipalAllocatesNothingButItsKey(t *testing.T) {
	bob := user("AIDABOB", "Bob")
	w := newWorld(t, bob, &identity.AccessKey{Scope: scope, ID: "AKIA1", UserID: "AIDABOB"})
	w.user("AIDABOB")
	allocs := testing.AllocsPerRun(100, func() {
		key, s, ok := w.AccessKey("AKIA1")
		if !ok {
			t.Fatal("no key")
		}
		if _, err := s.KeyPrincipal(key); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 1 { // the key's text as a sync.Map key
		t.Fatalf("%v allocations", allocs)
	}
}
