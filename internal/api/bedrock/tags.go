package bedrock

import (
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrock/types"

	"hardpan/arn"
	"hardpan/internal/awserr"
	"hardpan/internal/catalog"
	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/policy/condition"
)

// Tags of inference profiles. Condition keys compare without case, so tag keys
// do too: two that differ in case only would make aws:ResourceTag ambiguous.

// maxTags is how many tags a resource has at most.
const maxTags = 50

// checkTags holds the tags of a request against the rules.
func checkTags(tags []types.Tag) error {
	var f faults
	for _, t := range tags {
		f.required("tags.member.key", t.Key, tagKeyRule)
		f.required("tags.member.value", t.Value, tagValueRule)
	}
	if err := f.err(); err != nil {
		return err
	}
	if len(tags) > maxTags {
		return tooManyTags()
	}
	return checkTagKeys(tagKeys(tags))
}

func tagKeys(tags []types.Tag) []string {
	keys := make([]string, len(tags))
	for i, t := range tags {
		keys[i] = aws.ToString(t.Key)
	}
	return keys
}

func checkTagKeys(keys []string) error {
	seen := map[string]bool{}
	for _, key := range keys {
		folded := identity.FoldName(key)
		switch {
		case strings.HasPrefix(folded, "aws:"):
			return awserr.Validation("Tag keys that begin with aws: are reserved for AWS: %s can neither be set nor removed.", key)
		case seen[folded]:
			return awserr.Validation("Duplicate tag keys found. Please note that tag keys are case insensitive: %s is given twice.", key)
		}
		seen[folded] = true
	}
	return nil
}

func tooManyTags() error {
	return awserr.New("TooManyTagsException", http.StatusBadRequest,
		"A resource has at most %d tags. Remove some, or set fewer.", maxTags)
}

// setTagKeys adds what the request says of tags to the keys of a check.
func setTagKeys(keys *condition.Context, tags []types.Tag) {
	for _, t := range tags {
		keys.Set("aws:RequestTag/"+*t.Key, "request", *t.Value)
	}
	if len(tags) > 0 {
		keys.SetMany("aws:TagKeys", "request", tagKeys(tags))
	}
}

// withTags returns old with tags set, as a new list.
func withTags(old []identity.Tag, tags []types.Tag) ([]identity.Tag, error) {
	list := withoutTags(old, tagKeys(tags))
	for _, t := range tags {
		list = append(list, identity.Tag{Key: *t.Key, Value: *t.Value})
	}
	if len(list) > maxTags {
		return nil, tooManyTags()
	}
	return list, nil
}

// withoutTags returns old without the tags of these keys, as a new list.
func withoutTags(old []identity.Tag, keys []string) []identity.Tag {
	return slices.DeleteFunc(slices.Clone(old), func(t identity.Tag) bool {
		return slices.ContainsFunc(keys, func(key string) bool { return identity.FoldName(key) == identity.FoldName(t.Key) })
	})
}

// taggable is the ARN of a resource that can have tags, if there is one: its
// kind is what decides, not whether it exists.
func taggable(c *op.Call, resource *string) (arn.ARN, error) {
	var f faults
	f.required("resourceARN", resource, resourceRule)
	if err := f.err(); err != nil {
		return arn.ARN{}, err
	}
	a, err := arn.Parse(*resource)
	if err != nil || a.Service != "bedrock" || a.Partition != c.Partition || a.Region != c.Region {
		return a, awserr.Validation("The provided resource ARN is invalid: %s is no ARN of a resource of Amazon Bedrock in %s.", *resource, c.Region)
	}
	if kind, ok := catalog.FindResourceType(a.Type()); !ok || !kind.Taggable {
		return a, awserr.Validation("%s cannot have tags. Application inference profiles can.", *resource)
	}
	return a, nil
}

// tagged returns the profile whose tags a call is about. What is taggable but
// no application inference profile does not exist in Hardpan.
func tagged(s *identity.Snapshot, a arn.ARN) (*identity.InferenceProfile, error) {
	if kind, id, _ := strings.Cut(a.Resource, "/"); kind == applicationType {
		if p, ok := s.InferenceProfile(a.Region, id); ok && p.Account == a.Account {
			return p, nil
		}
	}
	return nil, awserr.NotFound("There is no resource %s.", a.String())
}
