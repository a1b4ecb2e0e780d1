package eval

import (
	"slices"
	"strings"
)

// index finds the statements of one effect that may match a request: by action,
// then by the texts with which their resources begin and end, then by what stands
// between ([grams]). Whoever looks something up still has to test it; what is not
// found cannot match.
//
// What is left to be tested one after another, some 15 ns each, is statements on
// one action that differ in their conditions only, or in fewer than eight
// characters between two wildcards; and each different pattern of actions costs
// as much.
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
// their resources begin, under that by the text with which they end, and under
// that by the text in the middle.
type bucket = chains[*chains[*grams]]

// ref is a statement in a set. Its order is that of policies in the set, then of
// statements in the policy: the first that matches is the one that decides.
type ref struct {
	order     int
	policy    *Policy
	statement *statement
}

// place is the literal texts of a resource pattern: what fits the pattern begins
// with one, ends with another, and holds the third somewhere.
type place struct{ prefix, suffix, middle string }

// indexBuilder collects what an index is made of.
type indexBuilder struct {
	exact    map[string]map[place][]ref // by action in lower case
	patterns map[string]map[place][]ref // by action pattern in lower case
	any      map[place][]ref
	actions  map[string]actionPattern
}

func newIndex(policies []*Policy, e effect) index {
	b := indexBuilder{
		exact:    map[string]map[place][]ref{},
		patterns: map[string]map[place][]ref{},
		any:      map[place][]ref{},
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
	places := r.statement.places()
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
			group[a.text] = map[place][]ref{}
		}
		addAll(group[a.text], places, r)
	}
}

// addAll adds r once in each place.
func addAll(group map[place][]ref, places []place, r ref) {
	for _, p := range places {
		refs := group[p]
		if n := len(refs); n == 0 || refs[n-1].order != r.order {
			group[p] = append(refs, r)
		}
	}
}

// places are those of the statement's resources; a resource that is in none of
// them cannot match.
func (s *statement) places() []place {
	if s.noResource || s.notRes {
		return []place{{}}
	}
	var all []place
	for i := range s.resources {
		prefix, middle, suffix := s.resources[i].Literals()
		all = append(all, place{prefix, suffix, middle})
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

func newBucket(group map[place][]ref) *bucket {
	byPrefix := map[string]map[string]map[string][]ref{}
	for p, refs := range group {
		if byPrefix[p.prefix] == nil {
			byPrefix[p.prefix] = map[string]map[string][]ref{}
		}
		if byPrefix[p.prefix][p.suffix] == nil {
			byPrefix[p.prefix][p.suffix] = map[string][]ref{}
		}
		byPrefix[p.prefix][p.suffix][p.middle] = refs
	}
	outer := make(map[string]*chains[*grams], len(byPrefix))
	for prefix, bySuffix := range byPrefix {
		inner := make(map[string]*grams, len(bySuffix))
		for suffix, byMiddle := range bySuffix {
			inner[suffix] = newGrams(byMiddle)
		}
		outer[prefix] = newChains(inner, true)
	}
	return newChains(outer, false)
}
