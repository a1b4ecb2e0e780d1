package ledger

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"hardpan/internal/audit"
	"hardpan/internal/identity"
	"hardpan/internal/store"
	"hardpan/internal/usage"
)

// After a crash the books are made again from what is durable: the buckets that
// were summed into the database, what the journal has behind them, and the
// reservations that no event closes. Those were forwarded, and nobody knows
// what became of them: they are charged at their bound, by an event of their
// own that says so.

// Sources are what a ledger is restored from.
type Sources struct {
	Node    string // name of the journal: audit.Node
	Journal RecoveryJournal
	Buckets Buckets
	Read    func(from uint64) iter.Seq2[*audit.Record, error]
	Now     time.Time
}

// RecoveryJournal takes the events of reservations that were left open.
type RecoveryJournal interface {
	Append(e *audit.Event) (uint64, error)
}

// Buckets is what was summed into the database. [store.DB] is one.
type Buckets interface {
	LoadBuckets(ctx context.Context, node string, since time.Time, each func(store.Bucket)) (store.Position, error)
}

// Recovered says what was found.
type Recovered struct {
	Records int            // of the journal that were counted
	Settled []*audit.Event // for reservations that were left open, oldest first
}

// Restore makes the books as they were. It is called once, before the first
// call and before anything is summed into the database. With leases, only what
// this server spent counts; what others spend is in their leases.
func (l *Ledger) Restore(ctx context.Context, from Sources) (Recovered, error) {
	at, err := from.Buckets.LoadBuckets(ctx, from.Node, from.Now.Add(-usage.MaxRolling-oldestBucket), func(b store.Bucket) {
		if l.opt.Leases != nil && b.Node != from.Node {
			return
		}
		l.restored(b.Account, audit.Charge{Budget: b.Budget, Instance: b.Instance, Start: b.Start},
			amounts{b.Nano, b.Tokens, b.Requests}, b.Overruns > 0)
	})
	if err != nil {
		return Recovered{}, fmt.Errorf("restoring the ledger: %w", err)
	}
	t := tail{ledger: l, summed: at.Seq, open: map[string]left{}}
	first := at.Seq + 1
	if at.Open > 0 {
		first = at.Open
	}
	if err := t.read(from, first); err != nil {
		return Recovered{}, fmt.Errorf("restoring the ledger: %w", err)
	}
	if err := t.settle(from); err != nil {
		return Recovered{}, fmt.Errorf("settling calls that a crash cut off: %w", err)
	}
	l.sumUp(from.Now)
	if l.opt.Leases != nil {
		if err := l.restoreLeases(ctx); err != nil {
			return Recovered{}, fmt.Errorf("restoring the ledger: %w", err)
		}
	}
	return t.Recovered, nil
}

// oldestBucket is the longest that a bucket is: a month's, and a day.
const oldestBucket = 32 * 24 * time.Hour

// restored adds what was charged to one bucket.
func (l *Ledger) restored(accountID string, c audit.Charge, a amounts, closed bool) {
	k := l.account(accountID)
	k.mu.Lock()
	defer k.mu.Unlock()
	p := k.book(instance{c.Budget, c.Instance}).bucket(c.Start)
	p.settled = p.settled.plus(a)
	p.closed = p.closed || closed
}

// sumUp drops what does not count any more, and sums the rest. Budgets
// that are gone do not count.
func (l *Ledger) sumUp(now time.Time) {
	for id, a := range l.accounts {
		snapshot := l.opt.Budgets(id)
		for of, b := range a.books {
			var budget *identity.Budget
			if snapshot != nil {
				budget, _ = snapshot.BudgetByID(of.budget)
			}
			if budget == nil {
				delete(a.books, of)
				continue
			}
			b.at(budget, now)
			b.expire(now)
		}
	}
}

// tail is the end of the journal, as it is read.
type tail struct {
	Recovered
	ledger *Ledger
	summed uint64 // records up to this are in the database
	open   map[string]left
}

// left is a reservation that no event has closed yet.
type left struct {
	seq uint64
	*audit.Reservation
}

func (t *tail) read(from Sources, first uint64) error {
	for record, err := range from.Read(first) {
		if err != nil {
			return err
		}
		if record.Kind() == audit.ReservationRecord {
			r, err := record.Reservation()
			if err != nil {
				return err
			}
			t.open[r.ID] = left{record.Seq, r}
			continue
		}
		e, err := record.Event()
		if err != nil {
			return err
		}
		delete(t.open, e.ID)
		if record.Seq > t.summed {
			t.Records++
			t.count(e)
		}
	}
	return nil
}

// count charges an event to the books.
func (t *tail) count(e *audit.Event) {
	for _, c := range e.Budgets {
		t.ledger.restored(e.Account, c, amounts{e.Cost, e.Tokens.Total(), 1}, e.Overrun)
	}
}

// settle charges what is still open at its bound.
func (t *tail) settle(from Sources) error {
	bySeq := func(a, b left) int { return cmp.Compare(a.seq, b.seq) }
	for _, r := range slices.SortedFunc(maps.Values(t.open), bySeq) {
		e := atBound(r.Reservation)
		if _, err := from.Journal.Append(e); err != nil {
			return err
		}
		t.count(e)
		t.Settled = append(t.Settled, e)
	}
	return nil
}

// atBound is the event of a call of which only the reservation is known.
func atBound(r *audit.Reservation) *audit.Event {
	return &audit.Event{
		ID: r.ID, Time: r.Time, Partition: r.Partition, Account: r.Account, Region: r.Region,
		Service: cmp.Or(r.Service, "bedrock-runtime"), Operation: r.Operation, Caller: r.Caller,
		Model: r.Model, UsedModel: r.Model, Profile: r.Profile, ProfileKind: r.ProfileKind, ProfileTags: r.ProfileTags,
		Verdict: audit.Allow,
		Tokens:  usage.Tokens{Input: r.InputBound, Output: r.OutputBound, Images: r.ImageBound},
		Cost:    r.Cost, Priced: r.Priced, Price: r.Price, Budgets: r.Budgets,
		Estimated: true, Recovered: true, Outcome: audit.Incomplete,
	}
}
