package identity

import (
	"sync"
	"sync/atomic"
)

// keyPlaces leads from an access key's id to the key and its account: the first
// step of nearly every call. Readers take no lock.
type keyPlaces struct {
	mu   sync.Mutex // writers'
	held atomic.Pointer[trie[keyPlace]]
}

// keyPlace says whose the key is too, so that who looks for the user does not have
// to wait for the key.
type keyPlace struct {
	shard    *shard
	key      *AccessKey
	user     string
	userHash uint64
}

func placeOf(sh *shard, k *AccessKey) keyPlace {
	return keyPlace{sh, k, k.UserID, trieHash(k.UserID)}
}

// Signer is an access key among those of all accounts.
type Signer struct {
	Key      *AccessKey
	Snapshot *Snapshot // of its account
	place    keyPlace
}

// Signer finds an access key among all accounts by its id.
func (d *Directory) Signer(id string) (Signer, bool) {
	at, ok := d.accessKeys.get(id)
	if !ok {
		return Signer{}, false
	}
	return Signer{at.key, at.shard.snap.Load(), at}, true
}

// Principal is [Snapshot.KeyPrincipal] of the key.
func (g *Signer) Principal() (*Principal, error) {
	if g.place.user == "" {
		return g.Snapshot.RootPrincipal()
	}
	return g.Snapshot.userPrincipal(g.place.userHash, g.place.user)
}

func (p *keyPlaces) get(id string) (keyPlace, bool) {
	t := p.held.Load()
	if t == nil {
		return keyPlace{}, false
	}
	return t.get(id)
}

func (p *keyPlaces) put(id string, at keyPlace) {
	p.change(func(t trie[keyPlace]) trie[keyPlace] { return t.with(id, at) })
}

func (p *keyPlaces) remove(id string) {
	p.change(func(t trie[keyPlace]) trie[keyPlace] { return t.without(id) })
}

func (p *keyPlaces) change(apply func(trie[keyPlace]) trie[keyPlace]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var t trie[keyPlace]
	if held := p.held.Load(); held != nil {
		t = *held
	}
	t = apply(t)
	p.held.Store(&t)
}
