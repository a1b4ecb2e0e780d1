package rollup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hardpan/internal/audit"
	"hardpan/internal/realtools"
	"hardpan/internal/store"
	"hardpan/internal/usage"
)

const account = "123456789012"

var epoch = time.Date(2026, 11, 3, 4, 0, 0, 0, time.UTC)

// world is a journal, a database and what should be in it.
type world struct {
	t    *testing.T
	dir  string
	db   *store.DB
	j    *audit.Journal
	log  bytes.Buffer
	rand *rand.Rand
	now  time.Time

	total   store.Usage
	person  map[string]store.Usage
	charged map[string]int64 // nano-dollars by instance
}

func newWorld(t *testing.T, db *store.DB) *world {
	w := &world{
		t: t, dir: t.TempDir(), db: db, rand: rand.New(rand.NewPCG(1, 2)), now: epoch,
		person: map[string]store.Usage{}, charged: map[string]int64{},
	}
	w.openJournal()
	return w
}

func (w *world) openJournal() {
	w.t.Helper()
	var err error
	if w.j, err = audit.Open(w.dir, audit.Options{Durability: audit.Process, SegmentSize: 20_000}); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { w.j.Close() })
}

func sqlite(t *testing.T) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "hardpan.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func postgres(t *testing.T, url string) *store.DB {
	t.Helper()
	db, err := store.OpenPostgres(t.Context(), url, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// call writes a call of one of ten people, and half the time the beginning of
// another.
func (w *world) call() {
	w.t.Helper()
	person := fmt.Sprintf("p%d@example.com", w.rand.IntN(10))
	e := &audit.Event{
		ID: audit.NewCallID(), Time: epoch.Add(time.Duration(w.rand.IntN(50)) * time.Hour).UnixMicro(),
		Partition: "aws", Account: account, Region: "us-west-2", Verdict: audit.Allow, Outcome: audit.OK,
		Caller: audit.Caller{
			ARN:  "arn:aws:sts::123456789012:assumed-role/Engineer/" + person,
			Tags: []audit.Tag{{Key: "UserEmail", Value: person}, {Key: "Department", Value: "Research"}},
		},
		UsedModel: "amazon.titan-embed-text-v2:0",
		Tokens:    usage.Tokens{Input: w.rand.Int64N(1e6), Output: w.rand.Int64N(1e6), CacheRead: w.rand.Int64N(3)},
		Cost:      w.rand.Int64N(1e12), Priced: true,
	}
	e.Budgets = []audit.Charge{{Budget: "b-1", Instance: person, Start: epoch.Unix()}, {Budget: "b-2"}}
	if w.rand.IntN(2) == 0 {
		if _, err := w.j.AppendReservation(&audit.Reservation{ID: e.ID}); err != nil {
			w.t.Fatal(err)
		}
	}
	if _, err := w.j.Append(e); err != nil {
		w.t.Fatal(err)
	}
	u := Sum(e)
	w.total.Add(&u)
	p := w.person[person]
	p.Add(&u)
	w.person[person] = p
	w.charged[person] += e.Cost
}

func (w *world) open() (*Materialiser, error) {
	return Open(w.t.Context(), Options{
		DB: w.db, DataDir: w.dir, Head: w.j.Head, Take: w.j.Take, Now: func() time.Time { return w.now },
		Log: slog.New(slog.NewTextHandler(&w.log, nil)),
	})
}

// run counts until everything is, then stops.
func (w *world) run() *Materialiser {
	w.t.Helper()
	m, err := w.open()
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan struct{})
	go func() { defer close(done); m.Run(ctx) }()
	if err := m.Flush(w.t.Context()); err != nil {
		w.t.Error(err)
	}
	cancel()
	<-done
	return m
}

// check compares the database with what was written.
func (w *world) check() {
	w.t.Helper()
	var total store.Usage
	person := map[string]store.Usage{}
	err := w.db.SumUsage(w.t.Context(), account, time.Unix(0, 0), epoch.AddDate(1, 0, 0), func(s store.UsageSum) error {
		total.Add(&s.Usage)
		p := person[s.Key.Person]
		p.Add(&s.Usage)
		person[s.Key.Person] = p
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if diff := cmp.Diff(w.total, total); diff != "" {
		w.t.Errorf("in total: %s", diff)
	}
	if diff := cmp.Diff(w.person, person); diff != "" {
		w.t.Errorf("by person: %s", diff)
	}
	charged := map[string]int64{}
	_, err = w.db.LoadBuckets(w.t.Context(), "", time.Unix(1, 0), func(b store.Bucket) {
		if b.Budget == "b-1" {
			charged[b.Instance] += b.Nano
		} else if b.Nano != w.total.Nano || b.Requests != w.total.Requests {
			w.t.Errorf("a total of %+v, want %+v", b, w.total)
		}
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if diff := cmp.Diff(w.charged, charged); diff != "" {
		w.t.Errorf("charged: %s", diff)
	}
}

func onBoth(t *testing.T, test func(*testing.T, *store.DB)) {
	t.Run("SQLite", func(t *testing.T) { test(t, sqlite(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, postgres(t, realtools.StartPostgres(t).Database())) })
}

func TestEveryCallIsCountedOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for round := range 6 {
			for range round * 100 {
				w.call()
			}
			w.run() // a new one each time: a restart
			w.check()
		}
	})
}

// Old usage is summed up further, and every total stays what it is.
func TestAgeingKeepsTotals(t *testing.T) {
	onBoth(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		for _, days := range []int{0, 8, 9, 40, 500} {
			for range 200 {
				w.call() // also of days that have been summed up
			}
			w.now = epoch.AddDate(0, 0, days)
			w.run().keep(t.Context())
			w.check()
		}
		months := 0
		err := db.ListUsage(t.Context(), account, epoch, w.now, func(s store.UsageSum) error {
			if s.Grain != store.Month || s.Start != store.Month.Start(epoch) {
				t.Errorf("after 500 days there is a row of the %s %s", s.Grain, s.Start)
			}
			months++
			return nil
		})
		if err != nil || months != 10 {
			t.Errorf("%d rows, %v", months, err)
		}
	})
}

// What was under way is known at every point, so that it can be settled after
// a crash although what lies around it has been counted.
func TestCallsUnderWayAreKnown(t *testing.T) {
	w := newWorld(t, sqlite(t))
	w.call()
	var first uint64
	for i, id := range []string{"x", "y", "z"} {
		seq, err := w.j.AppendReservation(&audit.Reservation{ID: id})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = seq
		}
		w.call()
	}
	if at := w.run().Position(); at.Open != first {
		t.Errorf("open from %d, want %d", at.Open, first)
	}
	for _, end := range []struct {
		id   string
		open uint64
	}{{"y", first}, {"x", 0}} {
		if _, err := w.j.Append(&audit.Event{ID: end.id, Verdict: audit.Allow, Outcome: audit.OK}); err != nil {
			t.Fatal(err)
		}
		at := w.run().Position() // which reads again what was under way
		if end.open != 0 && at.Open != end.open || at.Open == 0 {
			t.Errorf("after %s: open from %d", end.id, at.Open)
		}
	}
	if _, err := w.j.Append(&audit.Event{ID: "z", Verdict: audit.Allow, Outcome: audit.OK}); err != nil {
		t.Fatal(err)
	}
	if at := w.run().Position(); at.Open != 0 {
		t.Errorf("nothing is under way, but open from %d", at.Open)
	}
	w.check()
}

// While the database is away nothing is lost and no more is held than a batch.
func TestADatabaseThatIsAway(t *testing.T) {
	server := realtools.StartPostgres(t)
	w := newWorld(t, postgres(t, server.Database()))
	w.call()
	m, err := w.open()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); m.Run(ctx) }()
	defer func() { cancel(); <-done }()
	if err := m.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.Crash()
	for range 2 * maxRecords {
		w.call()
	}
	soon, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	if err := m.Flush(soon); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("without a database: %v", err)
	}
	server.Start()
	if err := m.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.check()
	if n := strings.Count(w.log.String(), "does not take what was used"); n > 3 {
		t.Errorf("said %d times", n)
	}
}

func segmentsOf(t *testing.T, dir string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "journal", "*.journal"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%v, %v", paths, err)
	}
	return paths
}

func TestADamagedJournalIsSaid(t *testing.T) {
	w := newWorld(t, sqlite(t))
	for range 50 {
		w.call()
	}
	path := segmentsOf(t, w.dir)[0]
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 1
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := w.open()
	if err != nil {
		t.Fatal(err)
	}
	m.Run(t.Context()) // ends by itself
	var damage *audit.DamageError
	if err := m.Flush(t.Context()); !errors.As(err, &damage) || damage.Segment != path {
		t.Errorf("got %v", err)
	}
	if !strings.Contains(w.log.String(), "stay behind until the cause is gone") {
		t.Errorf("the log says %s", w.log.String())
	}
}

// Another journal in place of the one that was counted would have its records
// taken for counted ones.
func TestAnotherJournalIsRefused(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, w *world, copied string){
		"an older copy": func(t *testing.T, w *world, copied string) {
			w.dir = copied
		},
		"other records of the same number": func(t *testing.T, w *world, copied string) {
			w.dir = copied
			w.openJournal()
			for range 60 {
				w.call()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, sqlite(t))
			w.call()
			w.run()
			copied := t.TempDir()
			if err := os.CopyFS(copied, os.DirFS(w.dir)); err != nil {
				t.Fatal(err)
			}
			for range 20 {
				w.call()
			}
			w.run()
			change(t, w, copied)
			w.openedAgain()
			_, err := w.open()
			if err == nil || !strings.Contains(err.Error(), "move the journal folder away") {
				t.Errorf("got %v", err)
			}
			if err := os.RemoveAll(filepath.Join(w.dir, "journal")); err != nil {
				t.Fatal(err)
			}
			w.openedAgain()
			w.call()
			w.run()
		})
	}
}

func (w *world) openedAgain() {
	w.t.Helper()
	if err := w.j.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.openJournal()
}
