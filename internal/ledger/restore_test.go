package ledger_test

import (
	"context"
	"iter"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hardpan/internal/audit"
	"hardpan/internal/identity"
	"hardpan/internal/ledger"
	"hardpan/internal/store"
	"hardpan/internal/usage"
)

// summed is what the database knows.
type summed struct {
	at      store.Position
	buckets []store.Bucket
}

// LoadBuckets implements [ledger.Buckets].
func (s *summed) LoadBuckets(_ context.Context, _ string, _ time.Time, each func(store.Bucket)) (store.Position, error) {
	for _, b := range s.buckets {
		each(b)
	}
	return s.at, nil
}

// life is a server that can die: a real journal, and a database.
type life struct {
	*world
	dir     string
	journal *audit.Journal
	db      summed
}

func newLife(t *testing.T, budgets ...*identity.Budget) *life {
	l := &life{world: newWorld(t, budgets...), dir: t.TempDir()}
	l.again()
	return l
}

// again starts the server on what is left.
func (l *life) again() ledger.Recovered {
	l.t.Helper()
	if l.journal != nil {
		if err := l.journal.Close(); err != nil {
			l.t.Fatal(err)
		}
	}
	var err error
	if l.journal, err = audit.Open(l.dir, audit.Options{Durability: audit.Process}); err != nil {
		l.t.Fatal(err)
	}
	opt := l.options(l.t)
	opt.Journal = l.journal
	l.Ledger = ledger.New(opt)
	found, err := l.Restore(l.t.Context(), ledger.Sources{
		Node: "node", Journal: l.journal, Buckets: &l.db, Now: start,
		Read: func(from uint64) iter.Seq2[*audit.Record, error] { return audit.Read(l.dir, from) },
	})
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { _ = l.journal.Close() })
	return found
}

// ended writes the event of a call.
func (l *life) ended(id string, s ledger.Settled) {
	l.t.Helper()
	_, err := l.journal.Append(&audit.Event{
		ID: id, Time: start.UnixMicro(), Account: accountID, UsedModel: model, Verdict: audit.Allow, Tokens: s.Tokens,
		Cost: s.Cost, Priced: s.Priced, Budgets: s.Budgets, Overrun: s.Overrun,
	})
	if err != nil {
		l.t.Fatal(err)
	}
}

func TestRestore(t *testing.T) {
	b, each := budget(t, "b-1", "account", "1000tokens", "day"), budget(t, "b-2", "principal:*", "1.00USD", "total")
	l := newLife(t, b, each)
	l.ended("call-1", l.must(start).Settle(used, true, ledger.Complete)) // records 1 and 2
	l.must(start)                                                        // 3: of call-2 nobody hears again
	l.ended("call-3", l.must(start).Settle(used, true, ledger.Complete)) // 4 and 5
	l.must(start)                                                        // 6: nor of call-4

	// The database has summed up to record 5, and knows that 3 is open.
	ana := "arn:aws:iam::123456789012:user/ana"
	l.db = summed{at: store.Position{Seq: 5, Open: 3}, buckets: []store.Bucket{
		{Account: accountID, Budget: "b-1", Start: time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC).Unix(), Nano: 88, Tokens: 48, Requests: 2},
		{Account: accountID, Budget: "b-1", Start: time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC).Unix(), Nano: 5000, Tokens: 5000, Requests: 9}, // yesterday
		{Account: accountID, Budget: "b-2", Instance: ana, Nano: 88, Tokens: 48, Requests: 2},
		{Account: accountID, Budget: "b-gone", Nano: 1, Tokens: 1, Requests: 1},
	}}
	found := l.again()
	var ids []string
	for _, e := range found.Settled {
		ids = append(ids, e.ID)
		if !e.Recovered || !e.Estimated || e.Cost != 120 || e.Tokens != (usage.Tokens{Input: 10, Output: 45}) || len(e.Budgets) != 2 {
			t.Errorf("charged %+v", e)
		}
	}
	if d := cmp.Diff([]string{"call-2", "call-4"}, ids); d != "" {
		t.Error(d)
	}
	l.stands(b, start, 48+55+55, 0)
	l.stands(each, start, 88+120+120, 0)

	if found := l.again(); len(found.Settled) != 0 { // what was recovered is in the journal
		t.Errorf("recovered again: %+v", found.Settled)
	}
	l.stands(b, start, 48+55+55, 0)
}

// The call of a tool that a crash cut off counts as one, as the gateway's and as no
// model's.
func TestRestoreOfATool(t *testing.T) {
	b := budget(t, "b-1", "tool:orders___refund", "3requests", "day")
	l := newLife(t, b)
	_, err := l.Reserve(t.Context(), &ledger.Request{
		ID: "call-1", Time: start, Account: accountID, Service: "bedrock-agentcore", Operation: "InvokeGateway",
		Call: usage.Call{Gateway: "shop", Tool: "orders___refund"}, Free: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	l.stands(b, start, 0, 1)
	found := l.again()
	if len(found.Settled) != 1 {
		t.Fatalf("recovered %+v", found.Settled)
	}
	if e := found.Settled[0]; e.Service != "bedrock-agentcore" || e.UsedModel != "" || e.Cost != 0 || !e.Tokens.IsZero() || len(e.Budgets) != 1 {
		t.Errorf("charged %+v", e)
	}
	l.stands(b, start, 1, 0)
}

// A budget that is closed stays so, whether the database knows or the journal.
func TestClosedAfterARestart(t *testing.T) {
	b := budget(t, "b-1", "account", "1000tokens", "day")
	l := newLife(t, b)
	s := l.must(start).Settle(usage.Tokens{Input: 4, Output: 46}, true, ledger.Complete)
	l.ended("call-1", s)
	l.again()
	l.refused(ledger.Overrun, start)
	l.db = summed{at: store.Position{Seq: 2}, buckets: []store.Bucket{
		{Account: accountID, Budget: "b-1", Start: s.Budgets[0].Start, Nano: s.Cost, Tokens: 50, Requests: 1, Overruns: 1},
	}}
	l.again()
	l.refused(ledger.Overrun, start)
	l.stands(b, start, 50, 0)
	l.must(start.AddDate(0, 0, 1))
}
