package identity

import (
	"crypto/sha256"
	"sync"
	"weak"

	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

// What is equal is held once, whoever it belongs to: policies of the same text
// attached in the same way, sets of the same policies in the same order, and the
// names of the condition keys of principals with tags of the same names. A hundred
// thousand users under one managed policy share one index. It is let go when nobody
// uses it any more.
var (
	internedPolicies interned[eval.Policy]
	internedSets     interned[eval.Set]
	internedKeys     interned[condition.Context]
)

// digest says what something was made from: equal ones make equal things.
type digest [sha256.Size]byte

// digestOf is the digest of parts in order.
func digestOf(parts ...string) digest {
	h := sha256.New()
	for _, p := range parts {
		sum := sha256.Sum256([]byte(p))
		h.Write(sum[:])
	}
	return digest(h.Sum(nil))
}

// interned finds by digest what was made before. Its zero value is ready for use.
type interned[T any] struct {
	mu    sync.Mutex
	held  map[digest]weak.Pointer[T]
	sweep int // at how many entries those that were let go are removed
}

// sweepLeast is from how many entries on it pays to look for empty ones.
const sweepLeast = 1024

// get returns what d stands for, made now if nobody holds it. An error is not kept.
func (t *interned[T]) get(d digest, build func() (*T, error)) (*T, error) {
	if v := t.find(d); v != nil {
		return v, nil
	}
	fresh, err := build()
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if v := t.held[d].Value(); v != nil {
		return v, nil
	}
	t.makeRoom()
	t.held[d] = weak.Make(fresh)
	return fresh, nil
}

func (t *interned[T]) find(d digest) *T {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.held[d].Value()
}

// makeRoom removes what was let go each time that the table has doubled.
func (t *interned[T]) makeRoom() {
	if t.held == nil {
		t.held = map[digest]weak.Pointer[T]{}
	}
	if len(t.held) < max(t.sweep, sweepLeast) {
		return
	}
	for d, p := range t.held {
		if p.Value() == nil {
			delete(t.held, d)
		}
	}
	t.sweep = 2 * len(t.held)
}

// policies are compiled ones in order, with what they were made from.
type policies struct {
	list    []*eval.Policy
	digests []string
}

func (p *policies) add(more ...attached) {
	for _, a := range more {
		p.list = append(p.list, a.Policy)
		p.digests = append(p.digests, string(a.digest[:]))
	}
}

// set is the one set of these policies.
func (p *policies) set() *eval.Set {
	s, _ := internedSets.get(digestOf(p.digests...), func() (*eval.Set, error) { return eval.NewSet(p.list...), nil })
	return s
}

// attached is a compiled policy with what it was made from.
type attached struct {
	*eval.Policy
	digest digest
}
