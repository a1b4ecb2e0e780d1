package eval

import (
	"slices"
	"sort"
	"strings"
)

// index finds the statements of one effect that may match a request: by action,
// then by the text with which their resources begin. Whoever looks something up
// still has to test it; what is not found cannot match.
type index struct {
	exact    map[string]*bucket // by action in lower case
	patterns []patternBucket    // actions with wildcards, and NotAction
}

type patternBucket struct {
	pattern actionPattern
	any     bool // NotAction: tested with the statement
	bucket  *bucket
}

// bucket is the statements for one action text, by resource prefix.
type bucket struct {
	nodes []node // sorted by prefix
}

// node holds the statements that have a resource with this literal prefix. The
// prefixes of one text lie on the chain of parents of the greatest of them.
type node struct {
	prefix string
	parent int // the longest other prefix that this one begins with, or -1
	refs   []ref
}

// ref is a statement in a set. Its order is that of policies in the set, then of
// statements in the policy: the first that matches is the one that decides.
type ref struct {
	order     int
	policy    *Policy
	statement *statement
}

// indexBuilder collects what an index is made of.
type indexBuilder struct {
	exact    map[string]map[string][]ref
	patterns map[string]map[string][]ref
	any      map[string][]ref
	actions  map[string]actionPattern
}

func newIndex(policies []*Policy, e effect) index {
	b := indexBuilder{
		exact:    map[string]map[string][]ref{},
		patterns: map[string]map[string][]ref{},
		any:      map[string][]ref{},
		actions:  map[string]actionPattern{},
	}
	order := 0
	for _, p := range policies {
		for i := range p.statements {
			if s := &p.statements[i]; s.effect == e {
				b.add(ref{order: order, policy: p, statement: s})
			}
			order++
		}
	}
	return b.build()
}

func (b *indexBuilder) add(r ref) {
	prefixes := r.statement.prefixes()
	if r.statement.notAction {
		addAll(b.any, prefixes, r)
		return
	}
	for _, a := range r.statement.actions {
		group := b.exact
		if !a.exact {
			group = b.patterns
			b.actions[a.text] = a
		}
		if group[a.text] == nil {
			group[a.text] = map[string][]ref{}
		}
		addAll(group[a.text], prefixes, r)
	}
}

// addAll adds r once under each prefix.
func addAll(group map[string][]ref, prefixes []string, r ref) {
	for _, p := range prefixes {
		refs := group[p]
		if n := len(refs); n == 0 || refs[n-1].order != r.order {
			group[p] = append(refs, r)
		}
	}
}

// prefixes are the texts of which a resource must have one as its beginning.
func (s *statement) prefixes() []string {
	if s.noResource || s.notRes {
		return []string{""}
	}
	var prefixes []string
	for i := range s.resources {
		prefixes = append(prefixes, s.resources[i].Prefix())
	}
	return prefixes
}

func (b *indexBuilder) build() index {
	x := index{exact: make(map[string]*bucket, len(b.exact))}
	for action, group := range b.exact {
		x.exact[action] = newBucket(group)
	}
	for text, group := range b.patterns {
		x.patterns = append(x.patterns, patternBucket{pattern: b.actions[text], bucket: newBucket(group)})
	}
	slices.SortFunc(x.patterns, func(a, b patternBucket) int { return strings.Compare(a.pattern.text, b.pattern.text) })
	if len(b.any) > 0 {
		x.patterns = append(x.patterns, patternBucket{any: true, bucket: newBucket(b.any)})
	}
	return x
}

func newBucket(group map[string][]ref) *bucket {
	b := &bucket{}
	for prefix, refs := range group {
		b.nodes = append(b.nodes, node{prefix: prefix, parent: -1, refs: refs})
	}
	slices.SortFunc(b.nodes, func(a, b node) int { return strings.Compare(a.prefix, b.prefix) })
	for i := range b.nodes {
		b.nodes[i].parent = b.ancestor(i-1, b.nodes[i].prefix)
	}
	return b
}

// ancestor walks up from node i to the first whose prefix text begins with.
func (b *bucket) ancestor(i int, text string) int {
	for i >= 0 && !strings.HasPrefix(text, b.nodes[i].prefix) {
		i = b.nodes[i].parent
	}
	return i
}

// deepest is the node with the longest prefix of resource, or -1.
func (b *bucket) deepest(resource string) int {
	after := sort.Search(len(b.nodes), func(i int) bool { return b.nodes[i].prefix > resource })
	return b.ancestor(after-1, resource)
}
