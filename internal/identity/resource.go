package identity

import (
	"iter"
	"strings"
	"sync"
)

// Resource is an entity of another service, such as a tool gateway. The package
// keeps it in the snapshot and finds it; what it means only its service knows.
// Its Ref's Kind is its service's own, and its ID has no two owners in any account.
type Resource interface {
	Entity

	// Place is where it is found beside its id: what it is within (its region, or
	// the id of what it belongs to) and its name there. Of a kind, no two
	// resources of an account have one place.
	Place() (within, name string)

	// Unfinished reports that its service has to do something more about it.
	Unfinished() bool
}

// resources holds the resources of an account. Keys begin with the kind.
type resources struct {
	byID       index[Resource]
	byPlace    index[Resource]
	unfinished index[Resource] // those of byID that are so
	shelves    index[*Shelf]   // by kind and what they are within
}

func newResources() resources {
	return resources{newIndex[Resource](), newIndex[Resource](), newIndex[Resource](), newIndex[*Shelf]()}
}

func (t resources) fork() resources {
	return resources{t.byID.fork(), t.byPlace.fork(), t.unfinished.fork(), t.shelves.fork()}
}

func resourceKey(kind Kind, id string) string { return string(kind) + "\x00" + id }

func placeKey(kind Kind, within, name string) string {
	return string(kind) + "\x00" + within + "\x00" + name
}

func (t resources) put(r Resource) {
	ref := r.Ref()
	t.drop(ref)
	within, name := r.Place()
	t.byID.set(resourceKey(ref.Kind, ref.ID), r)
	t.byPlace.set(placeKey(ref.Kind, within, name), r)
	t.shelves.set(placeKey(ref.Kind, within, ""), new(Shelf))
	if r.Unfinished() {
		t.unfinished.set(resourceKey(ref.Kind, ref.ID), r)
	}
}

func (t resources) drop(ref Ref) {
	key := resourceKey(ref.Kind, ref.ID)
	old, ok := t.byID.get(key)
	if !ok {
		return
	}
	within, name := old.Place()
	t.byID.remove(key)
	t.unfinished.remove(key)
	drop(t.byPlace, placeKey(ref.Kind, within, name), old)
	t.shelves.set(placeKey(ref.Kind, within, ""), new(Shelf))
}

// Resource finds a resource by its id.
func (s *Snapshot) Resource(kind Kind, id string) (Resource, bool) {
	return s.resources.byID.get(resourceKey(kind, id))
}

// ResourceAt finds a resource by its place.
func (s *Snapshot) ResourceAt(kind Kind, within, name string) (Resource, bool) {
	return s.resources.byPlace.get(placeKey(kind, within, name))
}

// ResourcesOf yields all resources of a kind, whatever they are within.
func (s *Snapshot) ResourcesOf(kind Kind) iter.Seq[Resource] {
	prefix := string(kind) + "\x00"
	return func(yield func(Resource) bool) {
		for key, r := range s.resources.byPlace.from(prefix) {
			if !strings.HasPrefix(key, prefix) || !yield(r) {
				return
			}
		}
	}
}

// Resources yields the resources of a kind within something, in name order,
// those after the name `after` only ("" for all).
func (s *Snapshot) Resources(kind Kind, within, after string) iter.Seq[Resource] {
	prefix := placeKey(kind, within, "")
	first := prefix + after
	if after != "" {
		first += "\x00"
	}
	return func(yield func(Resource) bool) {
		for key, r := range s.resources.byPlace.from(first) {
			if !strings.HasPrefix(key, prefix) || !yield(r) {
				return
			}
		}
	}
}

// Unfinished yields the resources about which their services have to do more.
func (s *Snapshot) Unfinished() iter.Seq[Resource] {
	return func(yield func(Resource) bool) {
		for _, r := range s.resources.unfinished.from("") {
			if !yield(r) {
				return
			}
		}
	}
}

// Shelf keeps what was worked out from all resources of a kind within something.
// It is another one as soon as one of them is made, changed or deleted. A nil
// Shelf keeps nothing.
type Shelf struct{ kept sync.Map }

// Shelf returns the shelf of a kind within something; nil if nothing was ever there.
func (s *Snapshot) Shelf(kind Kind, within string) *Shelf {
	shelf, _ := s.resources.shelves.get(placeKey(kind, within, ""))
	return shelf
}

// Keep returns what is on the shelf under key, or puts there what find returns.
// Two callers may make it at once; both get the same one.
func (h *Shelf) Keep(key any, find func() any) any {
	if h == nil {
		return find()
	}
	if kept, ok := h.kept.Load(key); ok {
		return kept
	}
	kept, _ := h.kept.LoadOrStore(key, find())
	return kept
}

// Resource finds a resource by its id among all accounts, and the snapshot of
// the account it is in.
func (d *Directory) Resource(kind Kind, id string) (Resource, *Snapshot, bool) {
	sh, ok := d.resources.Load(resourceKey(kind, id))
	if !ok {
		return nil, nil, false
	}
	snap := sh.(*shard).snap.Load()
	r, ok := snap.Resource(kind, id)
	return r, snap, ok
}
