package eval

import (
	"slices"
	"sort"
	"strings"
)

// chains finds, among many texts, all that a given text begins with (or ends
// with). Sorted, the beginnings of one text lie on a chain: from the greatest
// that is not greater than the text, each the longest beginning of the one
// before. So a search costs a binary search and the length of the chain.
type chains[T any] struct {
	nodes   []chainNode[T]
	fromEnd bool // endings instead of beginnings
}

type chainNode[T any] struct {
	text   string
	parent int // the longest other text that this one begins with, or -1
	value  T
}

func newChains[T any](values map[string]T, fromEnd bool) *chains[T] {
	c := &chains[T]{fromEnd: fromEnd, nodes: make([]chainNode[T], 0, len(values))}
	for text, value := range values {
		c.nodes = append(c.nodes, chainNode[T]{text: text, parent: -1, value: value})
	}
	slices.SortFunc(c.nodes, func(a, b chainNode[T]) int { return c.compare(a.text, b.text) })
	for i := range c.nodes {
		c.nodes[i].parent = c.up(i-1, c.nodes[i].text)
	}
	return c
}

// longest is the node of the longest text that s begins with, or -1. The others
// are its parents.
func (c *chains[T]) longest(s string) int {
	if len(c.nodes) == 1 {
		return c.up(0, s)
	}
	after := sort.Search(len(c.nodes), func(i int) bool { return c.compare(c.nodes[i].text, s) > 0 })
	return c.up(after-1, s)
}

// up walks from node i to the first with a text that s begins with.
func (c *chains[T]) up(i int, s string) int {
	for i >= 0 && !c.begins(s, c.nodes[i].text) {
		i = c.nodes[i].parent
	}
	return i
}

func (c *chains[T]) begins(s, text string) bool {
	if c.fromEnd {
		return strings.HasSuffix(s, text)
	}
	return strings.HasPrefix(s, text)
}

func (c *chains[T]) compare(a, b string) int {
	if c.fromEnd {
		return compareFromEnd(a, b)
	}
	return strings.Compare(a, b)
}

// compareFromEnd orders texts as if they were written backwards.
func compareFromEnd(a, b string) int {
	i, j := len(a)-1, len(b)-1
	for i >= 0 && j >= 0 && a[i] == b[j] {
		i, j = i-1, j-1
	}
	switch {
	case i < 0 && j < 0:
		return 0
	case i < 0:
		return -1
	case j < 0:
		return 1
	}
	return int(a[i]) - int(b[j])
}
