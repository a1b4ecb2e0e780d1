package bedrock

import (
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/bedrock/types"

	"hardpan/arn"
	"hardpan/internal/awserr"
	"hardpan/internal/catalog"
	"hardpan/internal/identity"
	"hardpan/internal/op"
)

// Inference profiles: system-defined ones come from the catalog and carry the
// caller's account, application ones are the account's own. The words of
// refusals are from memory or Hardpan's own where no answer of AWS was seen.

const (
	systemType      = "inference-profile"
	applicationType = "application-inference-profile"
)

// profile is an inference profile that a call is about; one of the two is set.
type profile struct {
	system *catalog.Profile
	own    *identity.InferenceProfile
}

func profileARN(c *op.Call, kind, id string) string {
	return arn.ARN{Partition: c.Partition, Service: "bedrock", Region: c.Region, Account: c.Account, Resource: kind + "/" + id}.String()
}

// profileResource is the ARN that an identifier of a profile stands for, an id
// or an ARN, whether or not there is such a profile. It is refused if it is an
// ARN of something else, or of another region.
func profileResource(c *op.Call, identifier string) (arn.ARN, error) {
	if !strings.HasPrefix(identifier, "arn:") {
		kind := applicationType
		if _, ok := catalog.FindProfile(identifier); ok {
			kind = systemType
		}
		return arn.ARN{Partition: c.Partition, Service: "bedrock", Region: c.Region, Account: c.Account, Resource: kind + "/" + identifier}, nil
	}
	a, err := arn.Parse(identifier)
	if kind := a.Type(); err != nil || a.Service != "bedrock" || kind != systemType && kind != applicationType {
		return a, awserr.Validation("The provided inference profile identifier is invalid: %s is no ARN of an inference profile.", identifier)
	}
	if a.Region != c.Region || a.Partition != c.Partition {
		return a, awserr.Validation("The provided inference profile identifier is invalid: the profile is of region %s, and the call was made in %s.", a.Region, c.Region)
	}
	return a, nil
}

// find returns the profile that an ARN of this region stands for.
func findProfile(c *op.Call, a arn.ARN) (profile, error) {
	_, id, _ := strings.Cut(a.Resource, "/")
	if a.Account == c.Account && a.Type() == systemType {
		if p, ok := catalog.FindProfile(id); ok && p.From(c.Region) {
			return profile{system: p}, nil
		}
	}
	if own := ownProfile(c, a); own != nil {
		return profile{own: own}, nil
	}
	return profile{}, noProfile(a.String())
}

func noProfile(resource string) error {
	return awserr.NotFound("There is no inference profile %s.", resource)
}

// ownProfile returns the application inference profile that an ARN names, or nil.
func ownProfile(c *op.Call, a arn.ARN) *identity.InferenceProfile {
	_, id, _ := strings.Cut(a.Resource, "/")
	s, ok := c.Directory.Account(c.Account)
	if !ok || a.Account != c.Account || a.Region != c.Region || a.Type() != applicationType {
		return nil
	}
	own, _ := s.InferenceProfile(a.Region, id)
	return own
}

// onProfile is the check of an action on a profile, with its tags. One of
// another account is checked as such: no policy of that account allows it.
func onProfile(c *op.Call, action string, a arn.ARN) op.Check {
	check := op.Check{Action: action, Resource: a.String(), Region: c.Region, Owner: a.Account, Keys: c.ChildKeys()}
	if own := ownProfile(c, a); own != nil {
		for _, t := range own.Tags {
			check.Keys.Set("aws:ResourceTag/"+t.Key, "resource", t.Value)
		}
	}
	return check
}

// summary is a profile as AWS shows it. When a system-defined one was made is
// not known here and left out.
func (p profile) summary(c *op.Call) types.InferenceProfileSummary {
	if own := p.own; own != nil {
		resource := own.ARN()
		s := types.InferenceProfileSummary{
			InferenceProfileArn: &resource, InferenceProfileId: &own.ID, InferenceProfileName: &own.Name,
			Status: types.InferenceProfileStatusActive, Type: types.InferenceProfileTypeApplication,
			CreatedAt: &own.Created, UpdatedAt: &own.Updated, Models: modelsOf(c, own.Source),
		}
		if own.Description != "" {
			s.Description = &own.Description
		}
		return s
	}
	resource, name, description := profileARN(c, systemType, p.system.ID), p.system.Name(), describe(c, p.system)
	return types.InferenceProfileSummary{
		InferenceProfileArn: &resource, InferenceProfileId: &p.system.ID, InferenceProfileName: &name, Description: &description,
		Status: types.InferenceProfileStatusActive, Type: types.InferenceProfileTypeSystemDefined, Models: modelsOf(c, p.system.ID),
	}
}

// modelsOf lists the models that a call through a profile may reach: one ARN
// for each destination, and of a global profile the source region's and the
// region-less one (the latter from memory, unverified).
func modelsOf(c *op.Call, source string) []types.InferenceProfileModel {
	model, regions := source, []string{c.Region}
	if p, ok := catalog.FindProfile(source); ok {
		model = p.Model()
		regions, _ = p.Destinations(c.Region)
		if p.Global() {
			regions = []string{c.Region, ""}
		}
	}
	models := make([]types.InferenceProfileModel, len(regions))
	for i, region := range regions {
		resource := arn.ARN{Partition: c.Partition, Service: "bedrock", Region: region, Resource: "foundation-model/" + model}.String()
		models[i].ModelArn = &resource
	}
	return models
}

// describe is what AWS says of a system-defined profile.
func describe(c *op.Call, p *catalog.Profile) string {
	name := p.Model()
	if m, ok := catalog.Find(name); ok {
		name = m.Name
	}
	if p.Global() {
		return "Routes requests to " + name + " globally across all supported AWS Regions."
	}
	regions, _ := p.Destinations(c.Region)
	last := len(regions) - 1
	if last == 0 {
		return "Routes requests to " + name + " in " + regions[0] + "."
	}
	return "Routes requests to " + name + " in " + strings.Join(regions[:last], ", ") + " and " + regions[last] + "."
}

func conflict(format string, args ...any) error {
	return awserr.New("ConflictException", http.StatusBadRequest, format, args...)
}
