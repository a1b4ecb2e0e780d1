package server_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hardpan/internal/audit"
)

// A crash in the middle of a write leaves a piece of a record, and a call that
// was under way. The piece is cut off, the call is charged what it could have
// cost, what was charged before stays so, and the operator is told of both.
func TestATornJournal(t *testing.T) {
	w := start(t)
	foo := w.user("foo", everything)
	w.budget("all", "account", "10.00USD", "total")
	for range 3 {
		if _, err := w.converse(foo, haiku); err != nil {
			t.Fatal(err)
		}
	}
	charged := w.lastCall()
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	tear(t, w.opt.DataDir, &audit.Reservation{
		ID: "call-under-way", Time: charged.Time, Partition: charged.Partition, Account: charged.Account, Region: charged.Region,
		Operation: "Converse", Caller: charged.Caller, Model: haiku, InputBound: 1000, OutputBound: 1000,
		Cost: 1_000_000_000, Priced: true, Price: charged.Price, Budgets: charged.Budgets,
	})
	root, events := w.root, len(w.events())

	w = open(t, w.opt)
	w.root = root
	w.serve()
	for _, told := range []string{"a crash left unfinished; it was cut off", "bytes=17", "nobody knows what it used", "call=call-under-way", "usd=1.00"} {
		if !strings.Contains(w.log.String(), told) {
			t.Errorf("the operator is not told %q: %s", told, w.log)
		}
	}
	all := w.events()
	if last := all[len(all)-1]; len(all) != events+1 || !last.Recovered || last.ID != "call-under-way" || last.Cost != 1_000_000_000 {
		t.Errorf("%d events after %d, the last %+v", len(all), events, last)
	}
	if _, err := w.converse(foo, haiku); err != nil {
		t.Error(err)
	}
	var sum int64
	for _, e := range w.events() {
		sum += e.Cost
	}
	if got := w.usage(w.root, "by=model").Total; got.NanoUSD != sum || got.Requests != 5 {
		t.Errorf("usage says %+v, the journal %d", got, sum)
	}
	if s := w.standing("all"); !strings.HasPrefix(s.Settled, "1.0") || s.Reserved != "0.00USD" || s.Closed {
		t.Errorf("%+v", s)
	}
	w.head()
}

// tear writes a reservation to the journal of a server that is stopped, and the
// beginning of a record.
func tear(t *testing.T, dir string, r *audit.Reservation) {
	t.Helper()
	j, err := audit.Open(dir, audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.AppendReservation(r); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	segments, err := filepath.Glob(filepath.Join(dir, "journal", "*.journal"))
	if err != nil || len(segments) == 0 {
		t.Fatalf("%v, %v", segments, err)
	}
	path := slices.Max(segments)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const header, piece = 60, 17 // of a segment; of its first record
	if err := os.WriteFile(path, append(text, text[header:header+piece]...), 0o600); err != nil {
		t.Fatal(err)
	}
}
