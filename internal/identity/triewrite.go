package identity

import "slices"

// with returns n with leaf.
func (n *trieNode[V]) with(shift int, leaf trieLeaf[V]) *trieNode[V] {
	next := n.clone()
	if shift >= trieDepth {
		i := n.deepLeaf(leaf.key)
		if i < 0 {
			next.leaves = inserted(next.leaves, len(next.leaves), leaf)
			return next
		}
		next.leaves = slices.Clone(next.leaves)
		next.leaves[i] = leaf
		return next
	}
	bit := trieBit(leaf.hash, shift)
	switch {
	case next.hasNode&bit != 0:
		i := place(next.hasNode, bit)
		next.nodes = slices.Clone(next.nodes)
		next.nodes[i] = next.nodes[i].with(shift+trieBits, leaf)
	case next.hasLeaf&bit == 0:
		next.leaves = inserted(next.leaves, place(next.hasLeaf, bit), leaf)
		next.hasLeaf |= bit
	default:
		i := place(next.hasLeaf, bit)
		if held := next.leaves[i]; held.key != leaf.key {
			next.push(bit, pair(shift+trieBits, held, leaf))
			break
		}
		next.leaves = slices.Clone(next.leaves)
		next.leaves[i] = leaf
	}
	return next
}

// triePair is a node of two keys, which most of the lowest ones are, with both in one
// piece of memory.
type triePair[V any] struct {
	trieNode[V]
	room [2]trieLeaf[V]
}

// pair returns a node of two keys.
func pair[V any](shift int, a, b trieLeaf[V]) *trieNode[V] {
	if shift >= trieDepth {
		return &trieNode[V]{leaves: []trieLeaf[V]{a, b}}
	}
	first, second := trieBit(a.hash, shift), trieBit(b.hash, shift)
	switch {
	case first == second:
		return &trieNode[V]{hasNode: first, nodes: []*trieNode[V]{pair(shift+trieBits, a, b)}}
	case first > second:
		a, b = b, a
	}
	n := &triePair[V]{}
	n.hasLeaf, n.leaves = first|second, append(n.room[:0], a, b)
	return &n.trieNode
}

// push replaces the leaf at bit by a node. n is not shared yet.
func (n *trieNode[V]) push(bit uint64, below *trieNode[V]) {
	n.leaves = removed(n.leaves, place(n.hasLeaf, bit))
	n.hasLeaf &^= bit
	n.nodes = inserted(n.nodes, place(n.hasNode, bit), below)
	n.hasNode |= bit
}

// without returns n without key, nil if nothing is left.
func (n *trieNode[V]) without(hash uint64, shift int, key string) *trieNode[V] {
	if n == nil {
		return nil
	}
	if shift >= trieDepth {
		return n.withoutDeepLeaf(key)
	}
	bit := trieBit(hash, shift)
	next := n.clone()
	switch {
	case n.hasNode&bit != 0:
		i := place(n.hasNode, bit)
		below := n.nodes[i].without(hash, shift+trieBits, key)
		if below == n.nodes[i] {
			return n
		}
		if below != nil {
			next.nodes = slices.Clone(next.nodes)
			next.nodes[i] = below
			return next
		}
		next.nodes = removed(next.nodes, i)
		next.hasNode &^= bit
	case n.hasLeaf&bit != 0 && n.leaves[place(n.hasLeaf, bit)].key == key:
		next.leaves = removed(next.leaves, place(n.hasLeaf, bit))
		next.hasLeaf &^= bit
	default:
		return n
	}
	if next.hasLeaf|next.hasNode == 0 {
		return nil
	}
	return next
}

func (n *trieNode[V]) withoutDeepLeaf(key string) *trieNode[V] {
	i := n.deepLeaf(key)
	switch {
	case i < 0:
		return n
	case len(n.leaves) == 1:
		return nil
	}
	return &trieNode[V]{leaves: removed(n.leaves, i)}
}

// deepLeaf finds a key in a node past the last bits, or -1.
func (n *trieNode[V]) deepLeaf(key string) int {
	if n == nil {
		return -1
	}
	return slices.IndexFunc(n.leaves, func(l trieLeaf[V]) bool { return l.key == key })
}

func (n *trieNode[V]) clone() *trieNode[V] {
	if n == nil {
		return &trieNode[V]{}
	}
	next := *n
	return &next
}

// inserted is list with v at i, in a list of its own without spare room.
func inserted[T any](list []T, i int, v T) []T {
	longer := make([]T, len(list)+1)
	copy(longer, list[:i])
	longer[i] = v
	copy(longer[i+1:], list[i:])
	return longer
}

// removed is list without the one at i, in a list of its own.
func removed[T any](list []T, i int) []T {
	shorter := make([]T, len(list)-1)
	copy(shorter, list[:i])
	copy(shorter[i:], list[i+1:])
	return shorter
}
