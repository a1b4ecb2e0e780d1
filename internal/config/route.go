package config

import "slices"

// Route sends models, in regions, to a backend. The first that matches wins;
// what matches none is answered by builtin.
type Route struct {
	Models  []string `yaml:"models"`  // patterns of foundation-model ids; "*" and "?" as in a file name, "*" also takes "/"
	Regions []string `yaml:"regions"` // patterns of regions; none: every region that the backend stands for
	Backend string   `yaml:"backend"`
	As      string   `yaml:"as"` // the model id to ask the backend for; empty: the same

	standsFor []string // the backend's regions; nil: all
}

// Matches reports whether the route takes a model in a region. A route never
// takes a region that its backend does not stand for: what was allowed for one
// region must not run in another.
func (r *Route) Matches(model, region string) bool {
	return (r.standsFor == nil || slices.Contains(r.standsFor, region)) &&
		(len(r.Regions) == 0 || matchesAny(r.Regions, region)) && matchesAny(r.Models, model)
}

// Route returns the backend for a model in a region, and the model id to ask it
// for. Nothing matching is [BuiltinName] and the model itself.
func (c *Config) Route(model, region string) (backend, as string) {
	for i := range c.Routes {
		r := &c.Routes[i]
		if !r.Matches(model, region) {
			continue
		}
		if r.As != "" {
			return r.Backend, r.As
		}
		return r.Backend, model
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
