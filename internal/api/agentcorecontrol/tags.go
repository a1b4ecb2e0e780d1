package agentcorecontrol

import (
	"context"
	"slices"
	"strings"

	"hardpan/arn"
	"hardpan/internal/awserr"
	"hardpan/internal/gateway"
	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/store"
	"hardpan/policy/condition"
)

// Tags of gateways, policy engines and credential providers. Condition keys
// compare without case, so tag keys do too.

// maxTags is how many tags a resource has at most.
const maxTags = 50

// checkTags holds the tags of a request against the rules.
func checkTags(f *faults, tags map[string]string) {
	seen := map[string]bool{}
	for key, value := range tags {
		f.optional("tags.key", &key, tagKeyRule)
		f.optional("tags.value", &value, tagValueRule)
		checkTagKey(f, key)
		if folded := identity.FoldName(key); seen[folded] {
			f.add("Duplicate tag keys found. Please note that tag keys are case insensitive: %s is given twice", key)
		} else {
			seen[folded] = true
		}
	}
	if len(tags) > maxTags {
		f.add("A resource has at most %d tags", maxTags)
	}
}

func checkTagKey(f *faults, key string) {
	if strings.HasPrefix(identity.FoldName(key), "aws:") {
		f.add("Tag keys that begin with aws: are reserved for AWS: %s can neither be set nor removed", shorten(key))
	}
}

// setTagKeys adds what a request says of tags to the keys of a check.
func setTagKeys(keys *condition.Context, tags map[string]string) {
	list := tagList(tags)
	names := make([]string, len(list))
	for i, t := range list {
		names[i] = t.Key
		keys.Set("aws:RequestTag/"+t.Key, "request", t.Value)
	}
	if len(names) > 0 {
		keys.SetMany("aws:TagKeys", "request", names)
	}
}

// withoutTags returns old without the tags of these keys, as a new list.
func withoutTags(old []identity.Tag, keys []string) []identity.Tag {
	return slices.DeleteFunc(slices.Clone(old), func(t identity.Tag) bool {
		return slices.ContainsFunc(keys, func(key string) bool { return identity.FoldName(key) == identity.FoldName(t.Key) })
	})
}

// onTagged is the check of an action on the tags of a resource. Its kind is what
// decides whether it can have any, not whether it exists.
func onTagged(c *op.Call, action string, resource *string) (op.Check, error) {
	var f faults
	f.required("resourceArn", resource, resourceRule)
	if err := f.err(); err != nil {
		return op.Check{}, err
	}
	a, err := arn.Parse(*resource)
	kind := a.Type()
	if err != nil || a.Partition != c.Partition || a.Region != c.Region ||
		kind != "gateway" && kind != "token-vault" && (kind != "policy-engine" || strings.Contains(a.Resource, "/policy/")) {
		return op.Check{}, awserr.Validation("%s can have no tags here. Gateways, policy engines and credential providers of %s can.", *resource, c.Region)
	}
	var tags []identity.Tag
	if s, ok := c.Directory.Account(c.Account); ok {
		if r, err := tagged(s, *resource); err == nil {
			tags = r.Common().Tags
		}
	}
	check := on(c, action, "", tags)
	check.Resource, check.Owner = *resource, a.Account
	return check, nil
}

// tagged returns the resource that an ARN names.
func tagged(s *identity.Snapshot, resource string) (gateway.Resource, error) {
	a, err := arn.Parse(resource)
	if err != nil {
		return nil, err
	}
	_, id, _ := strings.Cut(a.Resource, "/")
	if g, ok := gateway.Find(s, a.Region, id); ok && g.ARN() == resource {
		return g, nil
	}
	if e, ok := gateway.FindEngine(s, a.Region, id); ok && e.ARN() == resource {
		return e, nil
	}
	if p, ok := gateway.FindProvider(s, resource); ok {
		return p, nil
	}
	return nil, awserr.NotFound("There is no resource %s.", resource)
}

// retag changes the tags of a resource. Whether it may be was decided before on
// the tags that it had then; whether it still is there is decided in the write.
func (s *Service) retag(ctx context.Context, c *op.Call, resource string, change func([]identity.Tag) ([]identity.Tag, error)) error {
	return s.write(ctx, c, func(tx *store.Tx) error {
		old, err := tagged(tx.State(), resource)
		if err != nil {
			return err
		}
		next := old.Canonical().(gateway.Resource)
		m := next.Common()
		if m.Tags, err = change(m.Tags); err != nil {
			return err
		}
		return tx.Put(next)
	})
}
