package identity_test

import (
	"slices"
	"testing"

	"hardpan/internal/identity"
)

const titan = "amazon.titan-embed-text-v2:0"

func profile(region, id, name string, tags ...identity.Tag) *identity.InferenceProfile {
	return &identity.InferenceProfile{
		Scope: scope, Region: region, ID: id, Name: name, Source: titan, Token: "token-" + id, Created: epoch, Updated: epoch, Tags: tags,
	}
}

func profileNames(s *identity.Snapshot, region, after string) (list []string) {
	for p := range s.InferenceProfiles(region, after) {
		list = append(list, p.Name)
	}
	return list
}

func TestInferenceProfiles(t *testing.T) {
	w := newWorld(t,
		profile("us-west-2", "bbbbbbbbbbbb", "Foo"), profile("us-west-2", "aaaaaaaaaaaa", "Fox"),
		profile("us-west-2", "dddddddddddd", "Bar"), profile("us-west-1", "cccccccccccc", "Foo"),
	)
	s := w.snapshot()
	if got := profileNames(s, "us-west-2", ""); !slices.Equal(got, []string{"Bar", "Foo", "Fox"}) {
		t.Errorf("all: %v", got)
	}
	if got := profileNames(s, "us-west-2", "Foo"); !slices.Equal(got, []string{"Fox"}) {
		t.Errorf("after Foo: %v", got)
	}
	if n := s.InferenceProfileCount("us-west-2"); n != 3 {
		t.Errorf("%d are counted", n)
	}
	p, ok := s.InferenceProfile("us-west-2", "bbbbbbbbbbbb")
	if !ok || p.ARN() != "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/bbbbbbbbbbbb" {
		t.Errorf("by id: %v %v", p, ok)
	}
	if _, ok := s.InferenceProfile("us-west-1", "bbbbbbbbbbbb"); ok {
		t.Error("found in another region")
	}
	if made, _ := s.InferenceProfileMade("us-west-2", "token-bbbbbbbbbbbb"); made != p {
		t.Error("not found by its token")
	}
}

// A change shows at once in what is published from then on, and not before.
func TestInferenceProfileChanges(t *testing.T) {
	w := newWorld(t, profile("us-west-2", "aaaaaaaaaaaa", "Foo"))
	before := w.snapshot()
	w.put(profile("us-west-2", "aaaaaaaaaaaa", "Renamed", identity.Tag{Key: "UserEmail", Value: "foo@example.com"}))
	s := w.snapshot()
	if _, ok := s.InferenceProfileNamed("us-west-2", "Foo"); ok {
		t.Error("the old name is still there")
	}
	if p, _ := s.InferenceProfileNamed("us-west-2", "Renamed"); p == nil || len(p.Tags) != 1 || s.InferenceProfileCount("us-west-2") != 1 {
		t.Errorf("renamed: %+v", p)
	}
	// One write may give a name away.
	w.apply(identity.Put(profile("us-west-2", "bbbbbbbbbbbb", "Renamed")), identity.Delete(profile("us-west-2", "aaaaaaaaaaaa", "")))
	s = w.snapshot()
	if p, _ := s.InferenceProfileNamed("us-west-2", "Renamed"); p == nil || p.ID != "bbbbbbbbbbbb" {
		t.Errorf("the name has %+v", p)
	}
	if _, ok := s.InferenceProfileMade("us-west-2", "token-aaaaaaaaaaaa"); ok || s.InferenceProfileCount("us-west-2") != 1 {
		t.Error("what was deleted is still there")
	}
	if p, _ := before.InferenceProfileNamed("us-west-2", "Foo"); p == nil {
		t.Error("the snapshot before has changed")
	}
}

func TestNewInferenceProfileID(t *testing.T) {
	a, b := identity.NewInferenceProfileID(), identity.NewInferenceProfileID()
	if len(a) != 12 || a == b {
		t.Errorf("%q, %q", a, b)
	}
	for _, r := range a {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			t.Errorf("%q in %q", r, a)
		}
	}
}
