package identity

import (
	"iter"
	"strings"

	"github.com/tidwall/btree"
)

// index is an ordered map that can be copied in constant time: the copies
// share nodes, and a write copies only the few nodes on its path. Readers of a
// published index need no lock. Writes, and fork, need one writer at a time.
type index[V any] struct{ tree *btree.Map[string, V] }

func newIndex[V any]() index[V] { return index[V]{btree.NewMap[string, V](32)} }

func (x index[V]) fork() index[V]                { return index[V]{x.tree.Copy()} }
func (x index[V]) get(key string) (v V, ok bool) { return x.tree.Get(key) }
func (x index[V]) set(key string, v V)           { x.tree.Set(key, v) }
func (x index[V]) len() int                      { return x.tree.Len() }
func (x index[V]) remove(key string)             { x.tree.Delete(key) }

// drop removes key if it still leads to v: within one write it may have gone to
// another.
func drop[V comparable](x index[V], key string, v V) {
	if holder, ok := x.get(key); ok && holder == v {
		x.remove(key)
	}
}

// from yields the entries whose key is at least first, in key order.
func (x index[V]) from(first string) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) { x.tree.Ascend(first, yield) }
}

// under yields the entries whose key begins with prefix.
func (x index[V]) under(prefix string) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		x.tree.Ascend(prefix, func(key string, v V) bool {
			return strings.HasPrefix(key, prefix) && yield(key, v)
		})
	}
}

// table holds the named entities of one kind by id and, in order, by folded name.
type table[E any] struct {
	byID     trie[E]
	byName   index[E]
	id, name func(E) string
}

func newTable[E any](id, name func(E) string) table[E] {
	return table[E]{byName: newIndex[E](), id: id, name: name}
}

func (t table[E]) fork() table[E] {
	t.byName = t.byName.fork()
	return t
}

func (t table[E]) named(name string) (E, bool) { return t.byName.get(FoldName(name)) }

func (t *table[E]) put(e E) {
	t.drop(t.id(e)) // it may have had another name
	t.byID = t.byID.with(t.id(e), e)
	t.byName.set(FoldName(t.name(e)), e)
}

func (t *table[E]) drop(id string) {
	old, ok := t.byID.get(id)
	if !ok {
		return
	}
	t.byID = t.byID.without(id)
	// A name may have gone to another entity within one write.
	if holder, ok := t.byName.get(FoldName(t.name(old))); ok && t.id(holder) == id {
		t.byName.remove(FoldName(t.name(old)))
	}
}

// inPath yields what was kept of the entities after the name `after` ("" for
// all) whose path begins with prefix, in name order.
func inPath[E, T any](t table[E], prefix, after string, value func(E) T, path func(T) string) iter.Seq[T] {
	first := ""
	if after != "" {
		first = FoldName(after) + "\x00"
	}
	return func(yield func(T) bool) {
		for _, e := range t.byName.from(first) {
			if v := value(e); strings.HasPrefix(path(v), prefix) && !yield(v) {
				return
			}
		}
	}
}
