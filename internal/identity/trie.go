package identity

import (
	"hash/maphash"
	"iter"
	"math/bits"
)

// trie is a map by text that never changes: with and without return another one,
// which shares all nodes but the few on the way to the key. It keeps no order, as
// [index] does, but looking up touches three or four places in memory however
// many keys there are, where a search in order touches a dozen. With a hundred
// thousand callers each of these is a wait for memory.
//
// It is a hash trie: each level takes six bits of the key's hash.
type trie[V any] struct{ root *trieNode[V] }

// trieNode fits a cache line. Where two keys have the same six bits there is a
// node below, else the key itself; past the last bits all keys are in leaves.
type trieNode[V any] struct {
	hasLeaf, hasNode uint64 // a bit for each of the 64 places
	leaves           []trieLeaf[V]
	nodes            []*trieNode[V]
}

type trieLeaf[V any] struct {
	hash  uint64
	key   string
	value V
}

const (
	trieBits  = 6
	trieDepth = 60 // bits of the hash that are used
)

// trieSeed differs in each process, so that nobody can choose keys that meet.
var trieSeed = maphash.MakeSeed()

func trieHash(key string) uint64 { return maphash.String(trieSeed, key) }

func (t trie[V]) get(key string) (V, bool) { return t.find(trieHash(key), key) }

func (t trie[V]) find(hash uint64, key string) (v V, ok bool) {
	n := t.root
	for shift := 0; n != nil && shift < trieDepth; shift += trieBits {
		bit := trieBit(hash, shift)
		if n.hasNode&bit != 0 {
			n = n.nodes[place(n.hasNode, bit)]
			continue
		}
		if n.hasLeaf&bit == 0 {
			return v, false
		}
		if l := &n.leaves[place(n.hasLeaf, bit)]; l.hash == hash && l.key == key {
			return l.value, true
		}
		return v, false
	}
	if n != nil {
		for i := range n.leaves {
			if n.leaves[i].key == key {
				return n.leaves[i].value, true
			}
		}
	}
	return v, false
}

// with is t with key leading to v.
func (t trie[V]) with(key string, v V) trie[V] {
	return trie[V]{t.root.with(0, trieLeaf[V]{trieHash(key), key, v})}
}

// without is t without key.
func (t trie[V]) without(key string) trie[V] {
	return trie[V]{t.root.without(trieHash(key), 0, key)}
}

// all yields every key in no order.
func (t trie[V]) all() iter.Seq2[string, V] {
	return func(yield func(string, V) bool) { t.root.all(yield) }
}

func (n *trieNode[V]) all(yield func(string, V) bool) bool {
	if n == nil {
		return true
	}
	for i := range n.leaves {
		if !yield(n.leaves[i].key, n.leaves[i].value) {
			return false
		}
	}
	for _, below := range n.nodes {
		if !below.all(yield) {
			return false
		}
	}
	return true
}

func trieBit(hash uint64, shift int) uint64 { return 1 << (hash >> shift & (1<<trieBits - 1)) }

// place is how many of the bits in set are below bit.
func place(set, bit uint64) int { return bits.OnesCount64(set & (bit - 1)) }
