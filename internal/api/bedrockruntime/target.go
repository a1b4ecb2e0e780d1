package bedrockruntime

import (
	"slices"
	"strings"

	"hardpan/arn"
	"hardpan/internal/awserr"
	"hardpan/internal/catalog"
	"hardpan/internal/op"
)

// A model identifier is a foundation model's id or ARN, or a system-defined
// inference profile's. Which one it is decides what must be allowed:
//
//   - a model: the foundation-model ARN of the call's region;
//   - a geographic profile: the profile, then the model in the source region
//     and in every destination, each with bedrock:InferenceProfileArn;
//   - a global profile: the profile, the model in the source region, and the
//     model's region-less ARN with aws:RequestedRegion "unspecified".
//
// Source: Amazon Bedrock User Guide, geographic and global cross-region
// inference. All destinations are checked up front, always.

// unspecified is aws:RequestedRegion of a check that belongs to no region.
const unspecified = "unspecified"

// target is what a model identifier stands for, seen from one region.
type target struct {
	named   string // as the client wrote it
	model   *catalog.Model
	profile string   // ARN of the inference profile, or empty
	checked []string // regions whose foundation-model ARN is checked; "" is the region-less one
	regions []string // regions the call may run in
}

// resolve finds what identifier stands for. An unknown one is AWS's 400, which
// comes before authorization.
func resolve(c *op.Call, identifier string) (*target, error) {
	kind, id, err := parseIdentifier(c, identifier)
	if err != nil {
		return nil, err
	}
	if kind != "foundation-model" {
		if t := resolveProfile(c, id); t != nil {
			t.named = identifier
			return t, nil
		}
		if kind == "inference-profile" {
			return nil, invalidIdentifier()
		}
	}
	m, ok := catalog.Find(id)
	if !ok || !m.InRegion(c.Region) {
		return nil, invalidIdentifier()
	}
	return &target{named: identifier, model: m, checked: []string{c.Region}, regions: []string{c.Region}}, nil
}

func resolveProfile(c *op.Call, id string) *target {
	p, ok := catalog.FindProfile(id)
	if !ok {
		return nil
	}
	destinations, ok := p.Destinations(c.Region)
	if !ok {
		return nil
	}
	m, ok := catalog.Find(p.Model())
	if !ok {
		return nil
	}
	t := &target{model: m, regions: destinations, checked: []string{c.Region}}
	t.profile = arn.ARN{
		Partition: c.Partition, Service: "bedrock", Region: c.Region, Account: c.Account, Resource: "inference-profile/" + id,
	}.String()
	if strings.HasPrefix(id, "global.") {
		t.checked = append(t.checked, "")
		return t
	}
	for _, d := range destinations {
		if !slices.Contains(t.checked, d) {
			t.checked = append(t.checked, d)
		}
	}
	return t
}

// parseIdentifier splits an identifier into its kind ("" for a bare id) and id.
func parseIdentifier(c *op.Call, identifier string) (kind, id string, err error) {
	if !strings.HasPrefix(identifier, "arn:") {
		return "", identifier, nil
	}
	a, err := arn.Parse(identifier)
	if err != nil || a.Service != "bedrock" || a.Partition != c.Partition || a.Region != c.Region {
		return "", "", invalidIdentifier()
	}
	kind, id, _ = strings.Cut(a.Resource, "/")
	switch kind {
	case "foundation-model":
		if a.Account != "" {
			return "", "", invalidIdentifier()
		}
	case "inference-profile":
		if a.Account != c.Account {
			return "", "", invalidIdentifier()
		}
	case "prompt-router", "default-prompt-router", "prompt", "application-inference-profile",
		"provisioned-model", "custom-model-deployment", "imported-model":
		return "", "", awserr.Validation("Hardpan does not serve %s resources in this release. "+
			"Name a foundation model or a system-defined inference profile.", kind)
	default:
		return "", "", invalidIdentifier()
	}
	return kind, id, nil
}

func invalidIdentifier() error { return awserr.Validation("The provided model identifier is invalid.") }

// checks lists what action must be allowed on, in the order in which AWS names
// the first that fails: the profile, then the models.
func (t *target) checks(c *op.Call, action string) []op.Check {
	var checks []op.Check
	if t.profile != "" {
		checks = append(checks, op.Check{Action: action, Resource: t.profile, Region: c.Region})
	}
	return append(checks, t.modelChecks(c, action)...)
}

// modelChecks is checks without the profile itself.
func (t *target) modelChecks(c *op.Call, action string) []op.Check {
	checks := make([]op.Check, 0, len(t.checked)+1)
	for _, region := range t.checked {
		check := op.Check{
			Action: action, Region: region,
			Resource: arn.ARN{
				Partition: c.Partition, Service: "bedrock", Region: region, Resource: "foundation-model/" + t.model.ID,
			}.String(),
		}
		if region == "" {
			check.Region = unspecified
		}
		if t.profile != "" {
			check.Keys = c.ChildKeys()
			check.Keys.Set("aws:RequestedRegion", "call", check.Region)
			check.Keys.Set("bedrock:InferenceProfileArn", "call", t.profile)
		}
		checks = append(checks, check)
	}
	return checks
}

// onDemand refuses a bare model that only answers through a profile. AWS says
// so after authorization; the apostrophe is typographic (U+2019), as observed.
func (t *target) onDemand(c *op.Call) error {
	if t.profile != "" || t.model.OnDemandIn(c.Region) {
		return nil
	}
	return awserr.Validation("Invocation of model ID %s with on-demand throughput isn’t supported. "+
		"Retry your request with the ID or ARN of an inference profile that contains this model.", t.model.ID)
}

// region is where the call runs: at home if the profile may, else its first destination.
func (t *target) region(home string) string {
	if slices.Contains(t.regions, home) {
		return home
	}
	return t.regions[0]
}
