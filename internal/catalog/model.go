package catalog

import "slices"

// Model is one foundation model.
type Model struct {
	ID               string   `json:"id"`
	Name             string   `json:"name"`      // for people, e.g. "Claude 3.5 Haiku"
	Provider         string   `json:"provider"`  // e.g. "Anthropic"
	InputModalities  []string `json:"input"`     // TEXT, IMAGE, VIDEO, SPEECH, AUDIO
	OutputModalities []string `json:"output"`    // TEXT, IMAGE, VIDEO, SPEECH, EMBEDDING
	Streaming        bool     `json:"streaming"` // answers can be streamed
	Converse         bool     `json:"converse"`  // the Converse operation takes it
	Legacy           bool     `json:"legacy"`    // AWS lists it as LEGACY
	EndOfLife        bool     `json:"endOfLife"` // AWS no longer serves it; from memory, unverified

	OnDemand    []string `json:"onDemand"`    // regions where the bare id can be called, sorted
	Provisioned []string `json:"provisioned"` // regions where only provisioned throughput serves it, sorted
}

// Lifecycle is AWS's modelLifecycle.status: "ACTIVE" or "LEGACY".
func (m *Model) Lifecycle() string {
	if m.Legacy {
		return "LEGACY"
	}
	return "ACTIVE"
}

// OnDemandIn reports whether the bare model id can be called in region.
func (m *Model) OnDemandIn(region string) bool {
	_, ok := slices.BinarySearch(m.OnDemand, region)
	return ok
}

// ProvisionedIn reports whether region serves the model with provisioned
// throughput only.
func (m *Model) ProvisionedIn(region string) bool {
	_, ok := slices.BinarySearch(m.Provisioned, region)
	return ok
}

// Profiles returns the system-defined profiles over this model that can be
// called in region: the geographic ones and the global one, ordered by id.
func (m *Model) Profiles(region string) []*Profile {
	var found []*Profile
	for _, p := range bedrock().profilesOf[m.ID] {
		if p.From(region) {
			found = append(found, p)
		}
	}
	return found
}

// InRegion reports whether a caller in region can reach the model, on demand
// or through a profile.
func (m *Model) InRegion(region string) bool {
	if m.OnDemandIn(region) {
		return true
	}
	return slices.ContainsFunc(bedrock().profilesOf[m.ID], func(p *Profile) bool { return p.From(region) })
}

// InferenceTypes is what ListFoundationModels says in inferenceTypesSupported
// for a region: "ON_DEMAND", "PROVISIONED", "INFERENCE_PROFILE". The last one
// is in real answers though the AWS SDKs' enumeration lacks it (from memory,
// unverified).
func (m *Model) InferenceTypes(region string) []string {
	var types []string
	if m.OnDemandIn(region) {
		types = append(types, "ON_DEMAND")
	}
	if m.ProvisionedIn(region) {
		types = append(types, "PROVISIONED")
	}
	if len(m.Profiles(region)) > 0 {
		types = append(types, "INFERENCE_PROFILE")
	}
	return types
}

// regions is every region that offers the model in any way.
func (m *Model) regions(profiles []*Profile) []string {
	all := slices.Concat(m.OnDemand, m.Provisioned)
	for _, p := range profiles {
		all = append(all, p.sources...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
