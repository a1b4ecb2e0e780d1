package lint

import (
	"fmt"
	"slices"
	"strings"

	"hardpan/internal/catalog"
	"hardpan/policy"
	"hardpan/policy/condition"
)

// checkRegionDenies looks at policies that only limit (control policies,
// boundaries, session policies), where a Deny has a list of regions: it says which
// profiles no longer work because they also run elsewhere. That may be meant, so
// it is a note.
func checkRegionDenies(d *document) {
	if d.kind != policy.SCP && d.kind != policy.RCP && d.kind != policy.Boundary && d.kind != policy.Session {
		return
	}
	for _, u := range d.uses() {
		if u.s.allows() || u.s.invokes() == "" || !isKey(u.key.Name, regionKey) || !u.operator.Negated || !strings.HasPrefix(u.operator.Base, "String") || u.exempts() {
			continue
		}
		d.regionList(u)
	}
}

// exempts reports whether the Deny has another condition, or is not for models:
// then what it is for cannot be told.
func (u *use) exempts() bool {
	for i := range u.s.Conditions {
		for j := range u.s.Conditions[i].Keys {
			if !isKey(u.s.Conditions[i].Keys[j].Name, regionKey, "aws:PrincipalArn") {
				return true
			}
		}
	}
	return !slices.ContainsFunc(u.s.reaches(), func(r reach) bool { return r.resourceType == modelType })
}

func (u *use) permits(region string) bool {
	compiled, err := condition.Compile(u.operator.String(), u.key.Name, u.key.Values.Texts(), false)
	return err == nil && !compiled.Holds(asked(regionKey, region))
}

func (d *document) regionList(u use) {
	missing := map[string][]string{} // geography: regions
	var geographies []string
	for _, source := range catalog.Regions() {
		if !u.permits(source) {
			continue
		}
		for _, p := range catalog.Profiles(source) {
			if p.Global() {
				continue
			}
			to, _ := p.Destinations(source)
			for _, region := range to {
				if u.permits(region) || slices.Contains(missing[p.Geography()], region) {
					continue
				}
				if missing[p.Geography()] == nil {
					geographies = append(geographies, p.Geography())
				}
				missing[p.Geography()] = append(missing[p.Geography()], region)
			}
		}
	}
	slices.Sort(geographies)
	for _, g := range geographies {
		slices.Sort(missing[g])
		d.addAs(Note, ruleMissingDestination, u.key.Pos,
			fmt.Sprintf("Profiles of the geography %s, called in a region of this list, may also run in %s. One region that is denied denies the call, wherever it would run.", g, both(missing[g])),
			&Fix{Text: "If these profiles are to work, add " + both(missing[g]) + "."})
	}
	if !u.permits(unspecified) {
		d.addAs(Note, ruleGlobalUnspecified, u.key.Pos,
			fmt.Sprintf("Calls through global profiles are denied: their check without a region has %s %q, which is not in this list.", regionKey, unspecified),
			&Fix{Text: "If global profiles are to work, add \"unspecified\"."})
	}
}
