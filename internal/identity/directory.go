package identity

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
)

// Directory holds all accounts in memory. Reading takes no lock; a write
// publishes a new [Snapshot] of one account, which shares all that did not
// change with the one before, and touches no other account.
type Directory struct {
	shards      sync.Map // account -> *shard
	accessKeys  keyPlaces
	credentials sync.Map // service-credential alias -> *shard
	resources   sync.Map // key of a resource -> *shard
	used        sync.Map // access key or credential id -> *atomic.Pointer[LastUse]
	sessions    sessionCache
}

// shard is one account. Writers take the lock, readers load the snapshot.
type shard struct {
	mu   sync.Mutex
	snap atomic.Pointer[Snapshot]
}

// NewDirectory makes an empty directory.
func NewDirectory() *Directory { return &Directory{} }

// Accounts returns the account ids in order.
func (d *Directory) Accounts() []string {
	var ids []string
	for id, sh := range d.shards.Range {
		if sh.(*shard).snap.Load().account != nil {
			ids = append(ids, id.(string))
		}
	}
	slices.Sort(ids)
	return ids
}

// Account returns the present snapshot of an account.
func (d *Directory) Account(id string) (*Snapshot, bool) {
	sh, ok := d.shards.Load(id)
	if !ok {
		return nil, false
	}
	snap := sh.(*shard).snap.Load()
	return snap, snap.account != nil // a shard exists a moment before its account
}

// AccessKey finds an access key among all accounts, and the snapshot of the
// account it is in.
func (d *Directory) AccessKey(id string) (*AccessKey, *Snapshot, bool) {
	s, ok := d.Signer(id)
	return s.Key, s.Snapshot, ok
}

// ServiceCredential finds a service-specific credential by its alias among all
// accounts, and the snapshot of the account it is in.
func (d *Directory) ServiceCredential(alias string) (*ServiceCredential, *Snapshot, bool) {
	sh, ok := d.credentials.Load(alias)
	if !ok {
		return nil, nil, false
	}
	snap := sh.(*shard).snap.Load()
	cred, ok := snap.ServiceCredentialByAlias(alias)
	return cred, snap, ok
}

// Apply publishes changes to an account, all at once, as of revision. The
// first change to an unknown account puts the [Account]. On an error nothing
// is published.
func (d *Directory) Apply(account string, revision int64, changes ...Change) error {
	sh := d.shard(account)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	before := sh.snap.Load()
	after, err := before.With(changes...)
	if err != nil {
		return fmt.Errorf("account %s: %w", account, err)
	}
	after.revision = revision
	sh.snap.Store(after)
	for _, c := range changes {
		d.locate(sh, c, before, after)
	}
	return nil
}

// Replace publishes entities as all there is in an account, as of revision.
func (d *Directory) Replace(account string, revision int64, entities []Entity) error {
	sh := d.shard(account)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	after := NewSnapshot()
	after.revision = revision
	for _, e := range entities {
		if err := after.apply(Put(e)); err != nil {
			return fmt.Errorf("account %s: %w", account, err)
		}
	}
	before := sh.snap.Load()
	sh.snap.Store(after)
	for e := range before.Entities() {
		d.locate(sh, Delete(e), before, after)
	}
	for _, e := range entities {
		d.locate(sh, Put(e), before, after)
	}
	return nil
}

// locate keeps the look-ups across accounts true after a change.
func (d *Directory) locate(sh *shard, c Change, before, after *Snapshot) {
	id := c.Entity.Ref().ID
	switch c.Entity.(type) {
	case Resource:
		key := resourceKey(c.Entity.Ref().Kind, id)
		if _, ok := after.resources.byID.get(key); ok {
			d.resources.Store(key, sh)
		} else {
			d.resources.Delete(key)
		}
	case *AccessKey:
		if key, ok := after.AccessKey(id); ok {
			d.accessKeys.put(id, placeOf(sh, key))
		} else {
			d.accessKeys.remove(id)
			d.used.Delete(id)
		}
	case *ServiceCredential:
		if old, ok := before.ServiceCredential(id); ok {
			if _, kept := after.ServiceCredentialByAlias(old.Alias); !kept {
				d.credentials.Delete(old.Alias)
			}
		}
		if cred, ok := after.ServiceCredential(id); ok {
			d.credentials.Store(cred.Alias, sh)
		} else {
			d.used.Delete(id)
		}
	}
}

func (d *Directory) shard(account string) *shard {
	if sh, ok := d.shards.Load(account); ok {
		return sh.(*shard)
	}
	fresh := &shard{}
	fresh.snap.Store(NewSnapshot())
	sh, _ := d.shards.LoadOrStore(account, fresh)
	return sh.(*shard)
}
