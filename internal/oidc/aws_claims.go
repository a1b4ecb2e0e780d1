package oidc

import (
	"cmp"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4/json"
)

// Claims that providers make for AWS: session tags, which of them are
// transitive, and a source identity. Tags come as one claim with an object in
// it, or flat, a claim for each. Source: IAM User Guide, "Pass session tags in
// AWS STS" and "Monitor and control actions taken with assumed roles"; the flat
// form is from memory.
const (
	tagsClaim   = "https://aws.amazon.com/tags"
	sourceClaim = "https://aws.amazon.com/source_identity"

	flatTag        = tagsClaim + "/principal_tags/"
	flatTransitive = tagsClaim + "/transitive_tag_keys"
)

// Tag is a session tag.
type Tag struct{ Key, Value string }

// one is a value that providers send as a text or as a list of one.
type one string

// UnmarshalJSON implements json.Unmarshaler.
func (o *one) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, (*string)(o)) == nil {
		return nil
	}
	var list []string
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	if len(list) != 1 {
		return refuse(Claim, "a session tag has one value, not %d", len(list))
	}
	*o = one(list[0])
	return nil
}

// forAWS adds what is meant for AWS to out.
func (c *claims) forAWS(out *Claims) error {
	var nested struct {
		Tags       map[string]one `json:"principal_tags"`
		Transitive []string       `json:"transitive_tag_keys"`
	}
	if err := c.decode(tagsClaim, &nested); err != nil {
		return err
	}
	if err := c.decode(sourceClaim, &out.Source); err != nil {
		return err
	}
	if err := c.decode(flatTransitive, &out.Transitive); err != nil {
		return err
	}
	out.Transitive = append(out.Transitive, nested.Transitive...)
	for key, value := range nested.Tags {
		out.Tags = append(out.Tags, Tag{key, string(value)})
	}
	for name := range c.raw {
		key, ok := strings.CutPrefix(name, flatTag)
		if !ok {
			continue
		}
		var value one
		if err := c.decode(name, &value); err != nil {
			return err
		}
		out.Tags = append(out.Tags, Tag{key, string(value)})
	}
	if len(out.Tags) > maxList || len(out.Transitive) > maxList {
		return refuse(Claim, "the token has more than %d session tags", maxList)
	}
	slices.SortFunc(out.Tags, func(a, b Tag) int { return cmp.Compare(a.Key, b.Key) })
	return nil
}

func (c *claims) decode(name string, into any) error {
	raw, ok := c.raw[name]
	if !ok {
		return nil
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return &Error{Claim, "the claim " + clip(name) + " is not as AWS defines it", err}
	}
	return nil
}
