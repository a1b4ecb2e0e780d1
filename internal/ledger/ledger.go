// Package ledger says how a model call is paid for: an upper bound is reserved
// before the call is forwarded, what it really used is settled after it, and
// what was never used is released.
//
// It knows prices, budgets and what each of them has settled and reserved, and
// keeps settled + reserved within each limit. It must not know policies, wire
// formats or backends.
//
// # The invariant
//
// For each budget that blocks: settled + reserved ≤ limit, as long as backends
// stay within the bounds of their calls; under any concurrency, and through any
// crash. What is settled lies in the journal before a client has it: the
// reservation before the call is forwarded, the call's event before the last
// byte of the answer. A reservation whose event is not there after a crash is
// settled at its bound ([Ledger.Restore]).
//
// A backend that uses more than its call could is charged in full, and the
// budget is closed until the window is over: the limit was passed, or would be.
//
// # Locks
//
// An account has one lock, which is held for arithmetic only, never for the
// journal, a database or a log.
package ledger

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"hardpan/internal/audit"
	"hardpan/internal/identity"
	"hardpan/internal/usage"
)

// Journal is where reservations are written down. [audit.Journal] is one.
type Journal interface {
	AppendReservation(r *audit.Reservation) (uint64, error)
}

// Notifier hears of thresholds. It is called on the way of a model call, so it
// must return at once; it may hear the same twice, with the same window and
// percent.
type Notifier interface {
	Crossed(c Crossing)
}

// Options are what a ledger is made of. Journal, Budgets and Prices are needed.
type Options struct {
	Journal  Journal
	Budgets  func(account string) *identity.Snapshot // nil: there is no such account
	Prices   *usage.Book
	Leases   Leases   // nil: this node has the whole of each limit to itself
	Notifier Notifier // nil: nobody hears of thresholds
	Log      *slog.Logger
}

// Ledger admits model calls against budgets. It is safe for concurrent use.
type Ledger struct {
	opt     Options
	stamped atomic.Int64

	mu       sync.RWMutex
	accounts map[string]*account
}

// New makes a ledger in which nothing was spent yet; see [Ledger.Restore].
func New(opt Options) *Ledger {
	return &Ledger{opt: opt, accounts: map[string]*account{}}
}

// Request is what has to be known of a call before it is forwarded.
type Request struct {
	ID   string    // of the call, and of its event
	Time time.Time // when it was received

	Partition string
	Account   string // the account that is charged
	Region    string // the region that is billed: the one called, not the one that answers
	Service   string // "": bedrock-runtime
	Operation string
	Caller    audit.Caller // as it is written down

	Call usage.Call // whom it is charged to
	Kind usage.ProfileKind
	Tier string // service tier; "" is the standard one

	Bound Bound
	Free  bool // nothing is charged for such a call: it is counted as a request only
	Clamp bool // the output bound can be lowered, by lowering maxTokens
}

// Bound is the most that a call can use.
type Bound struct {
	Input  int64 // tokens: the UTF-8 bytes of the body, since a token is never less than a byte
	Output int64 // tokens: maxTokens, or the model's own limit
	Images int64
}

// MaxBound is the largest count that a bound has: no model takes or makes as
// many tokens. It keeps sums of reservations far from the end of int64.
const MaxBound = 1 << 30

func (b Bound) limited() Bound {
	in := func(n int64) int64 { return max(0, min(n, MaxBound)) }
	return Bound{in(b.Input), in(b.Output), in(b.Images)}
}

// account returns the books of an account.
func (l *Ledger) account(id string) *account {
	l.mu.RLock()
	a := l.accounts[id]
	l.mu.RUnlock()
	if a != nil {
		return a
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if a = l.accounts[id]; a == nil {
		a = newAccount(l, id)
		l.accounts[id] = a
	}
	return a
}

// charged lists the budgets that a call falls under.
func (l *Ledger) charged(account string, c *usage.Call) []identity.Charged {
	if snapshot := l.opt.Budgets(account); snapshot != nil {
		return snapshot.BudgetsFor(c)
	}
	return nil
}
