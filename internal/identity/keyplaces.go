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

type keyPlace struct {
	shard *shard
	key   *AccessKey
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
