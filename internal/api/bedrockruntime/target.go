package bedrockruntime

import (
	"errors"

	"hardpan/internal/awserr"
	"hardpan/internal/invocation"
	"hardpan/internal/op"
)

// resolve finds what a model identifier stands for. An unknown one is AWS's
// 400, which comes before authorization.
func resolve(c *op.Call, identifier string) (*invocation.Target, error) {
	t, err := invocation.Resolve(invocation.Place{Partition: c.Partition, Region: c.Region, Account: c.Account}, identifier)
	return t, refusal(err)
}

// refusal is AWS's answer to an identifier that stands for nothing callable.
func refusal(err error) error {
	if r, ok := errors.AsType[*invocation.RefusalError](err); ok {
		return awserr.Validation("%s", r.Message)
	}
	return err
}

// checks gives each of the target's checks its context keys.
func checks(c *op.Call, t *invocation.Target, action string) []op.Check {
	var list []op.Check
	for _, needed := range t.Checks(action) {
		check := op.Check{Action: needed.Action, Resource: needed.Resource, Region: needed.Region}
		if needed.Profile != "" && needed.Resource != needed.Profile {
			check.Keys = c.ChildKeys()
			check.Keys.Set(invocation.RegionKey, "call", needed.Region)
			check.Keys.Set(invocation.ProfileKey, "call", needed.Profile)
		}
		list = append(list, check)
	}
	return list
}
