package invocation

import "hardpan/internal/catalog"

// Other is another way to call the same model from the same region.
type Other struct {
	Title  string // as an order
	Target *Target
}

// Others lists the profiles over the model, and the model itself where it
// answers on demand, but not t.
func (t *Target) Others() []Other {
	var list []Other
	if own := t.at.arn(t.at.Region, "", foundationModel+"/"+t.Model.ID); t.Profile != "" && t.Model.OnDemandIn(t.at.Region) {
		bare := &Target{Named: own, Model: t.Model, Regions: []string{t.at.Region}, at: t.at, checked: []string{t.at.Region}}
		list = append(list, Other{Title: "Call the model itself, " + t.Model.ID, Target: bare})
	}
	for _, p := range t.Model.Profiles(t.at.Region) {
		if through := resolveProfile(t.at, p.ID); through != nil && through.Profile != t.Profile {
			through.Named = p.ID
			list = append(list, Other{Title: "Call the model through the inference profile " + p.ID, Target: through})
		}
	}
	return list
}

// Callable reports whether identifier means something to call in some region,
// and in which, for who named the wrong one.
func Callable(identifier string) (regions []string) {
	if p, ok := catalog.FindProfile(identifier); ok {
		return p.Sources()
	}
	m, ok := catalog.Find(identifier)
	if !ok {
		return nil
	}
	for _, region := range catalog.Regions() {
		if m.OnDemandIn(region) {
			regions = append(regions, region)
		}
	}
	return regions
}
