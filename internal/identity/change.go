package identity

import "fmt"

// Change is one entity that was put (made or replaced) or deleted.
type Change struct {
	Entity Entity
	Delete bool // only the entity's Ref matters then
}

// Put is the change that makes or replaces e.
func Put(e Entity) Change { return Change{Entity: e} }

// Delete is the change that removes e.
func Delete(e Entity) Change { return Change{Entity: e, Delete: true} }

// apply changes s in place; s is not published yet.
func (s *Snapshot) apply(c Change) error {
	if c.Delete {
		return s.remove(c.Entity)
	}
	switch e := c.Entity.Canonical().(type) {
	case *Account:
		s.account = &accountEntry{account: e}
		s.shared = new(epoch)
	case *User:
		s.putUser(e)
	case *Group:
		s.putGroup(e)
	case *Role:
		s.putRole(e)
	case *ManagedPolicy:
		s.policies.put(newPolicyEntry(e))
		s.shared = new(epoch)
	case *AccessKey:
		s.accessKeys = s.accessKeys.with(e.ID, e)
		s.link(keyOf, e.UserID, e.Ref())
	case *ServiceCredential:
		s.putCredential(e)
	case *InferenceConfig:
		s.inference.set(e.PrincipalARN, e)
		s.shared = new(epoch)
	case *InferenceProfile:
		s.profiles.put(e)
	case *OIDCProvider:
		s.providers.set(e.URL, e)
	case *Budget:
		s.budgets.put(e)
	case Resource:
		s.resources.put(e)
	default:
		return fmt.Errorf("putting into the directory: %T is no kind of entity", c.Entity)
	}
	return nil
}

func (s *Snapshot) putUser(u *User) {
	old, ok := s.UserByID(u.ID)
	if !ok {
		old = &User{}
	}
	s.relink(attachedTo, old.Attached, u.Attached, u.Ref())
	s.relink(boundaryOf, one(old.Boundary), one(u.Boundary), u.Ref())
	s.relink(memberOf, old.Groups, u.Groups, u.Ref())
	s.users.put(&userEntry{user: u})
}

func (s *Snapshot) putGroup(g *Group) {
	old, ok := s.GroupByID(g.ID)
	if !ok {
		old = &Group{}
	}
	s.relink(attachedTo, old.Attached, g.Attached, g.Ref())
	s.groups.put(newGroupEntry(g))
	s.shared = new(epoch)
}

func (s *Snapshot) putRole(r *Role) {
	old, ok := s.RoleByID(r.ID)
	if !ok {
		old = &Role{}
	}
	s.relink(attachedTo, old.Attached, r.Attached, r.Ref())
	s.relink(boundaryOf, one(old.Boundary), one(r.Boundary), r.Ref())
	s.roles.put(newRoleEntry(r))
}

func (s *Snapshot) putCredential(c *ServiceCredential) {
	if old, ok := s.credentials.get(c.ID); ok && old.Alias != c.Alias {
		s.aliases.remove(old.Alias)
	}
	s.credentials.set(c.ID, c)
	s.aliases.set(c.Alias, c.ID)
	s.link(credentialOf, c.UserID, c.Ref())
}

func (s *Snapshot) remove(e Entity) error {
	id := e.Ref().ID
	switch e := e.(type) {
	case *User:
		s.removeUser(id)
	case *Group:
		if old, ok := s.GroupByID(id); ok {
			s.relink(attachedTo, old.Attached, nil, old.Ref())
		}
		s.groups.drop(id)
		s.shared = new(epoch)
	case *Role:
		if old, ok := s.RoleByID(id); ok {
			s.relink(attachedTo, old.Attached, nil, old.Ref())
			s.relink(boundaryOf, one(old.Boundary), nil, old.Ref())
		}
		s.roles.drop(id)
	case *ManagedPolicy:
		s.policies.drop(id)
		s.shared = new(epoch)
	case *AccessKey:
		if old, ok := s.accessKeys.get(id); ok {
			s.unlink(keyOf, old.UserID, old.Ref())
		}
		s.accessKeys = s.accessKeys.without(id)
	case *ServiceCredential:
		if old, ok := s.credentials.get(id); ok {
			s.unlink(credentialOf, old.UserID, old.Ref())
			s.aliases.remove(old.Alias)
		}
		s.credentials.remove(id)
	case *InferenceConfig:
		s.inference.remove(id)
		s.shared = new(epoch)
	case *InferenceProfile:
		s.profiles.drop(id)
	case *OIDCProvider:
		s.providers.remove(id)
	case *Budget:
		s.budgets.drop(id)
	case Resource:
		s.resources.drop(e.Ref())
	default:
		return fmt.Errorf("deleting from the directory: %T cannot be deleted", e)
	}
	return nil
}

func (s *Snapshot) removeUser(id string) {
	if old, ok := s.UserByID(id); ok {
		s.relink(attachedTo, old.Attached, nil, old.Ref())
		s.relink(boundaryOf, one(old.Boundary), nil, old.Ref())
		s.relink(memberOf, old.Groups, nil, old.Ref())
	}
	s.users.drop(id)
}
