package agentcorecontrol

import (
	"hardpan/arn"
	"hardpan/internal/awserr"
	"hardpan/internal/gateway"
	"hardpan/internal/identity"
	"hardpan/internal/op"
)

// A gateway can have a resource policy, which says who may invoke it besides
// those whose own policies do.

// maxPolicyBytes is how long a resource policy may be. Source: the API's model.
const maxPolicyBytes = 20480

// onResourcePolicy is the check of an action on the policy of a gateway.
func onResourcePolicy(c *op.Call, action string, resource *string) ([]op.Check, error) {
	var f faults
	f.required("resourceArn", resource, resourceRule)
	if err := f.err(); err != nil {
		return nil, err
	}
	a, err := arn.Parse(*resource)
	if err != nil || a.Type() != "gateway" || a.Region != c.Region || a.Partition != c.Partition {
		return nil, awserr.Validation("%s is no ARN of a gateway in %s. Hardpan has resource policies for gateways only.", *resource, c.Region)
	}
	check := on(c, action, "", nil)
	if s, ok := c.Directory.Account(c.Account); ok {
		if g, err := policied(s, a); err == nil {
			check = on(c, action, "", g.Tags)
		}
	}
	check.Resource, check.Owner = *resource, a.Account
	return []op.Check{check}, nil
}

// policied returns the gateway that an ARN names.
func policied(s *identity.Snapshot, a arn.ARN) (*gateway.Gateway, error) {
	r, err := tagged(s, a.String())
	if err != nil {
		return nil, err
	}
	g, ok := r.(*gateway.Gateway)
	if !ok {
		return nil, awserr.NotFound("There is no gateway %s.", a.String())
	}
	return g, nil
}

// policyOf finds the resource policy of what has an ARN.
func policyOf(s *identity.Snapshot, region, resource string) (*gateway.ResourcePolicy, error) {
	r, ok := s.ResourceAt(gateway.KindResourcePolicy, region, resource)
	if !ok {
		return nil, awserr.NotFound("The resource %s has no policy.", resource)
	}
	return r.(*gateway.ResourcePolicy), nil
}
