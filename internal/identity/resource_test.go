package identity_test

import (
	"slices"
	"testing"

	"hardpan/internal/identity"
)

// thing is a resource of a service that the package does not know.
type thing struct {
	identity.Scope
	id, within, name string
	open             bool
}

func (t *thing) Ref() identity.Ref            { return identity.Ref{Kind: "thing", Account: t.Account, ID: t.id} }
func (t *thing) Canonical() identity.Entity   { c := *t; return &c }
func (t *thing) Place() (within, name string) { return t.within, t.name }
func (t *thing) Unfinished() bool             { return t.open }
func newThing(id, within, name string) *thing { return &thing{id: id, within: within, name: name} }

func placed(s *identity.Snapshot, within, after string) (list []string) {
	for r := range s.Resources("thing", within, after) {
		list = append(list, r.(*thing).name)
	}
	return list
}

func TestResourcesAreFoundByTheirPlaces(t *testing.T) {
	first, err := identity.NewSnapshot().With(
		identity.Put(newThing("1", "here", "b")), identity.Put(newThing("2", "here", "a")), identity.Put(newThing("3", "hereafter", "c")))
	if err != nil {
		t.Fatal(err)
	}
	if got := placed(first, "here", ""); !slices.Equal(got, []string{"a", "b"}) || !slices.Equal(placed(first, "here", "a"), []string{"b"}) {
		t.Errorf("here are %v", got)
	}
	moved, err := first.With(identity.Put(newThing("1", "there", "b")), identity.Delete(newThing("2", "", "")))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := moved.ResourceAt("thing", "here", "b"); ok || len(placed(moved, "here", "")) != 0 || len(placed(first, "here", "")) != 2 {
		t.Error("what moved away is still found, or gone from the snapshot before")
	}
	if _, ok := moved.Resource("thing", "2"); ok {
		t.Error("what was deleted is found")
	}
}

func TestUnfinishedResources(t *testing.T) {
	open := newThing("1", "here", "a")
	open.open = true
	s, err := identity.NewSnapshot().With(identity.Put(open), identity.Put(newThing("2", "here", "b")))
	if err != nil {
		t.Fatal(err)
	}
	count := func(s *identity.Snapshot) (n int) {
		for range s.Unfinished() {
			n++
		}
		return n
	}
	done, err := s.With(identity.Put(newThing("1", "here", "a")))
	if err != nil || count(s) != 1 || count(done) != 0 {
		t.Errorf("%d, then %d are unfinished (%v)", count(s), count(done), err)
	}
}

// What was worked out from all of a place is kept until one of them changes.
func TestShelf(t *testing.T) {
	s, err := identity.NewSnapshot().With(identity.Put(newThing("1", "here", "a")), identity.Put(newThing("2", "there", "a")))
	if err != nil {
		t.Fatal(err)
	}
	made := 0
	keep := func(s *identity.Snapshot) { s.Shelf("thing", "here").Keep("k", func() any { made++; return made }) }
	keep(s)
	elsewhere, err := s.With(identity.Put(newThing("2", "there", "b")))
	if err != nil {
		t.Fatal(err)
	}
	keep(elsewhere)
	if made != 1 {
		t.Errorf("made %d times for one place", made)
	}
	here, err := elsewhere.With(identity.Delete(newThing("1", "", "")))
	if err != nil {
		t.Fatal(err)
	}
	keep(here)
	if made != 2 {
		t.Errorf("made %d times after a change", made)
	}
	if got := s.Shelf("thing", "nowhere").Keep("k", func() any { return 7 }); got != 7 {
		t.Errorf("nothing is kept as %v", got)
	}
}
