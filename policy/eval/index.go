package eval

import (
	"slices"
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

// bucket is the statements for one action text: by the literal text with which
// their resources begin, and under that by the text with which they end.
type bucket = chains[*chains[[]ref]]

// ref is a statement in a set. Its order is that of policies in the set, then of
// statements in the policy: the first that matches is the one that decides.
type ref struct {
	order     int
	policy    *Policy
	statement *statement
}

// ends are the literal texts at both ends of a resource pattern: what fits the
// pattern begins with one and ends with the other.
type ends struct{ prefix, suffix string }

// indexBuilder collects what an index is made of.
type indexBuilder struct {
	exact    map[string]map[ends][]ref // by action in lower case
	patterns map[string]map[ends][]ref // by action pattern in lower case
	any      map[ends][]ref
	actions  map[string]actionPattern
}

func newIndex(policies []*Policy, e effect) index {
	b := indexBuilder{
		exact:    map[string]map[ends][]ref{},
		patterns: map[string]map[ends][]ref{},
		any:      map[ends][]ref{},
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
	places := r.statement.ends()
	if r.statement.notAction {
		addAll(b.any, places, r)
		return
	}
	for _, a := range r.statement.actions {
		group := b.exact
		if !a.exact {
			group = b.patterns
			b.actions[a.text] = a
		}
		if group[a.text] == nil {
			group[a.text] = map[ends][]ref{}
		}
		addAll(group[a.text], places, r)
	}
}

// addAll adds r once in each place.
func addAll(group map[ends][]ref, places []ends, r ref) {
	for _, p := range places {
		refs := group[p]
		if n := len(refs); n == 0 || refs[n-1].order != r.order {
			group[p] = append(refs, r)
		}
	}
}

// ends are those of the statement's resources; a resource that has none of them
// cannot match.
func (s *statement) ends() []ends {
	if s.noResource || s.notRes {
		return []ends{{}}
	}
	var all []ends
	for i := range s.resources {
		all = append(all, ends{s.resources[i].Prefix(), s.resources[i].Suffix()})
	}
	return all
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

func newBucket(group map[ends][]ref) *bucket {
	byPrefix := map[string]map[string][]ref{}
	for e, refs := range group {
		if byPrefix[e.prefix] == nil {
			byPrefix[e.prefix] = map[string][]ref{}
		}
		byPrefix[e.prefix][e.suffix] = refs
	}
	inner := make(map[string]*chains[[]ref], len(byPrefix))
	for prefix, bySuffix := range byPrefix {
		inner[prefix] = newChains(bySuffix, true)
	}
	return newChains(inner, false)
}
