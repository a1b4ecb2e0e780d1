package bedrockruntime

import (
	"strings"

	"hardpan/internal/audit"
	"hardpan/internal/catalog"
	"hardpan/internal/identity"
	"hardpan/internal/invocation"
	"hardpan/internal/ledger"
	"hardpan/internal/op"
	"hardpan/internal/usage"
)

// request is what the ledger has to know of the call: with the most that it can use,
// and whether its answer can be held to less.
func (t *target) request(c *op.Call, routed *invocation.Target, bound ledger.Bound, clamp bool) *ledger.Request {
	caller := audit.CallerOf(c.Caller)
	r := &ledger.Request{
		ID: c.ID, Time: c.Time, Partition: c.Partition, Account: c.Account, Region: c.Region, Operation: c.Op.Name, Caller: caller,
		Call: usage.Call{
			Principal: c.Caller.EntityARN, Ancestors: c.Caller.Ancestors, Key: c.Caller.AccessKeyID,
			Profile: t.Profile, Model: routed.Model.ID, Tags: caller.Tags, ProfileTags: t.tags(),
		},
		Kind:  t.kind(routed),
		Bound: bound,
		Free:  c.Op.Name == "CountTokens",
		Clamp: clamp,
	}
	if c.Caller.Kind == identity.AssumedRole {
		r.Call.Session = c.Caller.ARN
	}
	c.Record.Kind, c.Record.ProfileTags = r.Kind, r.Call.ProfileTags
	return r
}

// tags are those of the application inference profile that was named.
func (t *target) tags() []usage.Tag {
	if t.own == nil || len(t.own.Tags) == 0 {
		return nil
	}
	list := make([]usage.Tag, len(t.own.Tags))
	for i, tag := range t.own.Tags {
		list[i] = usage.Tag{Key: tag.Key, Value: tag.Value}
	}
	return list
}

// kind is how the call is billed. One that Hardpan keeps within some of a
// profile's destinations asks for the model itself, and is billed so.
func (t *target) kind(routed *invocation.Target) usage.ProfileKind {
	switch {
	case routed != t.Target:
		return usage.Regional
	case t.own != nil:
		return catalog.ProfileKind(t.own.Source)
	case t.Profile != "":
		return catalog.ProfileKind(t.Profile[strings.LastIndexByte(t.Profile, '/')+1:])
	}
	return usage.Regional
}
