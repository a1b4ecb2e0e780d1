package iam

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"hardpan/internal/awserr"
	"hardpan/internal/identity"
)

// Tags of users, roles and policies. Keys compare without case and keep the
// case they were last given. Source: IAM User Guide, "Tags for AWS Identity and
// Access Management resources".

// maxTags is how many tags an entity has at most (IAM and AWS STS quotas).
const maxTags = 50

// newTags is about tags that the request gives; action is what tagging needs
// where it is not the operation's own, on the resource that was named before.
func (p *plan) newTags(tags []types.Tag, action string) {
	keys := make([]string, len(tags))
	for i, t := range tags {
		p.required("tags.member.key", t.Key, tagKeyRule)
		p.required("tags.member.value", t.Value, tagValueRule)
		keys[i] = aws.ToString(t.Key)
		p.key("aws:RequestTag/"+keys[i], aws.ToString(t.Value))
	}
	p.tagKeys(keys)
	if len(tags) > 0 && action != "" && len(p.checks) > 0 {
		p.also(action, p.checks[0].Resource)
	}
}

// tagKeys is about the keys of tags that are set or removed.
func (p *plan) tagKeys(keys []string) {
	if len(keys) == 0 {
		return
	}
	p.keys.SetMany("aws:TagKeys", "request", keys)
	if err := checkTagKeys(keys); err != nil {
		p.refuse(err)
	}
}

// oldTagKeys is about the keys of tags that are removed.
func (p *plan) oldTagKeys(keys []string) {
	for i := range keys {
		p.text("tagKeys.member", &keys[i], tagKeyRule)
	}
	if keys == nil {
		p.fault("Value null at 'tagKeys' failed to satisfy constraint: Member must not be null")
	}
	p.tagKeys(keys)
}

// givenTags is newTags for the operations that do nothing else.
func (p *plan) givenTags(tags []types.Tag) {
	if tags == nil {
		p.fault("Value null at 'tags' failed to satisfy constraint: Member must not be null")
	}
	p.newTags(tags, "")
}

func (p *plan) resourceTags(tags []identity.Tag) {
	for _, t := range tags {
		p.keys.Set("aws:ResourceTag/"+t.Key, "resource", t.Value)
		p.keys.Set("iam:ResourceTag/"+t.Key, "resource", t.Value)
	}
}

func checkTagKeys(keys []string) *awserr.Error {
	seen := map[string]bool{}
	for _, key := range keys {
		folded := identity.FoldName(key)
		switch {
		case strings.HasPrefix(folded, "aws:"):
			return errReservedTag
		case seen[folded]:
			return errDuplicateTags
		}
		seen[folded] = true
	}
	return nil
}

// withTags returns old with tags set, as a new list.
func withTags(old []identity.Tag, tags []types.Tag) ([]identity.Tag, error) {
	keys := make([]string, len(tags))
	for i, t := range tags {
		keys[i] = *t.Key
	}
	list := withoutTags(old, keys)
	for _, t := range tags {
		list = append(list, identity.Tag{Key: *t.Key, Value: *t.Value})
	}
	if len(list) > maxTags {
		return nil, errTooManyTags
	}
	return list, nil
}

// withoutTags returns old without the tags of these keys, as a new list.
func withoutTags(old []identity.Tag, keys []string) []identity.Tag {
	return slices.DeleteFunc(slices.Clone(old), func(t identity.Tag) bool {
		return slices.ContainsFunc(keys, func(key string) bool { return identity.FoldName(key) == identity.FoldName(t.Key) })
	})
}

// shownTags is a list of tags on the wire; nil if there are none.
func shownTags(tags []identity.Tag) []types.Tag {
	var list []types.Tag
	for _, t := range tags {
		list = append(list, shownTag(t))
	}
	return list
}

func shownTag(t identity.Tag) types.Tag { return types.Tag{Key: &t.Key, Value: &t.Value} }

// tagKey orders the tags of a page.
func tagKey(t identity.Tag) string { return identity.FoldName(t.Key) }
