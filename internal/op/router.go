package op

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
)

// A router finds the operation of a REST request by method and escaped path.
//
// The rule: matching is on the escaped path, segment by segment, so that %2F
// never parts a segment. A label takes one segment, as Smithy has it; only if
// no operation matches that way may labels take several, for clients that send
// ARNs with raw slashes. Of several that match, more literal segments win over
// fewer, then the literal that is further left. No segment is empty: a doubled
// slash matches nothing, and a trailing one only a pattern that has it too.

// maxSegments bounds the work for one path. AWS's longest route has seven
// segments, and the resource part of an ARN a handful.
const maxSegments = 64

// Router finds REST operations. It is immutable and safe for concurrent use.
type Router struct {
	routes map[string][]*route // by method and first segment, the most literal first
}

type route struct {
	op       *Operation
	segments []segment
	slash    bool // the pattern ends with one
}

// segment is one of a pattern: a literal, or a label if that is not empty.
type segment struct{ literal, label string }

// NewRouter makes a router over the REST operations of the given APIs, which
// share a signing name. Their paths begin with a literal segment; the path of
// the query protocol, "/", has none and is never matched.
func NewRouter(tables ...*Table) *Router {
	r := &Router{routes: map[string][]*route{}}
	for _, t := range tables {
		for _, o := range t.Operations() {
			path, slash := strings.CutSuffix(o.Path, "/")
			rt := &route{op: o, segments: pattern(path), slash: slash}
			key := o.Method + " " + rt.segments[0].literal
			r.routes[key] = append(r.routes[key], rt)
		}
	}
	for _, routes := range r.routes {
		slices.SortStableFunc(routes, moreLiteral)
	}
	return r
}

func pattern(path string) []segment {
	var segments []segment
	for s := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		if name, ok := strings.CutPrefix(s, "{"); ok {
			segments = append(segments, segment{label: strings.TrimRight(name, "+}")})
		} else {
			segments = append(segments, segment{literal: s})
		}
	}
	return segments
}

// moreLiteral orders routes: below 0 if a is tried before b.
func moreLiteral(a, b *route) int {
	literalsOfA, shapeOfA := a.shape()
	literalsOfB, shapeOfB := b.shape()
	return cmp.Or(cmp.Compare(literalsOfB, literalsOfA), cmp.Compare(shapeOfA, shapeOfB))
}

// shape writes a route as l for a literal and v for a label, and counts the
// literals. Of two shapes the one that is literal further left sorts first.
func (rt *route) shape() (literals int, shape string) {
	for _, s := range rt.segments {
		if s.label == "" {
			literals++
			shape += "l"
		} else {
			shape += "v"
		}
	}
	return literals, shape
}

// Match returns the operation at method and escaped path with its labels
// unescaped, or nil. Labels are never empty. A path of more than 64 segments
// matches nothing; the work for one path is at most its segments times those
// of the routes that begin alike.
func (r *Router) Match(method, escapedPath string) (*Operation, map[string]string) {
	rest, rooted := strings.CutPrefix(escapedPath, "/")
	if !rooted || strings.Count(rest, "/") >= maxSegments {
		return nil, nil
	}
	rest, slash := strings.CutSuffix(rest, "/")
	path := strings.Split(rest, "/")
	if slices.Contains(path, "") {
		return nil, nil
	}
	routes := r.routes[method+" "+path[0]]
	for _, rt := range routes {
		if rt.slash == slash && len(rt.segments) == len(path) && rt.fits(path) {
			return rt.match(path, nil)
		}
	}
	for _, rt := range routes {
		if rt.slash == slash && len(rt.segments) < len(path) {
			if starts := rt.stretch(path); starts != nil {
				return rt.match(path, starts)
			}
		}
	}
	return nil, nil
}

// fits tells whether the route matches path segment for segment.
func (rt *route) fits(path []string) bool {
	for i, s := range rt.segments {
		if s.label == "" && s.literal != path[i] {
			return false
		}
	}
	return true
}

// stretch matches path with labels that take one segment or more, each as few
// as possible. It returns where in path each segment of the pattern begins, or
// nil. Like a wildcard match it needs to take back only what came after the
// latest label: if that cannot be made to match, no longer earlier one helps.
func (rt *route) stretch(path []string) []int {
	starts := make([]int, len(rt.segments))
	latest, end := -1, 0 // the latest label, and where it ends
	for i, n := 0, 0; i < len(path) || n < len(rt.segments); {
		switch {
		case i == len(path):
			return nil
		case n < len(rt.segments) && rt.segments[n].label != "":
			starts[n] = i
			i, n, latest, end = i+1, n+1, n, i+1
		case n < len(rt.segments) && rt.segments[n].literal == path[i]:
			starts[n] = i
			i, n = i+1, n+1
		case latest < 0:
			return nil
		default:
			end++
			i, n = end, latest+1
		}
	}
	return starts
}

// match reads the labels. starts is nil if each takes one segment.
func (rt *route) match(path []string, starts []int) (*Operation, map[string]string) {
	labels := make(map[string]string, len(rt.segments))
	for n, s := range rt.segments {
		if s.label == "" {
			continue
		}
		raw := path[n]
		if starts != nil {
			end := len(path)
			if n+1 < len(starts) {
				end = starts[n+1]
			}
			raw = strings.Join(path[starts[n]:end], "/")
		}
		value, err := url.PathUnescape(raw)
		if err != nil {
			return nil, nil
		}
		labels[s.label] = value
	}
	return rt.op, labels
}
