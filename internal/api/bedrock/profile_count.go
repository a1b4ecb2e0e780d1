package bedrock

import (
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsbedrock "github.com/aws/aws-sdk-go-v2/service/bedrock"

	"hardpan/arn"
	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/policy/condition"
)

// AWS has one quota of profiles, the account's. How many a person, a department or
// a cost centre may have is a matter of policy in Hardpan: for each tag in the
// request there is a condition key with how many profiles of the account and region
// have that tag with that value already. AWS has no such key, so that a Deny with
// NumericGreaterThanEquals means nothing there.

// profileCount begins the condition key; the tag's key follows.
const profileCount = "hardpan:ProfileCount/"

// setProfileCounts adds the counts to the keys of a check. The profile that the
// same request has made before is left out: repeating a request changes nothing.
func setProfileCounts(keys *condition.Context, c *op.Call, in *awsbedrock.CreateInferenceProfileInput, state *identity.Snapshot) {
	if state == nil {
		return
	}
	var made []identity.Tag
	if before, ok := state.InferenceProfileMade(c.Region, aws.ToString(in.ClientRequestToken)); ok && in.ClientRequestToken != nil {
		made = before.Tags
	}
	for _, t := range in.Tags {
		n := state.InferenceProfileCountTagged(c.Region, *t.Key, *t.Value)
		for _, own := range made {
			if identity.FoldName(own.Key) == identity.FoldName(*t.Key) && own.Value == *t.Value {
				n--
			}
		}
		keys.Set(profileCount+*t.Key, "resource", strconv.Itoa(n))
	}
}

// stillAllowed asks again within the write, when nobody else can make a profile:
// of two requests at the same moment only one may be the last within a count.
func stillAllowed(c *op.Call, in *awsbedrock.CreateInferenceProfileInput, source arn.ARN, state *identity.Snapshot) error {
	for _, check := range createChecks(c, in, source, state) {
		if !c.May(check) {
			return conflict("Another inference profile with the same tags was made at the same moment. Try again: " +
				"the answer to that says what your policies allow now.")
		}
	}
	return nil
}
