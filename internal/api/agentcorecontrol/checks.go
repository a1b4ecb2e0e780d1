package agentcorecontrol

import (
	"maps"
	"slices"

	"hardpan/internal/gateway"
	"hardpan/internal/identity"
	"hardpan/internal/op"
)

// What calls are checked on. A resource that does not exist yet is checked as
// its collection, "gateway/*": so is a list. AWS's Service Authorization
// Reference for AgentCore was not at hand; unverified.

func resourceARN(c *op.Call, resource string) string {
	return "arn:" + c.Partition + ":bedrock-agentcore:" + c.Region + ":" + c.Account + ":" + resource
}

// on is the check of an action on a resource of the caller's account, which has
// these tags.
func on(c *op.Call, action, resource string, tags []identity.Tag) op.Check {
	keys := c.ChildKeys()
	for _, t := range tags {
		keys.Set("aws:ResourceTag/"+t.Key, "resource", t.Value)
	}
	return op.Check{Action: "bedrock-agentcore:" + action, Resource: resourceARN(c, resource), Region: c.Region, Keys: keys}
}

// onGateway is the check of an action on a gateway, whether or not there is one.
func onGateway(c *op.Call, action string, id *string) ([]op.Check, error) {
	var f faults
	f.required("gatewayIdentifier", id, idRule)
	if err := f.err(); err != nil {
		return nil, err
	}
	return []op.Check{on(c, action, "gateway/"+*id, gatewayTags(c, *id))}, nil
}

// onTarget is the check of an action on a target: on its gateway, as AWS has no
// resource type for targets.
func onTarget(c *op.Call, action string, gatewayID, id *string) ([]op.Check, error) {
	var f faults
	f.required("targetId", id, idRule)
	if err := f.err(); err != nil {
		return nil, err
	}
	return onGateway(c, action, gatewayID)
}

func gatewayTags(c *op.Call, id string) []identity.Tag {
	if s, ok := c.Directory.Account(c.Account); ok {
		if g, ok := gateway.Find(s, c.Region, id); ok {
			return g.Tags
		}
	}
	return nil
}

// onEngine is the check of an action on a policy engine, and, if policy is not
// nil, on a policy of it instead.
func onEngine(c *op.Call, action string, id, policy *string) ([]op.Check, error) {
	var f faults
	f.required("policyEngineId", id, idRule)
	f.optional("policyId", policy, idRule)
	if err := f.err(); err != nil {
		return nil, err
	}
	resource := "policy-engine/" + *id
	if policy != nil {
		resource += "/policy/" + *policy
	}
	return []op.Check{on(c, action, resource, engineTags(c, *id))}, nil
}

// onPolicy is the check of an action on a policy, whose id has to be given.
func onPolicy(c *op.Call, action string, engineID, id *string) ([]op.Check, error) {
	var f faults
	f.required("policyId", id, idRule)
	if err := f.err(); err != nil {
		return nil, err
	}
	return onEngine(c, action, engineID, id)
}

func engineTags(c *op.Call, id string) []identity.Tag {
	if s, ok := c.Directory.Account(c.Account); ok {
		if e, ok := gateway.FindEngine(s, c.Region, id); ok {
			return e.Tags
		}
	}
	return nil
}

// onCreate is the check of making a resource with tags in a collection.
func onCreate(c *op.Call, action, collection string, tags map[string]string) []op.Check {
	check := on(c, action, collection, nil)
	setTagKeys(check.Keys, tags)
	checks := []op.Check{check}
	if len(tags) > 0 {
		tagging := on(c, "TagResource", collection, nil)
		setTagKeys(tagging.Keys, tags)
		checks = append(checks, tagging)
	}
	return checks
}

// passing is the check of handing a role over to AgentCore.
// Source: IAM User Guide, "Granting a user permissions to pass a role".
func passing(c *op.Call, roleARN string) op.Check {
	keys := c.ChildKeys()
	keys.Set("iam:PassedToService", "request", gateway.ServicePrincipal)
	return op.Check{Action: "iam:PassRole", Resource: roleARN, Region: c.Region, Keys: keys}
}

// tagList is a request's tags as they are stored.
func tagList(tags map[string]string) []identity.Tag {
	var list []identity.Tag
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, identity.Tag{Key: key, Value: tags[key]})
	}
	return list
}
