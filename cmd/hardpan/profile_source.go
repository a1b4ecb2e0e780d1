package main

import (
	"slices"
	"strings"

	"hardpan/internal/catalog"
)

// sourceOf returns the ARN to copy for a model as people name it.
func sourceOf(named, region, account string) (string, error) {
	if strings.HasPrefix(named, "arn:") {
		return named, nil
	}
	if p, ok := catalog.FindProfile(named); ok && p.From(region) {
		return profileSource(p, region, account), nil
	}
	m, err := modelNamed(named, region)
	if err != nil {
		return "", err
	}
	if sources := sourcesOf(m, region, account); len(sources) > 0 {
		return sources[0], nil
	}
	return "", failed("name a model that answers on demand or through a profile", "%s offers %s with provisioned throughput only", region, m.ID)
}

// sourcesOf are the ARNs to copy for a model, the best first: the model itself, and
// a geography before the whole world, so that data stays nearer.
func sourcesOf(m *catalog.Model, region, account string) (sources []string) {
	if m.OnDemandIn(region) {
		sources = append(sources, "arn:"+catalog.Partition(region)+":bedrock:"+region+"::foundation-model/"+m.ID)
	}
	profiles := slices.Clone(m.Profiles(region))
	slices.SortStableFunc(profiles, func(a, b *catalog.Profile) int { return rank(a) - rank(b) })
	for _, p := range profiles {
		sources = append(sources, profileSource(p, region, account))
	}
	return sources
}

func rank(p *catalog.Profile) int {
	if p.Global() {
		return 1
	}
	return 0
}

func profileSource(p *catalog.Profile, region, account string) string {
	return "arn:" + catalog.Partition(region) + ":bedrock:" + region + ":" + account + ":inference-profile/" + p.ID
}

// modelNamed finds the one model of a region with this id, or with this text in
// its id or name.
func modelNamed(named, region string) (*catalog.Model, error) {
	var found []*catalog.Model
	text := strings.ToLower(named)
	for _, m := range catalog.Models(region) {
		if m.ID == named {
			return m, nil
		}
		if strings.Contains(m.ID, text) || strings.Contains(strings.ToLower(m.Name), text) {
			found = append(found, m)
		}
	}
	switch len(found) {
	case 0:
		return nil, failed("aws bedrock list-foundation-models --region "+region, "%s has no model %q", region, named)
	case 1:
		return found[0], nil
	}
	ids := make([]string, len(found))
	for i, m := range found {
		ids[i] = m.ID
	}
	return nil, failed("say which: "+strings.Join(ids, ", "), "%d models are called %q in %s", len(found), named, region)
}

// modelOf is the model's id in an ARN to copy.
func modelOf(source string) string {
	id := source[strings.LastIndex(source, "/")+1:]
	if p, ok := catalog.FindProfile(id); ok {
		return p.Model()
	}
	return id
}

// regionsOf are the regions that calls through a copy may run in.
func regionsOf(source, region string) []string {
	p, ok := catalog.FindProfile(source[strings.LastIndex(source, "/")+1:])
	if !ok {
		return []string{region}
	}
	if p.Global() {
		return []string{region, "anywhere"}
	}
	regions, _ := p.Destinations(region)
	return regions
}
