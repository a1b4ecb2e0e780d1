package audit

import (
	"testing"
	"time"
)

// All that was written since is read, and old segments are not.
func TestReadSince(t *testing.T) {
	dir, now := t.TempDir(), time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	j, err := Open(dir, Options{Durability: Process, SegmentSize: 2000, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	for range 100 {
		now = now.Add(time.Minute)
		seq, err := j.Append(&Event{ID: NewCallID(), Time: now.UnixMicro(), Verdict: Allow, Outcome: OK})
		if err == nil {
			err = j.Sync(t.Context(), seq)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	since, read, found := now.Add(-9*time.Minute), 0, 0
	for record, err := range ReadSince(dir, since) {
		if err != nil {
			t.Fatal(err)
		}
		e, err := record.Event()
		if err != nil {
			t.Fatal(err)
		}
		if read++; e.Time >= since.UnixMicro() {
			found++
		}
	}
	if found != 10 || read > 50 {
		t.Errorf("%d of the last 10, in %d that were read", found, read)
	}
	if all := count(t, dir, time.Time{}); all != 100 {
		t.Errorf("%d since ever", all)
	}
}

func count(t *testing.T, dir string, since time.Time) (n int) {
	t.Helper()
	for _, err := range ReadSince(dir, since) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}
