package simulation

import (
	"strconv"
	"strings"
	"time"

	"hardpan/internal/explain"
	"hardpan/internal/invocation"
	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

const resourceTag = "aws:resourcetag/"

// contexts makes the keys that every check sees, and above them, if the
// question names any, the tags of its resource.
func contexts(principal *condition.Context, q *Question) (keys, tags *condition.Context) {
	keys = condition.NewContext(principal)
	if q.Region != "" {
		keys.Set(invocation.RegionKey, "call", q.Region)
	}
	keys.Set("aws:ViaAWSService", "request", "false")
	for _, k := range q.Context {
		if !strings.HasPrefix(strings.ToLower(k.Name), resourceTag) {
			set(keys, k)
		}
	}
	for _, k := range q.Context {
		if strings.HasPrefix(strings.ToLower(k.Name), resourceTag) {
			if tags == nil {
				tags = condition.NewContext(keys)
			}
			set(tags, k)
		}
	}
	return keys, tags
}

func set(keys *condition.Context, k Key) {
	if k.Multi || len(k.Values) != 1 {
		keys.SetMany(k.Name, "request", k.Values)
		return
	}
	keys.Set(k.Name, "request", k.Values[0])
}

// alternatives are the other ways to call the same model.
func (c *call) alternatives() []explain.Alternative {
	if c.target == nil {
		return nil
	}
	return c.instead(c.target.Others())
}

func (c *call) instead(others []invocation.Other) []explain.Alternative {
	var list []explain.Alternative
	for _, other := range others {
		a := explain.Alternative{Title: other.Title}
		for _, r := range c.requests {
			if r.Action == invocation.CallWithBearerToken {
				a.Requests = append(a.Requests, r)
			}
		}
		for _, check := range other.Target.Checks(c.action) {
			a.Requests = append(a.Requests, c.request(check))
		}
		list = append(list, a)
	}
	return list
}

// Alternatives are the other ways to make a call of which only its checks are
// known, as a stored decision has them. It is empty for what is no model call.
func Alternatives(at invocation.Place, requests []eval.Request) []explain.Alternative {
	c := &call{at: at, requests: requests}
	named := ""
	for i := range requests {
		r := &requests[i]
		if !isModelCall(r.Action) {
			continue
		}
		if c.keys == nil {
			c.keys, c.action, named = r.Context, r.Action, r.Resource
		}
		if _, through := r.Context.Get(invocation.ProfileKey); through && c.keys == r.Context {
			return nil // the keys of the call itself are not to be had
		}
	}
	if c.keys == nil {
		return nil
	}
	t, err := invocation.Resolve(at, named)
	if err != nil {
		return nil
	}
	return c.instead(t.Others())
}

// At is the keys of a call that is made at a moment.
func At(now time.Time) []Key {
	return []Key{
		{Name: "aws:CurrentTime", Values: []string{now.UTC().Format(time.RFC3339)}},
		{Name: "aws:EpochTime", Values: []string{strconv.FormatInt(now.Unix(), 10)}},
	}
}
