package rollup

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hardpan/internal/audit"
	"hardpan/internal/realtools"
	"hardpan/internal/store"
)

// compare holds the sums in a database against the world's journal.
func (w *world) compare(place store.Place) *Comparison {
	w.t.Helper()
	m, err := store.Maintain(w.t.Context(), place)
	if err != nil {
		w.t.Fatal(err)
	}
	defer m.Close()
	c, err := Compare(w.t.Context(), m, w.dir, w.j.Head())
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// says fails the test unless a comparison has one problem with all of the words,
// or none where there are no words.
func (c *Comparison) says(t *testing.T, words ...string) {
	t.Helper()
	if len(words) == 0 && len(c.Problems) == 0 {
		return
	}
	if len(words) == 0 || len(c.Problems) != 1 {
		t.Fatalf("problems: %v, want one with %v", c.Problems, words)
	}
	for _, word := range words {
		if !strings.Contains(c.Problems[0], word) {
			t.Errorf("%q lacks %q", c.Problems[0], word)
		}
	}
}

func TestSumsAreHeldAgainstTheJournal(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		place := store.Place{File: filepath.Join(t.TempDir(), "hardpan.db")}
		db, err := store.Open(t.Context(), place.File)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		sumsAreHeldAgainstTheJournal(t, db, place)
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		place := store.Place{URL: realtools.StartPostgres(t).Database()}
		sumsAreHeldAgainstTheJournal(t, postgres(t, place.URL), place)
	})
}

func sumsAreHeldAgainstTheJournal(t *testing.T, db *store.DB, place store.Place) {
	w := newWorld(t, db)
	w.compare(place).says(t) // nothing was counted
	for range 300 {
		w.call()
	}
	m := w.run()
	counted := m.Position()
	w.call() // one that is still to be counted
	c := w.compare(place)
	c.says(t)
	if c.Counted != counted.Seq || c.Calls != w.total.Requests-1 || c.Node != m.Node() {
		t.Errorf("got %+v at %+v", c, counted)
	}
	if dropped, err := audit.Drop(w.dir, counted.Seq, time.Now().Add(time.Hour)); dropped == 0 || err != nil {
		t.Fatal(dropped, err)
	}
	fewer := w.compare(place)
	fewer.says(t)
	if fewer.Calls >= c.Calls || fewer.Calls == 0 {
		t.Errorf("%d calls are left of %d", fewer.Calls, c.Calls)
	}
	w.tamper(m.Node(), counted, -1e15)
	w.compare(place).says(t, "usage of account "+account, "USD up to record", "restore a backup")
	w.tamper(m.Node(), counted, 1e15)
	w.compare(place).says(t)

	moved := counted
	moved.Hash = strings.Repeat("0", len(moved.Hash))
	w.add(&store.UsageBatch{Node: m.Node(), From: counted, To: moved})
	w.compare(place).says(t, "is not the one that the database has counted", "restore the journal")
	moved.Seq = w.j.Head().Seq + 1
	w.add(&store.UsageBatch{Node: m.Node(), From: store.Position{Seq: counted.Seq, Hash: moved.Hash}, To: moved})
	w.compare(place).says(t, "the journal ends at record", "restore the journal")
}

// tamper adds to what the database says that a node used, and to nothing else.
func (w *world) tamper(node string, at store.Position, nano int64) {
	cell := store.UsageCell{Hour: epoch.Unix(), Key: store.UsageKey{Account: account}}
	w.add(&store.UsageBatch{Node: node, From: at, To: at, Usage: map[store.UsageCell]*store.Usage{cell: {Nano: nano}}})
}

func (w *world) add(b *store.UsageBatch) {
	w.t.Helper()
	if err := w.db.AddUsage(w.t.Context(), b, w.now); err != nil {
		w.t.Fatal(err)
	}
}
