package iam

import (
	"context"

	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/store"
)

// holder is a user, group or role, seen as what policies hang on: a copy that
// may be changed, with pointers to those parts of it. Lists are replaced, never
// changed in place: the original shares them.
type holder struct {
	entity    identity.Entity
	kind      string // "user", "group" or "role"
	name      string
	arn       string
	inline    *[]identity.InlinePolicy
	attached  *[]string
	boundary  *string         // nil: groups have none
	tags      *[]identity.Tag // nil: groups have none
	maxInline int             // of all inline policies together, in characters without white space
}

// The most that inline policies of one entity may be together, and the most
// managed policies on it. Source: IAM User Guide, "IAM and AWS STS quotas";
// those that AWS raises on request stand as AWS begins.
const (
	maxUserPolicies  = 2048
	maxGroupPolicies = 5120
	maxRolePolicies  = 10240
	maxAttached      = 10
)

// finder finds a holder as a write or a read sees it.
type finder func(*identity.Snapshot) (*holder, error)

func userHolder(u *identity.User) *holder {
	c := *u
	return &holder{
		entity: &c, kind: "user", name: c.Name, arn: c.ARN(), maxInline: maxUserPolicies,
		inline: &c.Inline, attached: &c.Attached, boundary: &c.Boundary, tags: &c.Tags,
	}
}

func groupHolder(g *identity.Group) *holder {
	c := *g
	return &holder{
		entity: &c, kind: "group", name: c.Name, arn: c.ARN(), maxInline: maxGroupPolicies,
		inline: &c.Inline, attached: &c.Attached,
	}
}

func roleHolder(r *identity.Role) *holder {
	c := *r
	return &holder{
		entity: &c, kind: "role", name: c.Name, arn: c.ARN(), maxInline: maxRolePolicies,
		inline: &c.Inline, attached: &c.Attached, boundary: &c.Boundary, tags: &c.Tags,
	}
}

// theUser, theGroup and theRole find a holder by name, or say NoSuchEntity.

func theUser(name string) finder {
	return func(s *identity.Snapshot) (*holder, error) {
		u, err := findUser(s, name)
		if err != nil {
			return nil, err
		}
		return userHolder(u), nil
	}
}

func theGroup(name string) finder {
	return func(s *identity.Snapshot) (*holder, error) {
		g, err := findGroup(s, name)
		if err != nil {
			return nil, err
		}
		return groupHolder(g), nil
	}
}

func theRole(name string) finder {
	return func(s *identity.Snapshot) (*holder, error) {
		r, err := findRole(s, name)
		if err != nil {
			return nil, err
		}
		return roleHolder(r), nil
	}
}

func findUser(s *identity.Snapshot, name string) (*identity.User, error) {
	u, ok := s.User(name)
	if !ok {
		return nil, notFound("user", name)
	}
	return u, nil
}

func findGroup(s *identity.Snapshot, name string) (*identity.Group, error) {
	g, ok := s.Group(name)
	if !ok {
		return nil, notFound("group", name)
	}
	return g, nil
}

func findRole(s *identity.Snapshot, name string) (*identity.Role, error) {
	r, ok := s.Role(name)
	if !ok {
		return nil, notFound("role", name)
	}
	return r, nil
}

// find looks a holder up for a read.
func (s *Service) find(c *op.Call, find finder) (*holder, error) {
	state, err := s.state(c)
	if err != nil {
		return nil, err
	}
	return find(state)
}

// change edits a holder in one write.
func (s *Service) change(ctx context.Context, c *op.Call, find finder, edit func(*store.Tx, *holder) error) error {
	return s.write(ctx, c, func(tx *store.Tx) error {
		h, err := find(tx.State())
		if err != nil {
			return err
		}
		if err := edit(tx, h); err != nil {
			return err
		}
		return tx.Put(h.entity)
	})
}

// held says what policies still hang on an entity that is to be deleted.
func (h *holder) held() error {
	switch {
	case len(*h.inline) > 0:
		return errHasInlinePolicies
	case len(*h.attached) > 0:
		return errHasPolicies
	}
	return nil
}

// userOf and roleOf are the holder of an entity that may not exist:
// for the context keys of a rule.

func (p *plan) userOf(name *string) (*holder, bool) {
	if name == nil {
		return nil, false
	}
	h, err := theUser(*name)(p.state)
	return h, err == nil
}

func (p *plan) roleOf(name *string) (*holder, bool) {
	if name == nil {
		return nil, false
	}
	h, err := theRole(*name)(p.state)
	return h, err == nil
}
