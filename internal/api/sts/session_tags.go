package sts

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"hardpan/internal/op"
	"hardpan/internal/token"
)

// Session tags. Keys compare without case. A transitive tag is inherited by
// every session made from this one, and cannot be passed anew with another
// value. Source: IAM User Guide, "Pass session tags in AWS STS"; the words of
// the refusals are from memory.

const maxSessionTags = 50

// sessionTags returns the tags of the new session, inherited ones included,
// and the keys of those that later sessions inherit.
func sessionTags(c *op.Call, in *awssts.AssumeRoleInput) (tags []token.Tag, transitive []string, err error) {
	seen := map[string]bool{}
	if s := c.Caller.Session; s != nil {
		for _, t := range s.Tags {
			if containsFold(s.Transitive, t.Key) {
				tags, transitive = append(tags, token.Tag{Key: t.Key, Value: t.Value}), append(transitive, t.Key)
				seen[strings.ToLower(t.Key)] = true
			}
		}
	}
	for _, t := range in.Tags {
		key := strings.ToLower(*t.Key)
		if seen[key] {
			return nil, nil, invalid("The session tag %s is already set: it is a transitive tag of the calling session, "+
				"or the request passes it twice. Tag keys are case insensitive.", *t.Key)
		}
		seen[key] = true
		tags = append(tags, token.Tag{Key: *t.Key, Value: aws.ToString(t.Value)})
	}
	for _, key := range in.TransitiveTagKeys {
		if !seen[strings.ToLower(key)] {
			return nil, nil, invalid("The transitive tag key %s is not among the session tags.", key)
		}
		if !containsFold(transitive, key) {
			transitive = append(transitive, key)
		}
	}
	if len(tags) > maxSessionTags {
		return nil, nil, invalid("A session has at most %d tags, inherited ones included; this one would have %d.", maxSessionTags, len(tags))
	}
	return tags, transitive, nil
}

// tagKeys are the context keys of tags that a request passes.
func tagKeys(tags []types.Tag, set op.SetKey) {
	names := make([]string, len(tags))
	for i, t := range tags {
		names[i] = *t.Key
		set("aws:RequestTag/"+*t.Key, aws.ToString(t.Value))
	}
	if len(names) > 0 {
		set("aws:TagKeys", names...)
	}
}

// sourceIdentity is set once and then stays through the whole chain.
func sourceIdentity(c *op.Call, in *awssts.AssumeRoleInput) string {
	if s := c.Caller.Session; s != nil && s.Source != "" {
		return s.Source
	}
	return aws.ToString(in.SourceIdentity)
}

func containsFold(list []string, key string) bool {
	for _, have := range list {
		if strings.EqualFold(have, key) {
			return true
		}
	}
	return false
}
