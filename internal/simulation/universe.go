package simulation

import (
	"iter"
	"slices"

	"hardpan/arn"
	"hardpan/internal/catalog"
	"hardpan/internal/invocation"
	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

// Universe is what a remedy is held against: every action of Bedrock on
// everything in the catalog, in every region, on "*", and on the resources of
// the call itself; and every action of Hardpan's own.
func Universe(at invocation.Place, keys *condition.Context, call ...eval.Request) iter.Seq[*eval.Request] {
	return func(yield func(*eval.Request) bool) {
		ask := func(action, resource string, keys *condition.Context) bool {
			return yield(&eval.Request{Action: action, Resource: resource, Context: keys, ResourceAccount: at.Account})
		}
		for _, action := range catalog.Actions() {
			if !ask("bedrock:"+action.Name, "*", keys) {
				return
			}
			for i := range call {
				if isAbout(action, call[i].Resource) && !ask("bedrock:"+action.Name, call[i].Resource, call[i].Context) {
					return
				}
			}
		}
		for _, action := range catalog.OwnActions() {
			if !ask("hardpan:"+action, "*", keys) {
				return
			}
		}
		for _, region := range catalog.Regions() {
			there := condition.NewContext(keys)
			there.Set(invocation.RegionKey, "call", region)
			models, profiles := resources(at, region)
			for _, action := range catalog.Actions() {
				for _, resource := range of(action, models, profiles) {
					if !ask("bedrock:"+action.Name, resource, there) {
						return
					}
				}
			}
		}
	}
}

// isAbout reports whether an action has resources of this one's type.
func isAbout(action *catalog.ActionInfo, resource string) bool {
	a, err := arn.Parse(resource)
	return err == nil && slices.Contains(action.ResourceTypes, a.Type())
}

// of are the resources that an action is about.
func of(action *catalog.ActionInfo, models, profiles []string) []string {
	var list []string
	if slices.Contains(action.ResourceTypes, "foundation-model") {
		list = append(list, models...)
	}
	if slices.Contains(action.ResourceTypes, "inference-profile") {
		list = append(list, profiles...)
	}
	return list
}

// resources are the catalog's models and profiles of a region.
func resources(at invocation.Place, region string) (models, profiles []string) {
	a := arn.ARN{Partition: at.Partition, Service: "bedrock", Region: region}
	for _, m := range catalog.Models(region) {
		a.Resource = "foundation-model/" + m.ID
		models = append(models, a.String())
	}
	a.Account = at.Account
	for _, p := range catalog.Profiles(region) {
		a.Resource = "inference-profile/" + p.ID
		profiles = append(profiles, a.String())
	}
	return models, profiles
}
