package audit

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// take reads what there is and fails unless it is the records from to to.
func take(t *testing.T, f *Follower, from, to uint64) {
	t.Helper()
	for seq := from; seq <= to; seq++ {
		rec, err := f.Next()
		if err != nil || rec.Seq != seq {
			t.Fatalf("record %d: got %+v, %v", seq, rec, err)
		}
	}
	if rec, err := f.Next(); !errors.Is(err, io.EOF) {
		t.Fatalf("behind record %d: got %+v, %v, want io.EOF", to, rec, err)
	}
}

func TestFollowingAJournalThatGrows(t *testing.T) {
	dir := t.TempDir()
	f := Follow(dir, 0)
	defer f.Close()
	take(t, f, 1, 0) // it is not there yet
	j, err := Open(dir, Options{SegmentSize: 1000})
	if err != nil {
		t.Fatal(err)
	}
	take(t, f, 1, 0) // it is empty
	last := uint64(0)
	for round := range 12 { // some in one segment, some over several
		from := last + 1
		for range round {
			if last, err = j.Append(&Event{ID: fmt.Sprintf("call-%d", last), Verdict: Allow, Outcome: OK}); err != nil {
				t.Fatal(err)
			}
		}
		take(t, f, from, last)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if paths, _ := segments(dir); len(paths) < 3 {
		t.Fatalf("%d segments: the test saw no rotation", len(paths))
	}
	later := Follow(dir, 17)
	defer later.Close()
	take(t, later, 18, last)
}

// What is being written is not there yet; when it is whole, it is.
func TestFollowingARecordThatIsBeingWritten(t *testing.T) {
	dir := t.TempDir()
	j, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := j.Append(&Event{ID: "a", Verdict: Allow, Outcome: OK}); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	paths, _ := segments(dir)
	whole, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(paths[0], int64(len(whole)-5)); err != nil {
		t.Fatal(err)
	}
	f := Follow(dir, 0)
	defer f.Close()
	take(t, f, 1, 1)
	if err := os.WriteFile(paths[0], whole, 0o600); err != nil {
		t.Fatal(err)
	}
	take(t, f, 2, 2)
}

func TestFollowingSaysWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	j, err := Open(dir, Options{SegmentSize: 200})
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if _, err := j.Append(&Event{ID: "a", Verdict: Allow, Outcome: OK}); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	paths, _ := segments(dir)
	if err := os.Remove(paths[0]); err != nil {
		t.Fatal(err)
	}
	f := Follow(dir, 0)
	defer f.Close()
	var damage *DamageError
	if _, err := f.Next(); !errors.As(err, &damage) || damage.Seq != 1 {
		t.Fatalf("got %v", err)
	}
}

func TestAJournalHasOneName(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(folder(dir), 0o700); err != nil {
		t.Fatal(err)
	}
	name, err := Node(dir)
	again, err2 := Node(dir)
	if err != nil || err2 != nil || name != again || name == "" {
		t.Fatalf("got %q, %v and %q, %v", name, err, again, err2)
	}
	if err := os.WriteFile(filepath.Join(folder(dir), nodeFile), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if name, err := Node(dir); err == nil {
		t.Fatalf("a damaged name is %q", name)
	}
}
