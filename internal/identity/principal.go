package identity

import (
	"errors"
	"fmt"
	"sync/atomic"

	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

// PrincipalKind is what kind of caller a [Principal] is, in the words of
// CloudTrail's userIdentity.
type PrincipalKind string

// The kinds of principals.
const (
	Root          PrincipalKind = "Root"
	IAMUser       PrincipalKind = "IAMUser"
	AssumedRole   PrincipalKind = "AssumedRole"
	FederatedUser PrincipalKind = "FederatedUser"
	OAuthUser     PrincipalKind = "OAuthUser" // a tool gateway's caller, whom IAM does not know
)

// ErrNoPrincipal is returned for a principal that does not exist (any more).
var ErrNoPrincipal = errors.New("no such principal")

// Principal is all that authorization needs of a caller, compiled. It never
// changes; when something it was made from changes, the next look-up makes a
// new one.
type Principal struct {
	Scope
	Kind       PrincipalKind
	ID         string // AIDA…, AROA…, or the account id for the root user
	UserID     string // aws:userid: ID, and ":session-name" for a role session
	Name       string // name of the user or role; empty for the root user
	ARN        string // as sts:GetCallerIdentity and denials name the caller
	EntityARN  string // the user, role or root user behind it: aws:PrincipalArn
	HomeRegion string // where calls go that name no region, or empty
	Session    *Session

	Subject *eval.Subject      // what limits it
	Keys    *condition.Context // the condition keys it brings to each request
}

// slot holds the principal that was compiled last for one entity. Snapshots
// share it, so that each reader checks that it fits its own snapshot.
type slot struct{ held atomic.Pointer[compiled] }

// compiled is a principal with what hangs on it and what it was made from, in one
// piece of memory: who waits for a part of it soon has all of it.
type compiled struct {
	shared    atomic.Pointer[epoch] // as of which it is known to be right
	principal Principal
	subject   eval.Subject
	keys      condition.Context
	values    [8]string // of keys: six or seven are always there
	needs     []need
}

// need is something shared that a principal was compiled from: it is still
// right while look finds the same thing.
type need struct {
	look  func(s *Snapshot, key string) any
	key   string
	found any
}

func (s *Snapshot) fits(c *compiled) bool {
	for _, n := range c.needs {
		if n.look(s, n.key) != n.found {
			return false
		}
	}
	return true
}

// ready returns the principal in the slot if it is right for s, else nil.
// Usually it takes one load and one comparison.
func (sl *slot) ready(s *Snapshot) *Principal {
	c := sl.held.Load()
	switch {
	case c == nil:
		return nil
	case c.shared.Load() == s.shared:
		return &c.principal
	case s.fits(c):
		c.shared.Store(s.shared)
		return &c.principal
	}
	return nil
}

// fill compiles a principal for s and keeps it in the slot. Two readers may
// compile the same one at once; either result is right.
func fill[E any](sl *slot, s *Snapshot, build func(*builder, E) (*Principal, error), entity E) (*Principal, error) {
	b := &builder{snap: s}
	p, err := build(b, entity)
	if err != nil {
		return nil, fmt.Errorf("compiling a principal: %w", err)
	}
	b.snap = nil // what is kept must not hold the snapshot
	b.made.shared.Store(s.shared)
	sl.held.Store(&b.made)
	return p, nil
}

// UserPrincipal returns the principal of a user by its AIDA… id.
func (s *Snapshot) UserPrincipal(id string) (*Principal, error) {
	return s.userPrincipal(trieHash(id), id)
}

func (s *Snapshot) userPrincipal(hash uint64, id string) (*Principal, error) {
	e, ok := s.users.byID.find(hash, id)
	if !ok {
		return nil, fmt.Errorf("user %s: %w", id, ErrNoPrincipal)
	}
	if p := e.principal.ready(s); p != nil {
		return p, nil
	}
	return fill(&e.principal, s, (*builder).user, e.user)
}

// RolePrincipal returns the principal of a role by its AROA… id, without a
// session: what all its sessions have in common.
func (s *Snapshot) RolePrincipal(id string) (*Principal, error) {
	e, ok := s.roles.byID.get(id)
	if !ok {
		return nil, fmt.Errorf("role %s: %w", id, ErrNoPrincipal)
	}
	if p := e.principal.ready(s); p != nil {
		return p, nil
	}
	return fill(&e.principal, s, (*builder).role, e.role)
}

// RootPrincipal returns the account's root user.
func (s *Snapshot) RootPrincipal() (*Principal, error) {
	if s.account == nil {
		return nil, fmt.Errorf("root user: %w", ErrNoPrincipal)
	}
	if p := s.account.root.ready(s); p != nil {
		return p, nil
	}
	return fill(&s.account.root, s, (*builder).root, s.account.account)
}

// KeyPrincipal returns the principal that an access key belongs to.
func (s *Snapshot) KeyPrincipal(k *AccessKey) (*Principal, error) {
	if k.UserID == "" {
		return s.RootPrincipal()
	}
	return s.UserPrincipal(k.UserID)
}
