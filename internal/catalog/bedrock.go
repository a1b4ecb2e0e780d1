package catalog

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// bedrockTable joins models and profiles, since each asks for the other.
type bedrockTable struct {
	models         map[string]*Model
	profiles       map[string]*Profile
	modelsIn       map[string][]*Model   // by region, ordered by id
	profilesFrom   map[string][]*Profile // by source region, ordered by id
	profilesOf     map[string][]*Profile // by model id
	sortedModels   []*Model
	sortedProfiles []*Profile
}

var bedrock = sync.OnceValue(func() *bedrockTable {
	t := &bedrockTable{
		models:         map[string]*Model{},
		profiles:       map[string]*Profile{},
		modelsIn:       map[string][]*Model{},
		profilesFrom:   map[string][]*Profile{},
		profilesOf:     map[string][]*Profile{},
		sortedModels:   mustParse[[]*Model]("models.json"),
		sortedProfiles: mustParse[[]*Profile]("profiles.json"),
	}
	slices.SortFunc(t.sortedModels, func(a, b *Model) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(t.sortedProfiles, func(a, b *Profile) int { return cmp.Compare(a.ID, b.ID) })
	for _, m := range t.sortedModels {
		t.models[m.ID] = m
	}
	t.indexProfiles()
	for _, m := range t.sortedModels {
		for _, region := range m.regions(t.profilesOf[m.ID]) {
			t.modelsIn[region] = append(t.modelsIn[region], m)
		}
	}
	return t
})

func (t *bedrockTable) indexProfiles() {
	for _, p := range t.sortedProfiles {
		t.profiles[p.ID] = p
	}
	for _, p := range t.sortedProfiles {
		p.resolve(t)
		t.profilesOf[p.model] = append(t.profilesOf[p.model], p)
		for _, source := range p.sources {
			t.profilesFrom[source] = append(t.profilesFrom[source], p)
		}
	}
}

// Find returns the foundation model with this exact id,
// e.g. "amazon.titan-embed-text-v2:0". Profiles are not models: see [FindProfile].
func Find(id string) (*Model, bool) {
	m, ok := bedrock().models[id]
	return m, ok
}

// Models returns the models that a region offers in any way (on demand, with
// provisioned throughput, or through a profile), ordered by id.
func Models(region string) []*Model { return bedrock().modelsIn[region] }

// AllModels returns every foundation model of any region, ordered by id.
func AllModels() []*Model { return bedrock().sortedModels }

// FindProfile returns the system-defined inference profile with this exact id,
// e.g. "eu.anthropic.claude-sonnet-4-5-20250929-v1:0".
func FindProfile(id string) (*Profile, bool) {
	p, ok := bedrock().profiles[id]
	return p, ok
}

// Profiles returns the system-defined profiles that can be called in a source
// region, ordered by id.
func Profiles(source string) []*Profile { return bedrock().profilesFrom[source] }

// geography splits a profile id at its first dot: "us-gov" and the model id.
func geography(profileID string) (geo, model string) {
	geo, model, _ = strings.Cut(profileID, ".")
	return geo, model
}
