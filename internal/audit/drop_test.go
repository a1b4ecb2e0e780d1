package audit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// segmented is a journal of some segments, written an hour apart; it returns
// their paths.
func segmented(t *testing.T, dir string) []string {
	t.Helper()
	clock := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	j, err := Open(dir, Options{SegmentSize: 400, Now: func() time.Time { return clock }})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		clock = clock.Add(time.Hour)
		if _, err := j.Append(&Event{ID: fmt.Sprint(i), Verdict: Allow, Outcome: OK}); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	paths, err := segments(dir)
	if err != nil || len(paths) < 4 {
		t.Fatalf("%d segments, %v", len(paths), err)
	}
	return paths
}

func TestOldSegmentsAreDroppedAndTheRestVerifies(t *testing.T) {
	dir := t.TempDir()
	paths := segmented(t, dir)
	head, err := Verify(dir)
	if err != nil {
		t.Fatal(err)
	}
	third := firstOf(paths[2])
	late := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		what string
		upTo uint64
		age  time.Time
		want int
	}{
		{"nothing is counted", 0, late, 0},
		{"all but one record of the first", firstOf(paths[1]) - 2, late, 0},
		{"nothing is old", head.Seq, time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), 0},
		{"two, and a half of the third", third, late, 2},
		{"those are gone", third, late, 0},
	} {
		if n, err := Drop(dir, c.upTo, c.age); n != c.want || err != nil {
			t.Fatalf("%s: dropped %d, %v; want %d", c.what, n, err, c.want)
		}
		if got, err := Verify(dir, Head{1, Hash{}}, head); c.want > 0 && (err != nil || got != head) {
			t.Fatalf("%s: %v, %v", c.what, got, err)
		}
	}
	if hash, err := HashOf(dir, third-1); err != nil || hash == (Hash{}) {
		t.Errorf("the hash of the last record that was dropped: %v, %v", hash, err)
	}
	if hash, err := HashOf(dir, head.Seq); err != nil || hash != head.Hash {
		t.Errorf("the hash of the last record: %v, %v", hash, err)
	}
	if n, err := Drop(dir, head.Seq, late); err != nil || n != len(paths)-3 {
		t.Errorf("dropping all: %d, %v", n, err)
	}
	j, err := Open(dir, Options{}) // goes on
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Append(&Event{ID: "x", Verdict: Allow, Outcome: OK}); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(dir, head); err != nil {
		t.Error(err)
	}
}

// A crash may come between noting and removing.
func TestASegmentThatWasAboutToBeDropped(t *testing.T) {
	dir := t.TempDir()
	paths := segmented(t, dir)
	late := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	if _, err := Drop(dir, firstOf(paths[1])-1, late); err != nil {
		t.Fatal(err)
	}
	second, err := os.ReadFile(paths[1])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Drop(dir, firstOf(paths[2])-1, late); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(paths[1], second, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(dir); err != nil {
		t.Fatal(err)
	}
	second[len(second)-1] ^= 1
	if err := os.WriteFile(paths[1], second, 0o600); err != nil {
		t.Fatal(err)
	}
	var damage *DamageError
	if _, err := Verify(dir); !errors.As(err, &damage) {
		t.Fatalf("a changed record before the noted start: %v", err)
	}
}

// What was removed by anyone else is still damage.
func TestASegmentThatNobodyDropped(t *testing.T) {
	dir := t.TempDir()
	paths := segmented(t, dir)
	if _, err := Drop(dir, firstOf(paths[1])-1, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(paths[1]); err != nil {
		t.Fatal(err)
	}
	var damage *DamageError
	if _, err := Verify(dir); !errors.As(err, &damage) {
		t.Errorf("a segment behind the noted start is missing: %v", err)
	}
	if err := os.WriteFile(filepath.Join(folder(dir), startFile), []byte(`{"seq":3}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(dir); err == nil {
		t.Error("a damaged note of the start is accepted")
	}
}
