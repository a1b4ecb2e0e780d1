package audit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		appendUntilKilled(dir)
	}
	goleak.VerifyTestMain(m)
}

var start = time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)

func open(t *testing.T, dir string, opt Options) *Journal {
	t.Helper()
	opt.Now = func() time.Time { return start }
	j, err := Open(dir, opt)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { _ = j.Close() })
	return j
}

func add(t *testing.T, j *Journal, ids ...string) uint64 {
	t.Helper()
	var seq uint64
	for _, id := range ids {
		var err error
		if seq, err = j.Append(&Event{ID: id, Verdict: Allow, Outcome: OK}); err != nil {
			t.Fatalf("append %s: %v", id, err)
		}
	}
	return seq
}

func shut(t *testing.T, j *Journal) {
	t.Helper()
	if err := j.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

// ids reads the journal back.
func ids(t *testing.T, dir string, from uint64) []string {
	t.Helper()
	var out []string
	for rec, err := range Read(dir, from) {
		if err != nil {
			t.Fatalf("read: %v", err)
		}
		e, err := rec.Event()
		if err != nil {
			t.Fatal(err)
		}
		if want := from + uint64(len(out)); rec.Seq != max(want, 1) && from > 0 {
			t.Fatalf("record %d where %d should be", rec.Seq, want)
		}
		out = append(out, e.ID)
	}
	return out
}

func equal(t *testing.T, got []string, want ...string) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAppendReadReopen(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, Options{})
	if seq := add(t, j, "a", "b"); seq != 2 {
		t.Errorf("second record has sequence %d", seq)
	}
	equal(t, ids(t, dir, 1), "a", "b") // while it is open
	if err := j.Sync(t.Context(), 2); err != nil {
		t.Errorf("sync: %v", err)
	}
	head := j.Head()
	shut(t, j)

	j = open(t, dir, Options{})
	if j.Head() != head || j.Torn() != (Torn{}) {
		t.Errorf("reopened at %v (torn %+v), want %v", j.Head(), j.Torn(), head)
	}
	add(t, j, "c")
	shut(t, j)
	equal(t, ids(t, dir, 2), "b", "c")
	if got, err := Verify(dir, head); err != nil || got != j.Head() {
		t.Errorf("verify = %v, %v; want %v", got, err, j.Head())
	}
}

func TestEmptyJournal(t *testing.T) {
	dir := t.TempDir()
	if head, err := Verify(dir); err != nil || head != (Head{}) {
		t.Errorf("no journal at all: %v, %v", head, err)
	}
	equal(t, ids(t, dir, 1))
	shut(t, open(t, dir, Options{}))
	shut(t, open(t, dir, Options{}))
	if head, err := Verify(dir); err != nil || head != (Head{}) {
		t.Errorf("journal without records: %v, %v", head, err)
	}
}

func TestRotation(t *testing.T) {
	dir := t.TempDir()
	var want []string
	j := open(t, dir, Options{SegmentSize: 300})
	for i := range 20 {
		want = append(want, fmt.Sprint("event-", i))
		if err := j.Sync(t.Context(), add(t, j, want[i])); err != nil {
			t.Fatal(err)
		}
	}
	shut(t, j)
	paths, err := segments(dir)
	if err != nil || len(paths) < 5 {
		t.Fatalf("%d segments, %v; want several", len(paths), err)
	}
	for _, p := range paths {
		if info, err := os.Stat(p); err != nil || info.Size() > 300 || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", p, info, err)
		}
	}
	for from := range uint64(22) {
		equal(t, ids(t, dir, from), want[max(1, from)-1:]...)
	}
	j = open(t, dir, Options{SegmentSize: 300})
	if _, err := Verify(dir); err != nil || j.Head().Seq != 20 {
		t.Errorf("head %d, verify %v", j.Head().Seq, err)
	}
}

func TestConcurrentAppendsAreAllThereInTheirOrder(t *testing.T) {
	const writers, each = 16, 200
	dir := t.TempDir()
	j := open(t, dir, Options{SegmentSize: 20 << 10})
	seqs := make([]map[string]uint64, writers)
	var wg sync.WaitGroup
	for w := range writers {
		seqs[w] = map[string]uint64{}
		wg.Go(func() {
			for i := range each {
				id := fmt.Sprint(w, "-", i)
				seq, err := j.Append(&Event{ID: id})
				if err != nil {
					t.Errorf("append: %v", err)
					return
				}
				if i%20 == 0 {
					if err := j.Sync(t.Context(), seq); err != nil {
						t.Errorf("sync: %v", err)
					}
				}
				seqs[w][id] = seq
			}
		})
	}
	wg.Wait()
	shut(t, j)
	if head, err := Verify(dir); err != nil || head.Seq != writers*each {
		t.Fatalf("verify: %d records, %v", head.Seq, err)
	}
	got := ids(t, dir, 1)
	for _, m := range seqs {
		for id, seq := range m {
			if got[seq-1] != id {
				t.Errorf("record %d is %s, but Append said %s", seq, got[seq-1], id)
			}
		}
	}
}

func TestSecondWriterIsRefused(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, Options{})
	if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("second open: %v", err)
	}
}

func TestClosedJournalRefuses(t *testing.T) {
	j := open(t, t.TempDir(), Options{})
	seq := add(t, j, "a")
	shut(t, j)
	if _, err := j.Append(&Event{}); !errors.Is(err, ErrClosed) {
		t.Errorf("append after close: %v", err)
	}
	if err := j.Sync(t.Context(), seq); err != nil {
		t.Errorf("what Close synced is synced: %v", err)
	}
	if err := j.Sync(t.Context(), seq+1); !errors.Is(err, ErrClosed) {
		t.Errorf("sync after close: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

// faulty is a segment on a disk that fails.
type faulty struct {
	file
	write    func(b []byte) (int, error)
	sync     func() error
	truncate func(size int64) error
}

func (f *faulty) Write(b []byte) (int, error) {
	if f.write != nil {
		return f.write(b)
	}
	return f.file.Write(b)
}

func (f *faulty) Truncate(size int64) error {
	if f.truncate != nil {
		return f.truncate(size)
	}
	return f.file.Truncate(size)
}

func (f *faulty) Sync() error {
	if f.sync != nil {
		return f.sync()
	}
	return f.file.Sync()
}

func openFaulty(t *testing.T, dir string, d Durability) (*Journal, *faulty) {
	t.Helper()
	f := &faulty{}
	return open(t, dir, Options{Durability: d, create: func(path string) (file, error) {
		var err error
		f.file, err = openFile(path)
		return f, err
	}}), f
}

func TestFullDiskFailsTheJournalAndLosesNothingConfirmed(t *testing.T) {
	dir := t.TempDir()
	j, f := openFaulty(t, dir, Power)
	add(t, j, "a", "b")
	f.write = func(b []byte) (int, error) {
		n, _ := f.file.Write(b[:len(b)/2])
		return n, syscall.ENOSPC
	}
	if _, err := j.Append(&Event{ID: "c"}); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("append on a full disk: %v", err)
	}
	f.write = nil // room again, but the journal must not go on over the gap
	for range 2 {
		if _, err := j.Append(&Event{ID: "d"}); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "restarted") {
			t.Errorf("append to a failed journal: %v", err)
		}
	}
	if err := j.Sync(t.Context(), 3); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("sync of a failed journal: %v", err)
	}
	if err := j.Err(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Err = %v", err)
	}
	if err := j.Close(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("closing a failed journal: %v", err)
	}
	j = open(t, dir, Options{})
	add(t, j, "e")
	equal(t, ids(t, dir, 1), "a", "b", "e")
}

// On a disk that turned read-only nothing can be written, nor taken back.
func TestReadOnlyDiskFailsTheJournalAndLosesNothingConfirmed(t *testing.T) {
	dir := t.TempDir()
	j, f := openFaulty(t, dir, Power)
	add(t, j, "a")
	f.write = func([]byte) (int, error) { return 0, syscall.EROFS }
	f.sync, f.truncate = func() error { return syscall.EROFS }, func(int64) error { return syscall.EROFS }
	for _, id := range []string{"b", "c"} {
		if _, err := j.Append(&Event{ID: id}); !errors.Is(err, syscall.EROFS) {
			t.Errorf("append on a read-only disk: %v", err)
		}
	}
	if err := j.Err(); !errors.Is(err, syscall.EROFS) {
		t.Errorf("Err = %v", err)
	}
	_ = j.Close() // what cannot be synced was not confirmed
	j = open(t, dir, Options{})
	add(t, j, "d")
	equal(t, ids(t, dir, 1), "a", "d")
}

func TestFailedSyncIsNeverRetried(t *testing.T) {
	j, f := openFaulty(t, t.TempDir(), Power)
	seq := add(t, j, "a")
	f.sync = func() error { return syscall.EIO }
	if err := j.Sync(t.Context(), seq); !errors.Is(err, syscall.EIO) {
		t.Fatalf("sync: %v", err)
	}
	f.sync = nil
	if err := j.Sync(t.Context(), seq); !errors.Is(err, syscall.EIO) {
		t.Errorf("second sync: %v", err)
	}
	if _, err := j.Append(&Event{}); !errors.Is(err, syscall.EIO) {
		t.Errorf("append: %v", err)
	}
}

func TestFailedRotationFailsTheJournal(t *testing.T) {
	dir := t.TempDir()
	n := 0
	j := open(t, dir, Options{SegmentSize: 100, create: func(path string) (file, error) {
		if n++; n > 1 {
			return nil, fs.ErrPermission
		}
		return openFile(path)
	}})
	add(t, j, "a")
	if _, err := j.Append(&Event{ID: "b"}); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("append: %v", err)
	}
	equal(t, ids(t, dir, 1), "a")
}

func TestSyncsShareOneFsyncAndObeyTheirContext(t *testing.T) {
	j, f := openFaulty(t, t.TempDir(), Power)
	seq := add(t, j, "a", "b", "c")
	running, release := make(chan struct{}), make(chan struct{})
	var calls int // only the syncer writes it, one at a time
	f.sync = func() error {
		if calls++; calls == 1 {
			close(running)
		}
		<-release
		return nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() { first <- j.Sync(ctx, 1) }()
	<-running
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("sync whose caller left: %v", err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := j.Sync(t.Context(), seq); err != nil {
				t.Errorf("sync: %v", err)
			}
		})
	}
	close(release)
	wg.Wait()
	if calls > 9 {
		t.Errorf("%d fsyncs for 9 waits", calls)
	}
	shut(t, j)
}

func TestProcessDurabilityDoesNotSync(t *testing.T) {
	j, f := openFaulty(t, t.TempDir(), Process)
	seq := add(t, j, "a")
	f.sync = func() error { return errors.New("fsync was called") }
	if err := j.Sync(t.Context(), seq); err != nil {
		t.Errorf("sync: %v", err)
	}
	f.sync = nil
}

func TestOversizedEventIsRefused(t *testing.T) {
	j := open(t, t.TempDir(), Options{})
	if _, err := j.Append(&Event{ID: "big", Message: strings.Repeat("x", maxPayload)}); err == nil || !strings.Contains(err.Error(), "call big") {
		t.Errorf("append: %v", err)
	}
	add(t, j, "next") // the journal is well
}

func BenchmarkAppend(b *testing.B) {
	for _, d := range []Durability{Process, Power} {
		name := map[Durability]string{Process: "process", Power: "power"}[d]
		for _, parallel := range []int{1, 32} {
			b.Run(fmt.Sprintf("%s/%d", name, parallel), func(b *testing.B) {
				j, err := Open(b.TempDir(), Options{Durability: d})
				if err != nil {
					b.Fatal(err)
				}
				defer j.Close()
				before := cpu(b)
				b.SetParallelism(parallel)
				b.RunParallel(func(pb *testing.PB) {
					e := sample()
					for pb.Next() {
						seq, err := j.Append(e)
						if err == nil {
							err = j.Sync(b.Context(), seq)
						}
						if err != nil {
							b.Error(err)
							return
						}
					}
				})
				b.ReportMetric(float64(cpu(b)-before)/float64(b.N), "cpu-ns/op")
			})
		}
	}
}

func cpu(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return syscall.TimevalToNsec(u.Utime) + syscall.TimevalToNsec(u.Stime)
}
