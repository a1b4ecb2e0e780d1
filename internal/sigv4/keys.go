package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash/maphash"
	"strings"
	"sync"
)

// Keys derives signing keys and remembers them, since the four HMACs of a
// derivation cost more than the rest of a verification. It is bounded and safe
// for concurrent use. It holds derived keys (good for one day, region and
// service), never a secret access key.
type Keys struct {
	limit int
	seed  maphash.Seed

	mu         sync.RWMutex
	young, old map[scopeKey][32]byte // old is dropped whole when young is full
}

// scopeKey is what a derived key belongs to. The secret's fingerprint makes a
// key id with a replaced secret miss.
type scopeKey struct {
	keyID, date, region, service string
	secret                       uint64
}

// NewKeys returns an empty cache of at most 2 × limit derived keys (about 200
// bytes each). A limit below 1 remembers one.
func NewKeys(limit int) *Keys {
	return &Keys{limit: max(limit, 1), seed: maphash.MakeSeed(), young: map[scopeKey][32]byte{}}
}

// key returns the signing key of s. Only a verified request should be remembered,
// or strangers could flush the cache with made-up scopes: so a fresh key comes
// back with a function that keeps it.
func (k *Keys) key(s *Signature, secret string) (key [32]byte, keep func()) {
	at := scopeKey{s.KeyID, s.ScopeDate, s.Region, s.Service, maphash.String(k.seed, secret)}
	k.mu.RLock()
	key, hit := k.young[at]
	if !hit {
		if key, hit = k.old[at]; hit {
			keep = func() { k.put(at, key) }
		}
	}
	k.mu.RUnlock()
	if !hit {
		key = derive(secret, s.ScopeDate, s.Region, s.Service)
		keep = func() { k.put(at, key) }
	}
	return key, keep
}

func (k *Keys) put(at scopeKey, key [32]byte) {
	// The strings are cut from a request's headers, which must not live on here.
	at.keyID, at.date = strings.Clone(at.keyID), strings.Clone(at.date)
	at.region, at.service = strings.Clone(at.region), strings.Clone(at.service)
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.young) >= k.limit {
		k.old, k.young = k.young, make(map[scopeKey][32]byte, k.limit)
	}
	k.young[at] = key
}

func derive(secret, date, region, service string) [32]byte {
	key := mac([]byte("AWS4"+secret), date)
	key = mac(key[:], region)
	key = mac(key[:], service)
	return mac(key[:], terminator)
}

func mac(key []byte, text string) (sum [32]byte) {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	h.Sum(sum[:0])
	return sum
}
