package ledger_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"hardpan/internal/audit"
	"hardpan/internal/awserr"
	"hardpan/internal/identity"
	"hardpan/internal/ledger"
	"hardpan/internal/usage"
)

const (
	accountID = "123456789012"
	model     = "anthropic.claude-3-5-haiku-20241022-v1:0"
	unpriced  = "amazon.titan-embed-text-v2:0"
)

// start is a Tuesday, far from the end of any window.
var start = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)

// journal takes reservations, or fails.
type journal struct {
	mu   sync.Mutex
	list []*audit.Reservation
	fail error
}

func (j *journal) AppendReservation(r *audit.Reservation) (uint64, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.fail != nil {
		return 0, j.fail
	}
	j.list = append(j.list, r)
	return uint64(len(j.list)), nil
}

// heard takes crossings.
type heard struct {
	mu   sync.Mutex
	list []string
}

func (h *heard) Crossed(c ledger.Crossing) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.list = append(h.list, fmt.Sprintf("%s %d%% from %s", c.Covers(), c.Percent, c.Start.Format(time.DateOnly)))
}

// world is a ledger over budgets that a test can change.
type world struct {
	*ledger.Ledger
	t         testing.TB
	directory *identity.Directory
	revision  int64
	journal   *journal
	heard     *heard
	calls     int
}

// prices: 1 nano-dollar a token of input, 2 of output, 3 to write to the cache.
func prices(t testing.TB) *usage.Book {
	book, err := usage.NewBook(usage.Row{
		Model: model, Kind: usage.Regional, Tier: usage.StandardTier,
		Price: usage.Price{
			Input: usage.Million, Output: 2 * usage.Million, CacheRead: 0, CacheWrite: 3 * usage.Million,
			Known: usage.Input | usage.Output | usage.CacheRead | usage.CacheWrite,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return book
}

func newWorld(t testing.TB, budgets ...*identity.Budget) *world {
	w := &world{t: t, directory: identity.NewDirectory(), journal: new(journal), heard: new(heard)}
	entities := []identity.Entity{&identity.Account{Scope: scope}}
	for _, b := range budgets {
		entities = append(entities, b)
	}
	if err := w.directory.Replace(accountID, 1, entities); err != nil {
		t.Fatal(err)
	}
	w.revision = 1
	w.Ledger = ledger.New(w.options(t))
	return w
}

func (w *world) options(t testing.TB) ledger.Options {
	return ledger.Options{
		Journal: w.journal, Prices: prices(t), Notifier: w.heard, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Budgets: func(id string) *identity.Snapshot {
			snapshot, _ := w.directory.Account(id)
			return snapshot
		},
	}
}

var scope = identity.Scope{Partition: "aws", Account: accountID}

// budget is one that blocks; covers, limit and period are in their text forms.
func budget(t testing.TB, id, covers, limit, period string) *identity.Budget {
	b := &identity.Budget{Scope: scope, ID: id, Name: id, Action: identity.Block, Thresholds: []int{80, 100}}
	var errs [3]error
	b.Covers, errs[0] = usage.ParseScope(covers)
	b.Limit, errs[1] = usage.ParseLimit(limit)
	b.Period, errs[2] = usage.ParsePeriod(period)
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	return b
}

// put changes a budget, as a write to the store does.
func (w *world) put(b *identity.Budget) {
	w.t.Helper()
	w.revision++
	if err := w.directory.Apply(accountID, w.revision, identity.Put(b)); err != nil {
		w.t.Fatal(err)
	}
}

// call is one by a user, with 10 bytes of body and up to 45 tokens of answer: at
// most 10×3 + 45×2 = 120 nano-dollars and 55 tokens.
func (w *world) call(at time.Time, change ...func(*ledger.Request)) *ledger.Request {
	w.calls++
	r := &ledger.Request{
		ID: fmt.Sprint("call-", w.calls), Time: at, Partition: "aws", Account: accountID, Region: "us-west-2", Operation: "Converse",
		Call:  usage.Call{Principal: "arn:aws:iam::123456789012:user/ana", Key: "AKIAXXXXXXXXXXXXXXXX", Model: model},
		Kind:  usage.Regional,
		Bound: ledger.Bound{Input: 10, Output: 45},
	}
	for _, f := range change {
		f(r)
	}
	return r
}

func (w *world) reserve(at time.Time, change ...func(*ledger.Request)) (*ledger.Reservation, error) {
	return w.Reserve(w.t.Context(), w.call(at, change...))
}

func (w *world) must(at time.Time, change ...func(*ledger.Request)) *ledger.Reservation {
	w.t.Helper()
	r, err := w.reserve(at, change...)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// refused expects that a call is refused for a reason, and returns the answer.
func (w *world) refused(why ledger.Why, at time.Time, change ...func(*ledger.Request)) *awserr.Error {
	w.t.Helper()
	_, err := w.reserve(at, change...)
	refusal := ledger.AsRefusal(err)
	if refusal == nil || refusal.Why != why {
		w.t.Fatalf("not refused for %s: %v", why, err)
	}
	return awserr.From(err)
}

// standing is where the only instance of a budget stands.
func (w *world) standing(b *identity.Budget, at time.Time) ledger.Standing {
	w.t.Helper()
	list := w.Status(w.t.Context(), b, at)
	if len(list) != 1 {
		w.t.Fatalf("%d standings", len(list))
	}
	return list[0]
}

func (w *world) stands(b *identity.Budget, at time.Time, settled, reserved int64) {
	w.t.Helper()
	if s := w.standing(b, at); s.Settled != settled || s.Reserved != reserved {
		w.t.Errorf("settled %d and reserved %d, want %d and %d", s.Settled, s.Reserved, settled, reserved)
	}
}

var used = usage.Tokens{Input: 4, Output: 20} // 44 nano-dollars
