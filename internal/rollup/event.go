package rollup

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"hardpan/internal/audit"
	"hardpan/internal/store"
	"hardpan/internal/usage"
)

// Counts tells whether an event counts as use of a model: its call was allowed,
// by policies and by budgets, and a backend was chosen for it.
func Counts(e *audit.Event) bool {
	return e.UsedModel != "" && e.Verdict == audit.Allow && e.Outcome != audit.Refused
}

// Sum is what one event that counts adds to a sum.
func Sum(e *audit.Event) store.Usage {
	t := e.Tokens
	u := store.Usage{
		Requests: 1, Input: t.Input, Output: t.Output, CacheRead: t.CacheRead, CacheWrite: t.CacheWrite,
		Images: t.Images, Seconds: t.Seconds,
	}
	if e.Outcome == audit.Failed {
		u.Errors = 1
	}
	if e.Outcome == audit.Incomplete || e.Outcome == audit.Canceled {
		u.Incomplete = 1
	}
	if e.Estimated || e.Recovered {
		u.Estimated = 1
	}
	if e.Priced {
		u.Nano = e.Cost
	} else if !t.IsZero() {
		u.Unpriced = 1
	}
	return u
}

// keys makes the keys that events are summed under, and remembers the last ones:
// the same callers come again and again.
type keys struct{ made map[caller]store.UsageKey }

// caller is what a key is made of beside the tags.
type caller struct {
	arn, id, accessKey, account, region, model, profile, kind, backend, tags string
}

// maxKeys bounds what is remembered.
const maxKeys = 50_000

func newKeys() keys { return keys{made: map[caller]store.UsageKey{}} }

// count adds an event to a batch.
func (k *keys) count(b *store.UsageBatch, e *audit.Event) {
	if Counts(e) {
		hour := store.Hour.Start(time.UnixMicro(e.Time)).Unix()
		cell := store.UsageCell{Hour: hour, Key: k.key(e)}
		if b.Usage[cell] == nil {
			b.Usage[cell] = &store.Usage{}
		}
		u := Sum(e)
		b.Usage[cell].Add(&u)
	}
	for _, c := range e.Budgets {
		cell := store.BucketCell{Account: e.Account, Budget: c.Budget, Instance: c.Instance, Start: c.Start}
		if b.Buckets[cell] == nil {
			b.Buckets[cell] = &store.Bucket{}
		}
		bucket := b.Buckets[cell]
		bucket.Nano = usage.Add(bucket.Nano, e.Cost)
		bucket.Tokens = usage.Add(bucket.Tokens, e.Tokens.Total())
		bucket.Requests = usage.Add(bucket.Requests, 1)
		if e.Overrun {
			bucket.Overruns++
		}
	}
}

func (k *keys) key(e *audit.Event) store.UsageKey {
	c := caller{e.Caller.ARN, e.Caller.ID, e.Caller.AccessKeyID, e.Account, e.Region, e.UsedModel, e.Profile, e.ProfileKind, e.Backend, rawTags(e)}
	if key, ok := k.made[c]; ok {
		return key
	}
	if len(k.made) >= maxKeys {
		k.made = map[caller]store.UsageKey{}
	}
	key := KeyOf(e)
	k.made[c] = key
	return key
}

// rawTags is the same text for the same tags.
func rawTags(e *audit.Event) string {
	var text strings.Builder
	for _, tags := range [][]audit.Tag{e.Caller.Tags, e.ProfileTags} {
		for _, t := range tags {
			fmt.Fprintf(&text, "%d:%s%d:%s", len(t.Key), t.Key, len(t.Value), t.Value)
		}
		text.WriteByte('|')
	}
	return text.String()
}

// KeyOf says under which key an event is summed.
func KeyOf(e *audit.Event) store.UsageKey {
	principal, session := principalOf(e)
	return store.UsageKey{
		Partition: e.Partition, Account: e.Account, Region: e.Region,
		Principal: principal, PrincipalID: e.Caller.ID, Session: session, Person: Person(e), AccessKey: e.Caller.AccessKeyID,
		Tags: tagsOf(e), Model: e.UsedModel, Profile: e.Profile, ProfileKind: e.ProfileKind, Backend: e.Backend,
	}
}

// principalOf splits arn:aws:sts::1:assumed-role/Name/session into the role's
// ARN and the session's. The role's path is not in the event; it is left out, as
// AWS does in the ARN of the session. What is no session is its own principal.
func principalOf(e *audit.Event) (principal, session string) {
	arn := e.Caller.ARN
	head, rest, ok := strings.Cut(arn, ":assumed-role/")
	name, _, ok2 := strings.Cut(rest, "/")
	if !ok || !ok2 {
		return arn, ""
	}
	return strings.Replace(head, ":sts:", ":iam:", 1) + ":role/" + name, arn
}

// PersonTag is the principal tag that says which person a call is of.
const PersonTag = "UserEmail"

// Person is whom a call is reported under by person: the caller's tag UserEmail,
// else the name of the session, else that of the user.
func Person(e *audit.Event) string {
	for _, t := range e.Caller.Tags {
		if strings.EqualFold(t.Key, PersonTag) && t.Value != "" {
			return t.Value
		}
	}
	arn := e.Caller.ARN
	if at := strings.LastIndexAny(arn, "/:"); at >= 0 {
		return arn[at+1:]
	}
	return arn
}

// tagsOf is what usage by tag goes by, as JSON.
func tagsOf(e *audit.Event) string {
	c := usage.Call{Tags: e.Caller.Tags, ProfileTags: e.ProfileTags}
	tags := map[string]string{}
	for _, t := range c.Attribution() {
		tags[t.Key] = t.Value
	}
	text, err := json.Marshal(tags)
	if err != nil {
		panic(err) // texts are always encoded
	}
	return string(text)
}
