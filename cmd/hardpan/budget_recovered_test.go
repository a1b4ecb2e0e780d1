package main

import (
	"strings"
	"testing"

	"hardpan/internal/audit"
)

func TestRecoveredCallsAreListed(t *testing.T) {
	dir := t.TempDir()
	list := func(flags ...string) string {
		t.Helper()
		code, said := hardpan(t.Context(), nil, append([]string{"budget", "recovered", "--data-dir", dir}, flags...)...)
		if code != 0 {
			t.Fatalf("%d: %s", code, said)
		}
		return said
	}
	if said := list(); !strings.Contains(said, "No call was cut off") {
		t.Errorf("an empty journal: %s", said)
	}
	j, err := audit.Open(dir, audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if _, err := j.AppendReservation(&audit.Reservation{ID: "call-1"}); err != nil {
		t.Fatal(err)
	}
	for _, e := range []*audit.Event{
		{ID: "call-1", Time: 1_795_323_092_000_000, Account: "123456789012", UsedModel: "a-model", Cost: 1_500_000_000, Priced: true, Recovered: true},
		{ID: "call-2", Cost: 5, Priced: true},
	} {
		if _, err := j.Append(e); err != nil {
			t.Fatal(err)
		}
	}
	for _, flags := range [][]string{nil, {"--output", "json"}, {"--output", "csv"}} {
		said := list(flags...)
		if !strings.Contains(said, "call-1") || !strings.Contains(said, "1.50") || !strings.Contains(said, "2026-11-22T") || strings.Contains(said, "call-2") {
			t.Errorf("%v: %s", flags, said)
		}
	}
}
