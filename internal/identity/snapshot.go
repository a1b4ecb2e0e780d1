package identity

import (
	"iter"
	"sync"
)

// Snapshot is one account at one revision. It never changes, except that
// principals are compiled into it when they are first asked for; any number of
// goroutines may read it. Entities it returns must not be changed.
type Snapshot struct {
	revision int64
	shared   *epoch // replaced when something that several principals use changes

	account     *accountEntry
	users       table[*userEntry]
	groups      table[*groupEntry]
	roles       table[*roleEntry]
	policies    table[*policyEntry]
	accessKeys  trie[*AccessKey]
	credentials index[*ServiceCredential]
	aliases     index[string] // alias -> credential id
	inference   index[*InferenceConfig]
	profiles    profiles
	providers   index[*OIDCProvider] // by URL
	budgets     budgets
	resources   resources

	edges index[Ref]

	forking sync.Mutex // copying an index writes a mark into the copied one
}

// epoch is compared by address only. It must not be of size zero, or all
// would have the same address.
type epoch struct{ _ byte }

// NewSnapshot makes the snapshot of an account that has nothing, not even itself.
func NewSnapshot() *Snapshot {
	return &Snapshot{
		shared:      new(epoch),
		users:       newTable(func(e *userEntry) string { return e.user.ID }, func(e *userEntry) string { return e.user.Name }),
		groups:      newTable(func(e *groupEntry) string { return e.group.ID }, func(e *groupEntry) string { return e.group.Name }),
		roles:       newTable(func(e *roleEntry) string { return e.role.ID }, func(e *roleEntry) string { return e.role.Name }),
		policies:    newTable(func(e *policyEntry) string { return e.policy.ID }, func(e *policyEntry) string { return e.policy.Name }),
		credentials: newIndex[*ServiceCredential](),
		aliases:     newIndex[string](),
		inference:   newIndex[*InferenceConfig](),
		profiles:    newProfiles(),
		providers:   newIndex[*OIDCProvider](),
		budgets:     newBudgets(),
		resources:   newResources(),
		edges:       newIndex[Ref](),
	}
}

func (s *Snapshot) fork() *Snapshot {
	s.forking.Lock()
	defer s.forking.Unlock()
	return &Snapshot{
		revision: s.revision, shared: s.shared, account: s.account,
		users: s.users.fork(), groups: s.groups.fork(), roles: s.roles.fork(), policies: s.policies.fork(),
		accessKeys: s.accessKeys, credentials: s.credentials.fork(), aliases: s.aliases.fork(),
		inference: s.inference.fork(), profiles: s.profiles.fork(), providers: s.providers.fork(), budgets: s.budgets.fork(), resources: s.resources.fork(), edges: s.edges.fork(),
	}
}

// With returns the account as it would be after changes. s stays as it is and
// nothing is published; what both have in common is shared. It is how a
// transaction sees its own writes and how a remedy is proven.
func (s *Snapshot) With(changes ...Change) (*Snapshot, error) {
	next := s.fork()
	for _, c := range changes {
		if err := next.apply(c); err != nil {
			return nil, err
		}
	}
	return next, nil
}

// Revision is the number of writes the account has seen.
func (s *Snapshot) Revision() int64 { return s.revision }

// Account returns the account itself; nil in a snapshot of none.
func (s *Snapshot) Account() *Account {
	if s.account == nil {
		return nil
	}
	return s.account.account
}

// User finds a user by name, without regard to case.
func (s *Snapshot) User(name string) (*User, bool) {
	e, ok := s.users.named(name)
	if !ok {
		return nil, false
	}
	return e.user, true
}

// UserByID finds a user by its AIDA… id.
func (s *Snapshot) UserByID(id string) (*User, bool) {
	e, ok := s.users.byID.get(id)
	if !ok {
		return nil, false
	}
	return e.user, true
}

// Users yields users whose path begins with pathPrefix, in name order, those
// after the name `after` only ("" for all).
func (s *Snapshot) Users(pathPrefix, after string) iter.Seq[*User] {
	return inPath(s.users, pathPrefix, after,
		func(e *userEntry) *User { return e.user }, func(u *User) string { return u.Path })
}

// Group finds a group by name, without regard to case.
func (s *Snapshot) Group(name string) (*Group, bool) {
	e, ok := s.groups.named(name)
	if !ok {
		return nil, false
	}
	return e.group, true
}

// GroupByID finds a group by its AGPA… id.
func (s *Snapshot) GroupByID(id string) (*Group, bool) {
	e, ok := s.groups.byID.get(id)
	if !ok {
		return nil, false
	}
	return e.group, true
}

// Groups yields groups as [Snapshot.Users] yields users.
func (s *Snapshot) Groups(pathPrefix, after string) iter.Seq[*Group] {
	return inPath(s.groups, pathPrefix, after,
		func(e *groupEntry) *Group { return e.group }, func(g *Group) string { return g.Path })
}

// GroupsOf returns the groups a user is in, in name order.
func (s *Snapshot) GroupsOf(u *User) []*Group {
	var list []*Group
	for _, id := range u.Groups {
		if g, ok := s.GroupByID(id); ok {
			list = append(list, g)
		}
	}
	return sortedBy(list, func(g *Group) string { return FoldName(g.Name) })
}

// Members returns the users in a group, in name order.
func (s *Snapshot) Members(groupID string) []*User {
	var list []*User
	for _, ref := range s.edges.under(edge(memberOf, groupID)) {
		if u, ok := s.UserByID(ref.ID); ok {
			list = append(list, u)
		}
	}
	return sortedBy(list, func(u *User) string { return FoldName(u.Name) })
}

// Role finds a role by name, without regard to case.
func (s *Snapshot) Role(name string) (*Role, bool) {
	e, ok := s.roles.named(name)
	if !ok {
		return nil, false
	}
	return e.role, true
}

// RoleByID finds a role by its AROA… id.
func (s *Snapshot) RoleByID(id string) (*Role, bool) {
	e, ok := s.roles.byID.get(id)
	if !ok {
		return nil, false
	}
	return e.role, true
}

// Roles yields roles as [Snapshot.Users] yields users.
func (s *Snapshot) Roles(pathPrefix, after string) iter.Seq[*Role] {
	return inPath(s.roles, pathPrefix, after,
		func(e *roleEntry) *Role { return e.role }, func(r *Role) string { return r.Path })
}

// AccessKey finds an access key of this account by its AKIA… id.
func (s *Snapshot) AccessKey(id string) (*AccessKey, bool) { return s.accessKeys.get(id) }

// AccessKeysOf returns the access keys of a user in id order; userID "" means
// the root user.
func (s *Snapshot) AccessKeysOf(userID string) []*AccessKey {
	var list []*AccessKey
	for _, ref := range s.edges.under(edge(keyOf, userID)) {
		if k, ok := s.accessKeys.get(ref.ID); ok {
			list = append(list, k)
		}
	}
	return list
}

// ServiceCredential finds a service-specific credential by its ACCA… id.
func (s *Snapshot) ServiceCredential(id string) (*ServiceCredential, bool) {
	return s.credentials.get(id)
}

// ServiceCredentialByAlias finds a service-specific credential by its alias.
func (s *Snapshot) ServiceCredentialByAlias(alias string) (*ServiceCredential, bool) {
	id, ok := s.aliases.get(alias)
	if !ok {
		return nil, false
	}
	return s.credentials.get(id)
}

// ServiceCredentialsOf returns the credentials of a user in id order.
func (s *Snapshot) ServiceCredentialsOf(userID string) []*ServiceCredential {
	var list []*ServiceCredential
	for _, ref := range s.edges.under(edge(credentialOf, userID)) {
		if c, ok := s.credentials.get(ref.ID); ok {
			list = append(list, c)
		}
	}
	return list
}

// ServiceCredentials yields all credentials in id order, those after the id
// `after` only ("" for all).
func (s *Snapshot) ServiceCredentials(after string) iter.Seq[*ServiceCredential] {
	return func(yield func(*ServiceCredential) bool) {
		for id, c := range s.credentials.from(after) {
			if id != after && !yield(c) {
				return
			}
		}
	}
}

// InferenceConfig returns what is kept about a principal's model calls.
func (s *Snapshot) InferenceConfig(principalARN string) (*InferenceConfig, bool) {
	return s.inference.get(principalARN)
}

// InferenceConfigs yields all configurations in the order of their principals.
func (s *Snapshot) InferenceConfigs() iter.Seq[*InferenceConfig] {
	return func(yield func(*InferenceConfig) bool) {
		for _, c := range s.inference.from("") {
			if !yield(c) {
				return
			}
		}
	}
}

// Entities yields everything in the account, what is referred to before what
// refers to it.
func (s *Snapshot) Entities() iter.Seq[Entity] {
	return func(yield func(Entity) bool) {
		if s.account != nil && !yield(s.account.account) {
			return
		}
		_ = all(s.policies.byName.from(""), yield, func(e *policyEntry) Entity { return e.policy }) &&
			all(s.groups.byName.from(""), yield, func(e *groupEntry) Entity { return e.group }) &&
			all(s.users.byName.from(""), yield, func(e *userEntry) Entity { return e.user }) &&
			all(s.roles.byName.from(""), yield, func(e *roleEntry) Entity { return e.role }) &&
			all(s.accessKeys.all(), yield, func(k *AccessKey) Entity { return k }) &&
			all(s.credentials.from(""), yield, func(c *ServiceCredential) Entity { return c }) &&
			all(s.inference.from(""), yield, func(c *InferenceConfig) Entity { return c }) &&
			all(s.providers.from(""), yield, func(p *OIDCProvider) Entity { return p }) &&
			all(s.profiles.byName.from(""), yield, func(p *InferenceProfile) Entity { return p }) &&
			all(s.budgets.byName.from(""), yield, func(b *Budget) Entity { return b }) &&
			all(s.resources.byID.from(""), yield, func(r Resource) Entity { return r })
	}
}

func all[V any](held iter.Seq2[string, V], yield func(Entity) bool, entity func(V) Entity) bool {
	for _, v := range held {
		if !yield(entity(v)) {
			return false
		}
	}
	return true
}
