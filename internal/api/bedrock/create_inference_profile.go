package bedrock

import (
	"context"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsbedrock "github.com/aws/aws-sdk-go-v2/service/bedrock"
	"github.com/aws/aws-sdk-go-v2/service/bedrock/types"

	"hardpan/arn"
	"hardpan/internal/awserr"
	"hardpan/internal/catalog"
	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/store"
	"hardpan/internal/wire/rest"
)

var _ = op.Add(&table, (*Service).createInferenceProfile, op.Rule[awsbedrock.CreateInferenceProfileInput]{
	Action: "bedrock:CreateInferenceProfile", Access: op.Write,
	Schema: rest.Operation("CreateInferenceProfile", "POST", "/inference-profiles", 201,
		awsbedrock.CreateInferenceProfileInput{}, awsbedrock.CreateInferenceProfileOutput{}),
	Checks: func(c *op.Call, in *awsbedrock.CreateInferenceProfileInput) ([]op.Check, error) {
		if err := checkCreate(in); err != nil {
			return nil, err
		}
		source, err := copyFrom(c, in)
		if err != nil {
			return nil, err
		}
		state, _ := c.Directory.Account(c.Account)
		return createChecks(c, in, source, state), nil
	},
})

// createChecks lists what a creation must be allowed, as of state.
func createChecks(c *op.Call, in *awsbedrock.CreateInferenceProfileInput, source arn.ARN, state *identity.Snapshot) []op.Check {
	keys := c.ChildKeys()
	setTagKeys(keys, in.Tags)
	setProfileCounts(keys, c, in, state)
	on := func(action, resource string) op.Check {
		return op.Check{Action: action, Resource: resource, Region: c.Region, Keys: keys}
	}
	// The profile has no id yet, so that the collection is checked. So is what is
	// copied, and nothing behind it.
	collection := profileARN(c, applicationType, "*")
	checks := []op.Check{on("bedrock:CreateInferenceProfile", collection), on("bedrock:CreateInferenceProfile", source.String())}
	if len(in.Tags) > 0 {
		checks = append(checks, on("bedrock:TagResource", collection))
	}
	return checks
}

func checkCreate(in *awsbedrock.CreateInferenceProfileInput) error {
	var f faults
	f.required("inferenceProfileName", in.InferenceProfileName, nameRule)
	f.optional("description", in.Description, descriptionRule)
	f.optional("clientRequestToken", in.ClientRequestToken, tokenRule)
	if _, ok := in.ModelSource.(*types.InferenceProfileModelSourceMemberCopyFrom); !ok {
		f.add("Value null at 'modelSource' failed to satisfy constraint: Member must not be null")
	}
	if err := f.err(); err != nil {
		return err
	}
	return checkTags(in.Tags)
}

// copyFrom is the ARN of what is to be copied: a foundation model of the call's
// region, or a system-defined profile of the caller's account there. Whether it
// exists is not looked at.
func copyFrom(c *op.Call, in *awsbedrock.CreateInferenceProfileInput) (arn.ARN, error) {
	source := in.ModelSource.(*types.InferenceProfileModelSourceMemberCopyFrom).Value
	refuse := func(why string) (arn.ARN, error) {
		return arn.ARN{}, awserr.Validation("The provided model identifier is invalid. copyFrom takes the ARN of a foundation model, "+
			"or of a system-defined inference profile of your account, in the region of the call, %s; %s %s.", c.Region, source, why)
	}
	a, err := arn.Parse(source)
	if err != nil || a.Service != "bedrock" || a.Partition != c.Partition {
		return refuse("is neither")
	}
	switch kind := a.Type(); {
	case kind == applicationType:
		return refuse("is an application inference profile, which cannot be copied")
	case kind != systemType && kind != "foundation-model":
		return refuse("is neither")
	case a.Region != c.Region:
		return refuse("is of another region")
	case kind == systemType && a.Account != c.Account, kind == "foundation-model" && a.Account != "":
		return refuse("is of another account")
	}
	return a, nil
}

// copied returns the id of what is copied, if it can be called in the region:
// a model on demand, or a profile.
func copied(c *op.Call, a arn.ARN) (string, error) {
	kind, id, _ := strings.Cut(a.Resource, "/")
	if kind == systemType {
		if p, ok := catalog.FindProfile(id); ok && p.From(c.Region) {
			return id, nil
		}
		return "", awserr.NotFound("There is no inference profile %s in %s.", id, c.Region)
	}
	m, ok := catalog.Find(id)
	switch {
	case !ok || !m.InRegion(c.Region):
		return "", awserr.NotFound("Could not resolve the foundation model from the provided model identifier: %s has no %s.", c.Region, id)
	case !m.OnDemandIn(c.Region):
		return "", awserr.Validation("The model %s cannot be called on demand in %s, only through an inference profile. "+
			"Copy the ARN of a system-defined inference profile that contains it.", id, c.Region)
	}
	return id, nil
}

func (s *Service) createInferenceProfile(ctx context.Context, c *op.Call, in *awsbedrock.CreateInferenceProfileInput) (*awsbedrock.CreateInferenceProfileOutput, error) {
	a, err := copyFrom(c, in)
	if err != nil {
		return nil, err
	}
	source, err := copied(c, a)
	if err != nil {
		return nil, err
	}
	tags, err := withTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	made := &identity.InferenceProfile{
		Scope: identity.Scope{Partition: c.Partition, Account: c.Account}, Region: c.Region, ID: identity.NewInferenceProfileID(),
		Name: *in.InferenceProfileName, Description: aws.ToString(in.Description), Source: source,
		Token: aws.ToString(in.ClientRequestToken), Created: c.Time, Updated: c.Time, Tags: tags,
	}
	err = s.write(ctx, c, func(tx *store.Tx) error {
		before, err := s.room(tx.State(), made)
		switch {
		case err != nil:
			return err
		case before != nil:
			made = before
			return nil
		}
		if err := stillAllowed(c, in, a, tx.State()); err != nil {
			return err
		}
		return tx.Put(made)
	})
	if err != nil {
		return nil, err
	}
	return &awsbedrock.CreateInferenceProfileOutput{
		InferenceProfileArn: aws.String(made.ARN()), Status: types.InferenceProfileStatusActive,
	}, nil
}

// room reports whether a profile can be made. It returns the one that the same
// request has made before, if it has: then there is nothing to do.
func (s *Service) room(state *identity.Snapshot, p *identity.InferenceProfile) (before *identity.InferenceProfile, err error) {
	if before, ok := state.InferenceProfileMade(p.Region, p.Token); ok && p.Token != "" {
		if before.Name != p.Name || before.Source != p.Source || before.Description != p.Description {
			return nil, conflict("The clientRequestToken %s was used before, with other parameters. Use a new one.", p.Token)
		}
		return before, nil
	}
	if _, taken := state.InferenceProfileNamed(p.Region, p.Name); taken {
		return nil, conflict("An inference profile with the name %s exists already in %s. Choose another name.", p.Name, p.Region)
	}
	most := s.MaxProfiles
	if most == 0 {
		most = DefaultMaxProfiles
	}
	if state.InferenceProfileCount(p.Region) >= most {
		return nil, awserr.New("ServiceQuotaExceededException", http.StatusBadRequest,
			"The account has %d application inference profiles in %s, which is its quota. Delete some that are not used, "+
				"or ask the operator to raise max_profiles.", most, p.Region)
	}
	return nil, nil
}
