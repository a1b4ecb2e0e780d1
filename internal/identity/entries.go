package identity

import (
	"hardpan/policy/eval"
)

// Entries are entities as a snapshot holds them: the value and what was
// compiled from it. They are shared by all snapshots until the entity changes.

type accountEntry struct {
	account *Account
	root    slot
}

type userEntry struct {
	user      *User
	principal slot
}

type roleEntry struct {
	role      *Role
	principal slot
	trust     func() (*eval.Set, error)
}

type groupEntry struct {
	group  *Group
	inline func() ([]attached, error)
}

// policyEntry compiles a managed policy at most once, however many principals
// it is attached to.
type policyEntry struct {
	policy   *ManagedPolicy
	arn      string
	compiled func() (attached, error) // as identity policy of a principal itself
}
