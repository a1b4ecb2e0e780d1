package bedrockruntime

import (
	"errors"

	"hardpan/internal/awserr"
	"hardpan/internal/identity"
	"hardpan/internal/invocation"
	"hardpan/internal/op"
	"hardpan/policy/condition"
)

// target is what a call is about: what its model identifier stands for, and
// the application inference profile that it names, if it does.
type target struct {
	*invocation.Target
	own *identity.InferenceProfile

	checks  []op.Check
	choices int // how many of the last checks are destinations to choose from
}

// resolve finds what a model identifier stands for. An unknown one is AWS's
// 400, which comes before authorization; so is the profile of another account
// or region, and one that is deleted (unverified).
func resolve(c *op.Call, identifier string) (*target, error) {
	at := invocation.Place{Partition: c.Partition, Region: c.Region, Account: c.Account}
	own := application(c, at, identifier)
	if own == nil {
		t, err := invocation.Resolve(at, identifier)
		return &target{Target: t}, refusal(err)
	}
	t, err := invocation.Through(at, own.ARN(), own.Source)
	return &target{Target: t, own: own}, refusal(err)
}

// application returns the application inference profile that identifier names.
func application(c *op.Call, at invocation.Place, identifier string) *identity.InferenceProfile {
	id, ok := invocation.Application(at, identifier)
	if !ok {
		return nil
	}
	state, ok := c.Directory.Account(c.Account)
	if !ok {
		return nil
	}
	own, _ := state.InferenceProfile(c.Region, id)
	return own
}

// refusal is AWS's answer to an identifier that stands for nothing callable.
func refusal(err error) error {
	if r, ok := errors.AsType[*invocation.RefusalError](err); ok {
		return awserr.Validation("%s", r.Message)
	}
	return err
}

// needs lists what action must be allowed on, each with its context keys. If
// choose is set, one destination is enough.
func (t *target) needs(c *op.Call, action string, choose bool) []op.Check {
	needed := t.Checks(action)
	var choices []invocation.Check
	if choose && len(t.Regions) > 1 {
		needed, choices = t.Choices(action)
	}
	t.checks, t.choices = make([]op.Check, 0, len(needed)+len(choices)), len(choices)
	for _, check := range needed {
		t.checks = append(t.checks, t.check(c, check))
	}
	for _, check := range choices {
		choice := t.check(c, check)
		choice.Any = 1
		t.checks = append(t.checks, choice)
	}
	return t.checks
}

func (t *target) check(c *op.Call, needed invocation.Check) op.Check {
	return op.Check{Action: needed.Action, Resource: needed.Resource, Region: needed.Region, Keys: t.keys(c, needed)}
}

// keys are the context keys of one check; nil for those of the call itself.
func (t *target) keys(c *op.Call, needed invocation.Check) *condition.Context {
	switch {
	case needed.Profile != "":
		keys := c.ChildKeys()
		keys.Set(invocation.RegionKey, "call", needed.Region)
		keys.Set(invocation.ProfileKey, "call", needed.Profile)
		return keys
	case t.own != nil && len(t.own.Tags) > 0:
		keys := c.ChildKeys()
		for _, tag := range t.own.Tags {
			keys.Set("aws:ResourceTag/"+tag.Key, "resource", tag.Value)
		}
		return keys
	}
	return nil
}

// routed is the target within the destinations that were found allowed.
func (t *target) routed() *invocation.Target {
	if t.choices == 0 {
		return t.Target
	}
	var regions []string
	for _, choice := range t.checks[len(t.checks)-t.choices:] {
		if choice.Allowed {
			regions = append(regions, choice.Region)
		}
	}
	return t.Within(regions)
}
