package oidc

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Keys are fetched when a token needs them, and then kept. One that is not
// among them is looked for again, since providers rotate their keys, but not
// more often than every refetchPause: so a stranger who makes up key ids causes
// no flood at the provider. A provider that is away is asked as rarely, and its
// keys are good meanwhile, for keysUsable.
const (
	keysFresh    = time.Hour        // after that they are fetched anew
	keysUsable   = 6 * time.Hour    // as long as the provider cannot be reached
	refetchPause = 10 * time.Second // between two fetches from one provider
	maxSets      = 1024             // providers whose keys are kept
)

// keySets are the keys by provider. Certificates are part of what tells
// providers apart: keys that came over a connection which one account trusts
// are not another's.
type keySets struct {
	mu   sync.Mutex
	held map[string]*keySet
}

// keySet is one provider's keys. fetching is held while they are fetched: all
// who need them wait for one fetch.
type keySet struct {
	fetching sync.Mutex

	mu      sync.Mutex
	issuer  string
	keys    []jose.JSONWebKey
	fetched time.Time // when keys were
	tried   time.Time // when the last fetch ended
	failure error     // of the last fetch
}

func (s *keySets) of(p Provider) *keySet {
	id := p.Issuer + "\x00" + p.Discovery + "\x00" + strings.Join(p.Thumbprints, ",")
	s.mu.Lock()
	defer s.mu.Unlock()
	if set, ok := s.held[id]; ok {
		return set
	}
	if s.held == nil {
		s.held = map[string]*keySet{}
	}
	if len(s.held) >= maxSets {
		for victim := range s.held { // it costs a fetch; which one cannot be steered
			delete(s.held, victim)
			break
		}
	}
	set := &keySet{}
	s.held[id] = set
	return set
}

// keys returns the provider's keys that can have made a signature.
func (v *Verifier) keys(ctx context.Context, p Provider, h header) ([]jose.JSONWebKey, error) {
	set := v.sets.of(p)
	if found, fresh := set.find(h, v.now()); fresh && len(found) > 0 {
		return found, nil
	}
	set.refresh(v.now, func() (published, error) {
		got, err := v.fetch(context.WithoutCancel(ctx), p)
		if err != nil && v.Failed != nil {
			v.Failed(p, err)
		}
		return got, err
	})
	found, _ := set.find(h, v.now())
	if len(found) > 0 {
		return found, nil
	}
	set.mu.Lock()
	defer set.mu.Unlock()
	if set.failure != nil {
		return nil, &Error{Unreachable, "the keys of " + cmp.Or(p.Issuer, p.Discovery) + " could not be fetched", set.failure}
	}
	return nil, refuse(UnknownKey, "the provider has no key %q for %s", clip(h.id), h.algorithm)
}

// refresh fetches the keys, unless that was tried a moment ago: then what came
// of it counts.
func (s *keySet) refresh(now func() time.Time, fetch func() (published, error)) {
	s.fetching.Lock()
	defer s.fetching.Unlock()
	s.mu.Lock()
	began := now()
	pausing := !s.tried.IsZero() && began.Sub(s.tried) < refetchPause && !began.Before(s.tried)
	s.mu.Unlock()
	if pausing {
		return
	}
	found, err := fetch()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tried = now()
	if s.failure = err; err == nil {
		s.issuer, s.keys, s.fetched = found.issuer, found.keys, began
	}
}

// find returns the keys that fit, and whether they are fresh. A token that names
// no key is good only where there is no choice.
func (s *keySet) find(h header, now time.Time) (found []jose.JSONWebKey, fresh bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	age := now.Sub(s.fetched)
	if age > keysUsable {
		return nil, false
	}
	for _, k := range s.keys {
		if (h.id == "" || k.KeyID == h.id) && fits(k, h.algorithm) {
			found = append(found, k)
		}
	}
	if h.id == "" && len(found) > 1 {
		found = nil
	}
	return found, age >= 0 && age < keysFresh
}

// fits reports whether a key can be meant by an algorithm.
func fits(k jose.JSONWebKey, algorithm string) bool {
	if k.Algorithm != "" && k.Algorithm != algorithm {
		return false
	}
	switch public := k.Key.(type) {
	case *rsa.PublicKey:
		return strings.HasPrefix(algorithm, "RS")
	case *ecdsa.PublicKey:
		return curves[algorithm] == public.Curve.Params().BitSize
	}
	return false
}

// curves are the sizes of the curves of the ECDSA algorithms (RFC 7518).
var curves = map[string]int{string(jose.ES256): 256, string(jose.ES384): 384, string(jose.ES512): 521}

// minRSA is the shortest RSA key, in bits (RFC 7518).
const minRSA = 2048

// usable reports whether a published key may verify signatures at all.
func usable(k jose.JSONWebKey) bool {
	if !k.Valid() || !k.IsPublic() || k.Use != "" && k.Use != "sig" {
		return false
	}
	if public, ok := k.Key.(*rsa.PublicKey); ok {
		return public.N.BitLen() >= minRSA && public.N.BitLen() <= 4*minRSA
	}
	return slices.ContainsFunc(algorithms, func(a jose.SignatureAlgorithm) bool { return fits(k, string(a)) })
}
