package ledger

import (
	"context"

	"hardpan/internal/usage"
)

// Leases divide a limit among the servers that share one database. A server
// reserves only within what was granted to it, durably, and all that is granted
// together stays within the limit. What a lost server held stays charged.
type Leases interface {
	// Extend grants this server more of a bucket: at least ask.Need above what it
	// has, else what is left, at most ask.Want. It returns all that the server
	// has then.
	Extend(ctx context.Context, ask Ask) (granted int64, err error)

	// Return lowers what was granted to keep.
	Return(ctx context.Context, of LeaseKey, keep int64) error
}

// LeaseKey names a lease: a bucket of one instance of a budget, in one unit.
type LeaseKey struct {
	Account, Budget, Instance string
	Unit                      usage.Unit
	Start                     int64 // of the bucket, seconds since 1970
}

// Ask is how much more a server needs.
type Ask struct {
	LeaseKey
	Since      int64 // start of the oldest bucket that counts
	Limit      int64 // over all buckets that count, of all servers
	Has        int64 // what the server holds
	Need, Want int64 // what it asks for beside
}

// leaseState is for the lease of one book.
type leaseState struct{}

// shortage is a lease that is too small for a call.
type shortage struct {
	hold
	need int64
}

func (h *hold) leased(l *Ledger) bool { return l.opt.Leases != nil }

// own is what counts against the lease.
func (h *hold) own() int64 {
	u := h.budget.Limit.Unit
	return usage.Add(h.bucket.settled.of(u), h.bucket.held.of(u))
}

func (l *Ledger) extend(context.Context, *account, *shortage) error { return nil }
