package audit

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// write makes a journal of the given events and returns its only segment.
func write(t *testing.T, dir string, ids ...string) string {
	t.Helper()
	j := open(t, dir, Options{})
	add(t, j, ids...)
	shut(t, j)
	paths, err := segments(dir)
	if err != nil || len(paths) != 1 {
		t.Fatalf("%v, %v", paths, err)
	}
	return paths[0]
}

// A write that a crash cut short at any byte costs only the record it was of.
func TestTornAtEveryByte(t *testing.T) {
	dir := t.TempDir()
	whole, two := read(t, write(t, dir, "a", "b", "c")), len(read(t, write(t, t.TempDir(), "a", "b")))
	for size := two; size < len(whole); size++ {
		dir := t.TempDir()
		path := place(t, dir, whole[:size])
		if head, err := Verify(dir); err != nil || head.Seq != 2 {
			t.Fatalf("verify of %d bytes: %d records, %v", size, head.Seq, err)
		}
		equal(t, ids(t, dir, 1), "a", "b")
		j := open(t, dir, Options{})
		want := Torn{}
		if size > two {
			want = Torn{path, int64(two), int64(size - two)}
		}
		if j.Torn() != want {
			t.Fatalf("torn = %+v, want %+v", j.Torn(), want)
		}
		add(t, j, "d")
		shut(t, j)
		equal(t, ids(t, dir, 1), "a", "b", "d")
		if _, err := Verify(dir); err != nil {
			t.Fatalf("verify after recovery from %d bytes: %v", size, err)
		}
	}
}

// After a loss of power a file system may keep the length and lose the bytes.
func TestZeroesAtTheEndAreCut(t *testing.T) {
	dir := t.TempDir()
	whole := read(t, write(t, dir, "a", "b"))
	dir = t.TempDir()
	place(t, dir, append(whole, make([]byte, 10_000)...))
	j := open(t, dir, Options{})
	if j.Torn().Bytes != 10_000 || j.Head().Seq != 2 {
		t.Errorf("torn %+v, head %d", j.Torn(), j.Head().Seq)
	}
}

func TestTornHeaderOfANewSegment(t *testing.T) {
	whole := read(t, write(t, t.TempDir(), "a", "b"))
	head := header{before: Head{Seq: 2}}.append(nil)
	for size := range headerLen {
		dir := t.TempDir()
		place(t, dir, whole)
		next := filepath.Join(folder(dir), segmentName(3))
		put(t, next, head[:size])
		equal(t, ids(t, dir, 1), "a", "b")
		j := open(t, dir, Options{})
		if got := j.Torn(); got.Bytes != int64(size) || (size > 0 && got.Segment != next) {
			t.Errorf("torn = %+v, want %d bytes", got, size)
		}
		add(t, j, "c")
		shut(t, j)
		equal(t, ids(t, dir, 1), "a", "b", "c")
	}
}

// What no crash explains must not be cut away.
func TestDamageBeforeWholeRecordsIsRefused(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "a", "b", "c")
	b := read(t, path)
	b[headerLen+framingLen+3] ^= 1
	put(t, path, b)
	var damage *DamageError
	if _, err := Open(dir, Options{}); !errors.As(err, &damage) || damage.Seq != 1 || damage.Offset != headerLen {
		t.Errorf("open: %v", err)
	}
	if got := read(t, path); !slices.Equal(got, b) {
		t.Error("the damaged segment was changed")
	}
}

const childDir = "HARDPAN_TEST_JOURNAL_CHILD"

// appendUntilKilled is the child of TestKillLosesNothingConfirmed: it appends
// from several goroutines and prints each id that Append confirmed.
func appendUntilKilled(dir string) {
	j, err := Open(dir, Options{Durability: Process, SegmentSize: 64 << 10})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var out sync.Mutex
	for w := range 4 {
		go func() {
			for i := 0; ; i++ {
				id := fmt.Sprint(w, "-", i)
				seq, err := j.Append(&Event{ID: id})
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				out.Lock()
				fmt.Println(seq, id)
				out.Unlock()
			}
		}()
	}
	select {}
}

func TestKillLosesNothingConfirmed(t *testing.T) {
	dir := t.TempDir()
	confirmed := map[uint64]string{}
	for range 3 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childDir+"="+dir)
		var errs strings.Builder
		cmd.Stderr = &errs
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			if n == 500 {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
			if seq, id, ok := strings.Cut(lines.Text(), " "); ok && strings.Contains(id, "-") {
				if s, err := strconv.ParseUint(seq, 10, 64); err == nil {
					confirmed[s] = id
				}
			}
		}
		if err := cmd.Wait(); err == nil || errs.Len() > 0 {
			t.Fatalf("child: %v, %s", err, errs.String())
		}
	}
	j := open(t, dir, Options{})
	shut(t, j)
	if _, err := Verify(dir); err != nil {
		t.Fatalf("verify: %v", err)
	}
	if len(confirmed) < 1500 {
		t.Fatalf("only %d events were confirmed", len(confirmed))
	}
	got := ids(t, dir, 1)
	for seq, id := range confirmed {
		// The last line of a killed child may be cut short.
		if int(seq) > len(got) || !strings.HasPrefix(got[seq-1], id) {
			t.Errorf("confirmed record %d (%s) is not there", seq, id)
		}
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func put(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// place makes a journal whose first segment is b.
func place(t *testing.T, dir string, b []byte) string {
	t.Helper()
	if err := os.MkdirAll(folder(dir), 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder(dir), segmentName(1))
	put(t, path, b)
	return path
}
