package invocation

// Check is one thing that a call must be allowed.
type Check struct {
	Action   string
	Resource string // an ARN, or "*"
	Region   string // aws:RequestedRegion
	Profile  string // bedrock:InferenceProfileArn, or empty: the key is not there
}

// Checks lists what action must be allowed on, in the order in which AWS names
// the first that fails: the profile, then the models. CountTokens has one
// resource type, foundation-model, so that the profile is not checked.
func (t *Target) Checks(action string) []Check {
	checks := make([]Check, 0, len(t.checked)+1)
	if t.Profile != "" && action != CountTokens {
		checks = append(checks, Check{Action: action, Resource: t.Profile, Region: t.at.Region})
	}
	for _, region := range t.checked {
		check := Check{
			Action: action, Region: region, Profile: t.Profile,
			Resource: t.at.arn(region, "", foundationModel+"/"+t.Model.ID),
		}
		if region == "" {
			check.Region = unspecifiedRegion
		}
		checks = append(checks, check)
	}
	return checks
}

// Bearer is what a call with an API key must be allowed before anything else.
// The action has no resource type: it is checked on "*".
func Bearer(at Place) Check {
	return Check{Action: CallWithBearerToken, Resource: "*", Region: at.Region}
}
