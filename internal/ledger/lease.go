package ledger

import (
	"context"
	"errors"
	"sync"
	"time"

	"hardpan/internal/store"
	"hardpan/internal/usage"
)

// Leases divide limits among the servers that share one database. A server
// reserves only within what was granted to it, durably, and all that is granted
// together stays within the limit. What a lost server held stays charged.
// [NodeLeases] is the one.
type Leases interface {
	Extend(ctx context.Context, ask store.LeaseAsk) (store.LeaseGrant, error)
	Set(ctx context.Context, of store.LeaseKey, granted, stamp int64) error
	List(ctx context.Context) (map[store.LeaseKey]int64, error)
	Elsewhere(ctx context.Context, account, budget string, unit usage.Unit, since int64) (map[string]int64, error)
}

// NodeLeases are the leases of one server.
type NodeLeases struct {
	DB   *store.DB
	Node string
}

// Extend implements [Leases].
func (n NodeLeases) Extend(ctx context.Context, ask store.LeaseAsk) (store.LeaseGrant, error) {
	return n.DB.ExtendLease(ctx, n.Node, ask)
}

// Set implements [Leases].
func (n NodeLeases) Set(ctx context.Context, of store.LeaseKey, granted, stamp int64) error {
	return n.DB.SetLease(ctx, n.Node, of, granted, stamp)
}

// List implements [Leases].
func (n NodeLeases) List(ctx context.Context) (map[store.LeaseKey]int64, error) {
	return n.DB.NodeLeases(ctx, n.Node)
}

// Elsewhere implements [Leases].
func (n NodeLeases) Elsewhere(ctx context.Context, account, budget string, unit usage.Unit, since int64) (map[string]int64, error) {
	return n.DB.HeldElsewhere(ctx, n.Node, account, budget, unit, since)
}

// leaseState is about the leases of one book.
type leaseState struct {
	changing  sync.Mutex // held while the database is asked to change one
	elsewhere int64      // what other servers had when it was asked last
}

// shortage is a lease that is too small for a call.
type shortage struct {
	hold
	need  int64
	least int64 // a call that can be clamped makes do with less
}

// shortage says how much the lease of h would have to have.
func (h *hold) shortage(res *Reservation) *shortage {
	return &shortage{hold: *h, need: res.needs().of(h.budget.Limit.Unit), least: h.least(res)}
}

func (h *hold) leased(l *Ledger) bool { return l.opt.Leases != nil }

// granted is how much of the limit this server has for the bucket.
func (h *hold) granted() int64 {
	if h.bucket.unit != h.budget.Limit.Unit { // as it was before the budget was changed
		return 0
	}
	return h.bucket.granted
}

// own is what counts against the lease.
func (h *hold) own() int64 { return h.bucket.level(h.budget.Limit.Unit) }

func (p *bucket) level(u usage.Unit) int64 { return usage.Add(p.settled.of(u), p.held.of(u)) }

// What is asked for beside what is needed: the less, the more often the database
// is asked, the more, the more lies idle.
const (
	ahead = 4  // times what the call needs
	share = 16 // parts of the limit, of which one is asked for
)

// stamp rises with each change of a lease, also over restarts.
func (l *Ledger) stamp() int64 {
	for {
		last := l.stamped.Load()
		next := max(last+1, time.Now().UnixMicro())
		if l.stamped.CompareAndSwap(last, next) {
			return next
		}
	}
}

// extend asks for more of a bucket, and says whether it is enough now. It is
// called without the account's lock.
func (l *Ledger) extend(ctx context.Context, a *account, s *shortage) (enough bool, err error) {
	s.book.lease.changing.Lock()
	defer s.book.lease.changing.Unlock()
	limit := s.budget.Limit
	a.mu.Lock()
	own, has := s.own(), s.granted()
	start, _ := s.book.period.Window(a.latest)
	ask := store.LeaseAsk{
		LeaseKey: store.LeaseKey{Account: a.id, Budget: s.budget.ID, Instance: s.value, Unit: limit.Unit, Start: s.bucket.start},
		Since:    start.Unix(), Limit: limit.Amount, Has: has,
	}
	a.mu.Unlock()
	need := usage.Add(own, s.need) - has
	if need <= 0 { // others were faster, and asked for enough
		return true, nil
	}
	ask.Need, ask.Want = max(1, usage.Add(own, s.least)-has), max(ahead*min(need, limit.Amount), limit.Amount/share)
	ask.Stamp = l.stamp()
	got, err := l.opt.Leases.Extend(ctx, ask)
	a.mu.Lock()
	defer a.mu.Unlock()
	s.bucket.unit = limit.Unit
	if err != nil {
		s.bucket.unsure = true
		return false, err
	}
	s.bucket.granted, s.bucket.unsure = got.Granted, false
	s.book.lease.elsewhere = got.Elsewhere
	return got.Granted-has >= need, nil
}

// idleTick is how often leases are looked at for what is not needed.
const idleTick = time.Second

// giveBackTime bounds one round of giving back, and so how long a server that
// stops waits for a database that is away.
const giveBackTime = 5 * time.Second

// KeepLeases gives back what this server does not use of its leases, until ctx
// ends, and then all that it has not spent. It returns at once where there are none.
func (l *Ledger) KeepLeases(ctx context.Context) {
	if l.opt.Leases == nil {
		return
	}
	tick := time.NewTicker(idleTick)
	defer tick.Stop()
	giveBack := func() {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveBackTime)
		defer cancel()
		if err := l.GiveBack(limited); err != nil {
			l.opt.Log.Warn("parts of budgets that this server does not need are not given back yet", "error", err)
		}
	}
	for ctx.Err() == nil {
		select {
		case <-tick.C:
		case <-ctx.Done():
			giveBack() // what was used a moment ago is looked at twice
		}
		giveBack()
	}
}

// GiveBack makes each lease as small as what was spent and is reserved of it,
// and forgets those of windows that are over.
func (l *Ledger) GiveBack(ctx context.Context) error {
	var errs []error
	for _, a := range l.all() {
		for _, r := range a.returns() {
			errs = append(errs, l.giveBack(ctx, a, r))
		}
	}
	return errors.Join(errs...)
}

func (l *Ledger) all() []*account {
	l.mu.RLock()
	defer l.mu.RUnlock()
	list := make([]*account, 0, len(l.accounts))
	for _, a := range l.accounts {
		list = append(list, a)
	}
	return list
}

// returned is a lease that may be larger than it has to be.
type returned struct {
	of     instance
	book   *book
	bucket *bucket
}

// returns lists the leases to look at, and takes those that are over off the
// account's list.
func (a *account) returns() (list []returned) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for of, b := range a.books {
		for _, p := range b.buckets {
			if p.givesBack() {
				list = append(list, returned{of, b, p})
			}
		}
		for _, p := range b.over {
			list = append(list, returned{of, b, p})
		}
		b.over = nil
	}
	return list
}

// givesBack reports whether the lease of a bucket is to be changed: it is too
// small for what was used beyond it, or has more than is needed and nothing has
// been reserved since it was looked at last.
func (p *bucket) givesBack() bool {
	level := p.level(p.unit)
	still := p.seen == level
	p.seen = level
	return p.unsure || p.granted < level && p.unit != "" || p.granted > level && still
}

// giveBack sets one lease to what is spent and reserved of it. In memory it is
// lowered first: the database never has less than this server believes it has.
// As long as it is not known what the database has, it is asked again.
func (l *Ledger) giveBack(ctx context.Context, a *account, r returned) error {
	if !r.book.lease.changing.TryLock() {
		return nil // it is being extended, so it is needed
	}
	defer r.book.lease.changing.Unlock()
	a.mu.Lock()
	keep := r.bucket.level(r.bucket.unit)
	if r.bucket.expired {
		keep = 0
	}
	r.bucket.granted, r.bucket.unsure = keep, true
	key := store.LeaseKey{Account: a.id, Budget: r.of.budget, Instance: r.of.value, Unit: r.bucket.unit, Start: r.bucket.start}
	a.mu.Unlock()
	err := l.opt.Leases.Set(ctx, key, keep, l.stamp())
	a.mu.Lock()
	defer a.mu.Unlock()
	if r.bucket.unsure = err != nil; err != nil && r.bucket.expired {
		r.book.over = append(r.book.over, r.bucket)
	}
	return err
}

// restoreLeases makes the leases that the database knows as small as what this
// server spent of them.
func (l *Ledger) restoreLeases(ctx context.Context) error {
	list, err := l.opt.Leases.List(ctx)
	if err != nil {
		return err
	}
	for key := range list {
		a := l.account(key.Account)
		a.mu.Lock()
		var keep int64
		if b := a.books[instance{key.Budget, key.Instance}]; b != nil {
			for _, p := range b.buckets {
				if p.start == key.Start {
					keep = p.level(key.Unit)
					p.granted, p.unit = keep, key.Unit
				}
			}
		}
		a.mu.Unlock()
		if err := l.opt.Leases.Set(ctx, key, keep, l.stamp()); err != nil {
			return err
		}
	}
	return nil
}
