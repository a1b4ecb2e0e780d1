package catalog

import (
	"fmt"
	"slices"
	"strings"
)

// Profile is a system-defined (cross-region) inference profile.
type Profile struct {
	ID string `json:"id"` // geography, dot, model id

	// Routes come from the table; Like names another profile with the same ones.
	Routes []Route `json:"routes"`
	Like   string  `json:"like"`

	// Assumed marks routes that AWS has not published: see data/README.md.
	Assumed bool `json:"assumed"`

	geo, model   string
	name         string
	destinations map[string][]string // by source region
	sources      []string
}

// Route says where calls made in some source regions may run.
type Route struct {
	From []string `json:"from"`
	To   []string `json:"to"` // "*" alone: every commercial region
}

// resolve fills in what is derived from the id and the routes.
func (p *Profile) resolve(t *bedrockTable) {
	p.geo, p.model = geography(p.ID)
	routes := p.Routes
	if p.Like != "" {
		routes, p.Assumed = t.profiles[p.Like].Routes, true
	}
	p.destinations = map[string][]string{}
	for _, route := range routes {
		to := route.To
		if len(to) == 1 && to[0] == "*" {
			to = regions().commercial
		}
		for _, source := range route.From {
			p.destinations[source] = to
			p.sources = append(p.sources, source)
		}
	}
	slices.Sort(p.sources)
	p.name = geographyName(p.geo) + " " + p.model
	if m, ok := t.models[p.model]; ok {
		p.name = fmt.Sprintf("%s %s %s", geographyName(p.geo), m.Provider, m.Name)
	}
}

func geographyName(geo string) string {
	if geo == "global" {
		return "Global"
	}
	return strings.ToUpper(geo)
}

// Name is the profile's name for people, e.g. "EU Anthropic Claude Sonnet 4.5".
func (p *Profile) Name() string { return p.name }

// Geography is what the id begins with: us, us-gov, eu, apac, jp, au, ca or global.
func (p *Profile) Geography() string { return p.geo }

// Model is the id of the foundation model behind the profile.
func (p *Profile) Model() string { return p.model }

// Global reports whether the profile may run anywhere. A call through it is
// authorized on the source region's model and on the region-less one, not on
// every destination.
func (p *Profile) Global() bool { return p.geo == "global" }

// Sources returns the regions in which the profile can be called, sorted.
func (p *Profile) Sources() []string { return p.sources }

// From reports whether the profile can be called in a source region.
func (p *Profile) From(source string) bool {
	_, ok := p.destinations[source]
	return ok
}

// Destinations returns every region in which a call made in source may run,
// sorted; for a global profile all commercial ones. It reports false when the
// profile cannot be called in source.
func (p *Profile) Destinations(source string) ([]string, bool) {
	to, ok := p.destinations[source]
	return to, ok
}
