package invocation

import "slices"

// Choices lists what action must be allowed on where Hardpan is told to route
// a call among the destinations that its caller may use: all of needed, and of
// choices, one for each destination, at least one. Of a global profile each
// region is asked for by itself, and the region-less model is not. This is
// Hardpan's own rule; AWS has no such setting.
func (t *Target) Choices(action string) (needed, choices []Check) {
	if t.Profile != "" && action != CountTokens {
		needed = append(needed, Check{Action: action, Resource: t.Profile, Region: t.at.Region})
	}
	for _, region := range t.Regions {
		check := Check{
			Action: action, Region: region, Profile: t.Profile,
			Resource: t.at.arn(region, "", foundationModel+"/"+t.Model.ID),
		}
		if region == t.at.Region { // the one that is named if none is allowed
			choices = slices.Insert(choices, 0, check)
		} else {
			choices = append(choices, check)
		}
	}
	return needed, choices
}

// Within is the same call, kept within some of its destinations. If that is not
// all of them, what is asked for is the model itself: a profile would let the
// Bedrock behind choose the region.
func (t *Target) Within(regions []string) *Target {
	if len(regions) == len(t.Regions) {
		return t
	}
	kept := *t
	kept.Regions, kept.Named = regions, t.Model.ID
	return &kept
}
