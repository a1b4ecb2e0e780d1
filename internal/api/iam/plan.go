package iam

import (
	"hardpan/arn"
	"hardpan/internal/awserr"
	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/policy/condition"
)

// plan is what one call needs before it may run: parameters that keep the
// rules, the resources that its action is checked on, and the context keys it
// brings. An operation's rule describes it; nothing in it depends on whether
// the entity exists, so that who may not ask does not learn.
//
// Resources are the ARNs of the entities, path included; what does not exist
// is checked at path "/".
type plan struct {
	call   *op.Call
	state  *identity.Snapshot
	action string
	keys   *condition.Context
	checks []op.Check

	faults  []string      // broken rules of parameter types
	refusal *awserr.Error // the first of IAM's own
}

// rule declares an operation by its action and a function that describes what
// a call of it needs.
func rule[In any](action string, access op.Access, describe func(p *plan, in *In)) op.Rule[In] {
	return op.Rule[In]{Action: action, Access: access, Checks: func(c *op.Call, in *In) ([]op.Check, error) {
		if c.Caller.Session != nil && c.Caller.Kind != identity.AssumedRole {
			return nil, noSessions(c.Caller.Kind)
		}
		state, err := stateOf(c.Directory, c.Account)
		if err != nil {
			return nil, err
		}
		p := &plan{call: c, state: state, action: action, keys: c.ChildKeys()}
		describe(p, in)
		if err := p.refused(); err != nil {
			return nil, err
		}
		return p.checks, nil
	}}
}

func (p *plan) refuse(e *awserr.Error) {
	if p.refusal == nil {
		p.refusal = e
	}
}

// on adds a resource that the operation's action must be allowed on.
func (p *plan) on(resource string) { p.also(p.action, resource) }

// also adds another action that must be allowed.
func (p *plan) also(action, resource string) {
	p.checks = append(p.checks, op.Check{Action: action, Resource: resource, Region: p.call.Region, Keys: p.keys})
}

// arn is the ARN of an entity of the caller's account.
func (p *plan) arn(kind, path, name string) string {
	return "arn:" + p.call.Partition + ":iam::" + p.call.Account + ":" + kind + path + name
}

// user is about a user; without a name, about the caller.
func (p *plan) user(name *string) {
	p.text("userName", name, existingRule)
	switch {
	case name != nil:
		user, ok := p.state.User(*name)
		if !ok {
			p.on(p.arn("user", "/", *name))
			return
		}
		p.onUser(user)
	case p.call.Caller.Kind == identity.AssumedRole:
		p.refuse(errMustNameUser)
	default:
		user, ok := p.state.UserByID(p.call.Caller.ID)
		if !ok {
			p.on(p.call.Caller.EntityARN) // the root user
			return
		}
		p.onUser(user)
	}
}

// namedUser is about a user who must be named.
func (p *plan) namedUser(name *string) {
	if name == nil {
		p.required("userName", nil, existingRule)
		return
	}
	p.user(name)
}

func (p *plan) onUser(u *identity.User) {
	p.resourceTags(u.Tags)
	p.on(u.ARN())
}

func (p *plan) group(name *string) {
	p.required("groupName", name, groupNameRule)
	if name == nil {
		return
	}
	if group, ok := p.state.Group(*name); ok {
		p.on(group.ARN())
		return
	}
	p.on(p.arn("group", "/", *name))
}

func (p *plan) role(name *string) {
	p.required("roleName", name, roleNameRule)
	if name == nil {
		return
	}
	if role, ok := p.state.Role(*name); ok {
		p.resourceTags(role.Tags)
		p.on(role.ARN())
		return
	}
	p.on(p.arn("role", "/", *name))
}

// policy is about a managed policy.
func (p *plan) policy(policyARN *string) {
	if !p.policyARN("policyArn", policyARN) {
		return
	}
	if policy, ok := p.state.Policy(*policyARN); ok {
		p.resourceTags(policy.Tags)
	}
	p.on(*policyARN)
}

// policyARN reports whether a parameter is an ARN that can name a policy.
func (p *plan) policyARN(member string, value *string) bool {
	p.required(member, value, arnRule)
	if value == nil {
		return false
	}
	if a, err := arn.Parse(*value); err != nil || a.Service != "iam" || a.Region != "" || a.Type() != "policy" {
		p.refuse(notAnARN(*value))
		return false
	}
	return true
}

// create is about an entity that is to be made.
func (p *plan) create(kind string, path, name *string) {
	p.text("path", path, pathRule)
	if name != nil {
		p.on(p.arn(kind, orRoot(path), *name))
	}
}

// list is about all entities of a kind below a path.
func (p *plan) list(kind string, prefix *string) {
	p.text("pathPrefix", prefix, pathPrefixRule)
	p.on(p.arn(kind, orRoot(prefix), ""))
}

// orRoot is a path or path prefix with its default.
func orRoot(path *string) string {
	if path == nil {
		return "/"
	}
	return *path
}

// key adds a context key of the request.
func (p *plan) key(name, value string) { p.keys.Set(name, "request", value) }

// boundaryKey says which permissions boundary the user or role has, as the
// operations that change its permissions do.
func (p *plan) boundaryKey(h *holder, ok bool) {
	if ok && h.boundary != nil && *h.boundary != "" {
		p.keys.Set("iam:PermissionsBoundary", "resource", *h.boundary)
	}
}

// newBoundary is about a permissions boundary that is to be set, if any.
func (p *plan) newBoundary(policyARN *string) {
	if policyARN != nil && p.policyARN("permissionsBoundary", policyARN) {
		p.key("iam:PermissionsBoundary", *policyARN)
	}
}
