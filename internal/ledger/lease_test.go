package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"hardpan/internal/audit"
	"hardpan/internal/identity"
	"hardpan/internal/ledger"
	"hardpan/internal/realtools"
	"hardpan/internal/store"
	"hardpan/internal/usage"
)

// database is the leases of one server, which a test can take the database from.
type database struct {
	ledger.NodeLeases
	mu    sync.Mutex
	away  error
	asked int
}

func (d *database) Extend(ctx context.Context, ask store.LeaseAsk) (store.LeaseGrant, error) {
	d.mu.Lock()
	d.asked++
	err := d.away
	d.mu.Unlock()
	if err != nil {
		return store.LeaseGrant{}, err
	}
	return d.NodeLeases.Extend(ctx, ask)
}

func (d *database) Elsewhere(ctx context.Context, account, budget string, unit usage.Unit, since int64) (map[string]int64, error) {
	d.mu.Lock()
	err := d.away
	d.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return d.NodeLeases.Elsewhere(ctx, account, budget, unit, since)
}

// servers are several ledgers on one database, in which the same budgets are.
func servers(t *testing.T, db *store.DB, n int, budgets ...*identity.Budget) (list []*world, leases []*database) {
	for i := range n {
		w := newWorld(t, budgets...)
		d := &database{NodeLeases: ledger.NodeLeases{DB: db, Node: fmt.Sprint("node-", i)}}
		opt := w.options(t)
		opt.Leases = d
		w.Ledger = ledger.New(opt)
		list, leases = append(list, w), append(leases, d)
	}
	return list, leases
}

// What several servers do on one database, on both databases.
func TestLeases(t *testing.T) {
	tests := []struct {
		name string
		test func(t *testing.T, db *store.DB)
	}{
		{"servers share a limit", serversShareALimit},
		{"a database that is away", databaseThatIsAway},
		{"a server that is lost", serverThatIsLost},
		{"a call that can be clamped", clampWithinALease},
		{"windows that are over", leasesAreForgotten},
		{"what others have", othersAreShown},
	}
	postgres := realtools.StartPostgres(t)
	for _, tt := range tests {
		t.Run(tt.name+"/SQLite", func(t *testing.T) {
			tt.test(t, opened(t)(store.Open(t.Context(), t.TempDir()+"/hardpan.db")))
		})
		t.Run(tt.name+"/PostgreSQL", func(t *testing.T) {
			tt.test(t, opened(t)(store.OpenPostgres(t.Context(), postgres.Database(), newWorld(t).options(t).Log)))
		})
	}
}

func opened(t *testing.T) func(*store.DB, error) *store.DB {
	return func(db *store.DB, err error) *store.DB {
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		return db
	}
}

// Several servers on one budget: together they never admit more than fits, and
// one that is left alone gets what the others do not use.
func serversShareALimit(t *testing.T, db *store.DB) {
	b := budget(t, "b-1", "account", "37requests", "month")
	nodes, leases := servers(t, db, 3, b)
	var mu sync.Mutex
	admitted := 0
	var clients sync.WaitGroup
	for i := range 60 {
		clients.Go(func() {
			w := nodes[i%len(nodes)]
			mu.Lock()
			call := w.call(start)
			mu.Unlock()
			res, err := w.Reserve(t.Context(), call)
			if err != nil {
				if ledger.AsRefusal(err) == nil {
					t.Error(err)
				}
				return
			}
			res.Settle(used, true, ledger.Complete)
			mu.Lock()
			defer mu.Unlock()
			admitted++
		})
	}
	clients.Wait()
	if admitted > fits {
		t.Fatalf("%d calls were admitted", admitted)
	}
	giveBack(t, nodes...)
	for ; admitted < fits; admitted++ {
		nodes[0].must(start).Settle(used, true, ledger.Complete)
	}
	for _, w := range nodes {
		_, err := w.reserve(start)
		if r := ledger.AsRefusal(err); r == nil || r.Why != ledger.Elsewhere && r.Why != ledger.Spent {
			t.Errorf("one more: %v", err)
		}
	}
	if leases[0].asked > 40 {
		t.Errorf("the database was asked %d times", leases[0].asked)
	}
}

// The database is asked for a lease, not for each call; without it calls go on
// within the lease, and then stop.
func databaseThatIsAway(t *testing.T, db *store.DB) {
	b := budget(t, "b-1", "account", "1600tokens", "day")
	nodes, leases := servers(t, db, 1, b)
	w := nodes[0]
	w.must(start).Settle(used, true, ledger.Complete)
	if leases[0].asked != 1 {
		t.Errorf("asked %d times for one call", leases[0].asked)
	}
	leases[0].away = errors.New("connection refused")
	var held []*ledger.Reservation
	for range 3 { // 220 were granted, 24 are spent, 55 needed for each
		held = append(held, w.must(start))
	}
	_, err := w.reserve(start)
	if err == nil || !strings.Contains(err.Error(), "ServiceUnavailableException") || !strings.Contains(err.Error(), `"b-1"`) {
		t.Errorf("beyond the lease: %v", err)
	}
	held[0].Release()
	w.must(start).Release()
	leases[0].away = nil
	w.must(start).Release()
}

// What a lost server had stays charged until its window is over; one that comes
// back goes on with what it spent.
func serverThatIsLost(t *testing.T, db *store.DB) {
	b := budget(t, "b-1", "account", "100tokens", "day")
	nodes, _ := servers(t, db, 2, b)
	lost, left := nodes[0], nodes[1]
	lost.must(start)
	left.refused(ledger.Elsewhere, start)
	left.must(start.AddDate(0, 0, 1)).Release()

	again := newWorld(t, b)
	opt := again.options(t)
	opt.Leases = ledger.NodeLeases{DB: db, Node: "node-0"}
	again.Ledger = ledger.New(opt)
	if _, err := again.Restore(t.Context(), nothing(db, "node-0")); err != nil {
		t.Fatal(err)
	}
	left.must(start).Release() // it came back with nothing spent
}

// A call that can do with less gets what this server can have.
func clampWithinALease(t *testing.T, db *store.DB) {
	b := budget(t, "b-1", "account", "100tokens", "day")
	b.Clamp = true
	nodes, _ := servers(t, db, 2, b)
	nodes[0].must(start)
	giveBack(t, nodes[0])
	res := nodes[1].must(start, func(r *ledger.Request) { r.Clamp = true })
	if res.MaxOutput() != 35 {
		t.Errorf("clamped to %d", res.MaxOutput())
	}
}

// What others spent stands beside what was spent here, until the window is over;
// thresholds are of both.
func othersAreShown(t *testing.T, db *store.DB) {
	b := budget(t, "b-1", "tag:Team=*", "100tokens", "day")
	nodes, leases := servers(t, db, 2, b)
	team := func(value string) func(*ledger.Request) {
		return func(r *ledger.Request) { r.Call.Tags = []usage.Tag{{Key: "Team", Value: value}} }
	}
	nodes[0].must(start, team("red")).Settle(usage.Tokens{Input: 10, Output: 45}, true, ledger.Complete)
	nodes[0].must(start, team("blue")).Settle(used, true, ledger.Complete)
	giveBack(t, nodes[0])
	nodes[1].must(start, team("red"), func(r *ledger.Request) { r.Bound.Output = 35 }).Settle(used, true, ledger.Complete)
	giveBack(t, nodes[1])
	show := func(at time.Time) (said string) {
		for _, s := range nodes[1].Status(t.Context(), b, at) {
			said += fmt.Sprint(s.Value, " ", s.Settled, "+", s.Elsewhere, " ", s.Percent(), "% ")
		}
		return said
	}
	if said := show(start); said != "blue 0+24 24% red 24+55 79% " {
		t.Error(said)
	}
	nodes[1].must(start, team("red"), func(r *ledger.Request) { r.Bound.Output = 5 }).Settle(usage.Tokens{Input: 1}, true, ledger.Complete)
	if told := fmt.Sprint(nodes[1].heard.list); told != "[tag:Team=red 80% from "+start.UTC().Format(time.DateOnly)+"]" {
		t.Errorf("thresholds: %s", told)
	}
	leases[1].away = errors.New("no route to host")
	if said := show(start); said != "red 25+55 80% " {
		t.Errorf("while the database is away: %s", said)
	}
	leases[1].away = nil
	if said := show(start.Add(24 * time.Hour)); said != "" {
		t.Errorf("a day later: %s", said)
	}
}

// Of a window that is over no lease stays behind.
func leasesAreForgotten(t *testing.T, db *store.DB) {
	nodes, _ := servers(t, db, 1, budget(t, "b-1", "account", "600requests", "minute"))
	for i := range 3 {
		nodes[0].must(start.Add(time.Duration(i)*time.Minute)).Settle(used, true, ledger.Complete)
	}
	giveBack(t, nodes[0])
	list, err := db.NodeLeases(t.Context(), "node-0")
	if err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
	for key, granted := range list {
		if granted != 1 || key.Unit != usage.Requests {
			t.Errorf("%+v has %d", key, granted)
		}
	}
}

// giveBack lets servers give back what they do not use. What was used lately is
// looked at twice.
func giveBack(t *testing.T, nodes ...*world) {
	t.Helper()
	for range 2 {
		for _, w := range nodes {
			if err := w.GiveBack(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// nothing is a journal without records.
func nothing(db *store.DB, node string) ledger.Sources {
	return ledger.Sources{
		Node: node, Buckets: db, Now: start,
		Read: func(uint64) iter.Seq2[*audit.Record, error] { return func(func(*audit.Record, error) bool) {} },
	}
}
