package identity

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
)

// put and drop are with and without under a hash of the test's choice.
func put(t trie[int], hash uint64, key string, v int) trie[int] {
	return trie[int]{t.root.with(0, trieLeaf[int]{hash, key, v})}
}

func drop1(t trie[int], hash uint64, key string) trie[int] {
	return trie[int]{t.root.without(hash, 0, key)}
}

// TestATrieIsAMap does the same to a trie and a map, with hashes that often are
// equal, wholly or in their first bits, and checks that no earlier trie changes.
func TestATrieIsAMap(t *testing.T) {
	hashes := map[string]func(i int) uint64{
		"spread":      func(i int) uint64 { return uint64(i) * 0x9E3779B97F4A7C15 },
		"one":         func(int) uint64 { return 7 },
		"last bits":   func(i int) uint64 { return uint64(i%4) << 55 },
		"unused bits": func(i int) uint64 { return uint64(i%4) << 61 },
		"few":         func(i int) uint64 { return uint64(i % 40) },
	}
	for name, hash := range hashes {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, 2))
			now, want := trie[int]{}, map[string]int{}
			var before trie[int]
			var kept map[string]int
			for step := range 4000 {
				i := random.IntN(200)
				key := fmt.Sprint(i)
				if random.IntN(3) == 0 {
					now = drop1(now, hash(i), key)
					delete(want, key)
				} else {
					now = put(now, hash(i), key, step)
					want[key] = step
				}
				if got, ok := now.find(hash(i), key); ok != contains(want, key) || got != want[key] {
					t.Fatalf("step %d: %s leads to %d, %t; want %d", step, key, got, ok, want[key])
				}
				if step == 2000 {
					before, kept = now, maps.Clone(want)
				}
			}
			if got := maps.Collect(now.all()); !maps.Equal(got, want) {
				t.Fatalf("got %v, want %v", got, want)
			}
			if got := maps.Collect(before.all()); !maps.Equal(got, kept) {
				t.Fatalf("an earlier trie changed: %v, want %v", got, kept)
			}
			for i := range 200 {
				now = drop1(now, hash(i), fmt.Sprint(i))
			}
			if now.root != nil {
				t.Fatal("an empty trie keeps nodes")
			}
		})
	}
}

func contains(m map[string]int, key string) bool {
	_, ok := m[key]
	return ok
}

func TestATrieFindsByText(t *testing.T) {
	var all trie[int]
	for i := range 10_000 {
		all = all.with(fmt.Sprint(i), i)
	}
	for i := range 10_000 {
		if v, ok := all.get(fmt.Sprint(i)); !ok || v != i {
			t.Fatalf("%d leads to %d, %t", i, v, ok)
		}
	}
	if _, ok := all.get("10000"); ok {
		t.Fatal("found what is not there")
	}
}
