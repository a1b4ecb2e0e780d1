package config

import (
	"slices"
	"strings"
)

// Route sends models, in regions, to a backend. The first that matches wins;
// what matches none is answered by builtin.
type Route struct {
	Models  []string `yaml:"models"`  // patterns of foundation-model ids; "*" and "?" as in a file name, "*" also takes "/"
	Regions []string `yaml:"regions"` // patterns of regions; none: every region that the backend stands for
	Backend string   `yaml:"backend"`

	// Backends are several in its place, in the order in which they are tried.
	Backends []string `yaml:"backends"`

	// As is the model id to ask the backend for; empty: the same. A "*" in it is
	// what the "*" of the pattern took.
	As string `yaml:"as"`

	standsFor []string // the regions that all its backends stand for; nil: all
}

// Targets are the route's backends, one or several.
func (r *Route) Targets() []string {
	if r.Backend != "" {
		return []string{r.Backend}
	}
	return r.Backends
}

// Asks returns the model id to ask the backend for.
func (r *Route) Asks(model string) string {
	before, after, wild := strings.Cut(r.As, "*")
	switch {
	case r.As == "":
		return model
	case !wild:
		return r.As
	}
	for _, p := range r.Models {
		if head, tail, _ := strings.Cut(p, "*"); glob(p, model) {
			return before + model[len(head):len(model)-len(tail)] + after
		}
	}
	return r.As // no model of this route's
}

// Matches reports whether the route takes a model in a region. A route never
// takes a region that its backend does not stand for: what was allowed for one
// region must not run in another.
func (r *Route) Matches(model, region string) bool {
	return (r.standsFor == nil || slices.Contains(r.standsFor, region)) &&
		(len(r.Regions) == 0 || matchesAny(r.Regions, region)) && matchesAny(r.Models, model)
}

// Route returns the first backend for a model in a region, and the model id to
// ask it for. Nothing matching is [BuiltinName] and the model itself.
func (c *Config) Route(model, region string) (backend, as string) {
	for i := range c.Routes {
		r := &c.Routes[i]
		if !r.Matches(model, region) {
			continue
		}
		return r.Targets()[0], r.Asks(model)
	}
	return BuiltinName, model
}

func matchesAny(patterns []string, s string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return glob(p, s) })
}

// glob matches "*" (any run) and "?" (any one byte) in time linear in len(p)·len(s).
func glob(p, s string) bool {
	star, mark, i, j := -1, 0, 0, 0
	for j < len(s) {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == s[j]):
			i++
			j++
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}
