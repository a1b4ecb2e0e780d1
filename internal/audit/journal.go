package audit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// ErrClosed is what appending to a closed journal returns.
var ErrClosed = errors.New("the journal is closed")

// DefaultSegmentSize is how large a segment grows before the next one is begun.
const DefaultSegmentSize = 64 << 20

// Durability says what an event that was synced survives.
type Durability int

const (
	// Power waits for the disk: events survive a loss of power.
	Power Durability = iota
	// Process waits for the kernel: events survive the end of the process,
	// however sudden, but not of the machine.
	Process
)

// Options are the settings of a journal. The zero value is usable.
type Options struct {
	Durability  Durability
	SegmentSize int64            // bytes; 0 means DefaultSegmentSize
	Now         func() time.Time // the clock; nil means time.Now

	create func(path string) (file, error) // for tests of failing disks
}

// Journal is the append-only record of all calls on this node. It is safe for
// concurrent use.
//
// A write or sync that fails leaves the journal failed: from then on nothing is
// written and every Append and Sync returns the first error, so that no call
// goes unrecorded. Opening it again, when the disk is well, goes on behind the
// last whole record.
type Journal struct {
	dir  string
	opt  Options
	lock *os.File
	torn Torn

	mu   sync.Mutex // guards what is gathered and not yet taken by a writer
	buf  []byte
	next Head  // the last record in buf, or written
	err  error // the first failure
	shut bool

	w      writer
	sync   syncer
	recent recent
}

// Open opens or begins the journal in the folder "journal" of the data folder
// dir and cuts what a crash left torn at its end; see [Journal.Torn]. It fails
// when another process has it open, and with a *[DamageError] when the end of
// the journal is damaged in a way that no crash explains.
func Open(dir string, opt Options) (*Journal, error) {
	if opt.SegmentSize == 0 {
		opt.SegmentSize = DefaultSegmentSize
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.create == nil {
		opt.create = openFile
	}
	if err := os.MkdirAll(folder(dir), 0o700); err != nil {
		return nil, fmt.Errorf("making the journal's folder: %w", err)
	}
	lock, err := lock(folder(dir))
	if err != nil {
		return nil, err
	}
	j := &Journal{dir: dir, opt: opt, lock: lock}
	if err := j.start(); err != nil {
		lock.Close()
		return nil, err
	}
	return j, nil
}

// start finds the end of the journal and begins to write there.
func (j *Journal) start() error {
	t, err := recoverTail(j.dir)
	if err != nil {
		return err
	}
	j.torn, j.next = t.torn, t.head
	j.w = writer{j: j, head: t.head, size: t.size}
	if t.path == "" {
		err = j.w.rotate(Head{})
	} else {
		j.w.file, err = j.opt.create(t.path)
	}
	if err != nil {
		return err
	}
	j.sync.start(j)
	return nil
}

// Torn returns what was cut when the journal was opened.
func (j *Journal) Torn() Torn { return j.torn }

// Append writes e and returns its sequence number, which starts at 1. When it
// returns without error, e survives the end of this process; see [Journal.Sync]
// for the rest. Appends that meet share one write. It takes no context, because
// a call is recorded whether or not its client still waits. After an error e is
// not in the journal, unless the disk failed so that it could not be taken back.
func (j *Journal) Append(e *Event) (uint64, error) {
	payload, err := e.encode()
	if err != nil {
		return 0, err
	}
	if e.Denial != nil {
		return j.append(e.ID, payload, nil)
	}
	return j.append(e.ID, payload, e)
}

// append writes one record about a call, and keeps e for [Journal.Take] if it is
// not nil.
func (j *Journal) append(call string, payload []byte, e *Event) (uint64, error) {
	if len(payload) > maxPayload {
		return 0, fmt.Errorf("the record of call %s has %d bytes, more than a journal record can hold (%d)", call, len(payload), maxPayload)
	}
	j.mu.Lock()
	if err := j.refusal(); err != nil {
		j.mu.Unlock()
		return 0, err
	}
	j.buf, j.next.Hash = appendRecord(j.buf, j.next.Hash, payload)
	j.next.Seq++
	seq := j.next.Seq
	if e != nil {
		j.recent.put(seq, e) // before a reader of the journal can see the record
	}
	j.mu.Unlock()
	return seq, j.w.write(seq)
}

// Head returns the last record that was written. Noted outside of the machine,
// it lets [Verify] find a journal whose end was cut off.
func (j *Journal) Head() Head {
	j.w.mu.Lock()
	defer j.w.mu.Unlock()
	return j.w.head
}

// Err returns why the journal failed, or nil.
func (j *Journal) Err() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.err
}

// refusal returns why nothing more is accepted, or nil. The caller holds j.mu.
func (j *Journal) refusal() error {
	if j.err == nil && j.shut {
		return ErrClosed
	}
	return j.err
}

// Sync waits until the record seq, which Append returned, is on the disk. All
// who wait share one fsync. In [Process] durability it returns at once. When
// ctx ends first its error is returned; the record stays in the journal.
func (j *Journal) Sync(ctx context.Context, seq uint64) error {
	if j.opt.Durability == Process {
		return nil
	}
	return j.sync.wait(ctx, seq)
}

// Close writes and syncs what is left and frees the journal. Appends that come
// later return [ErrClosed].
func (j *Journal) Close() error {
	j.mu.Lock()
	if j.shut {
		j.mu.Unlock()
		return nil
	}
	j.shut = true
	last := j.next.Seq
	j.mu.Unlock()

	err := j.w.write(last)
	if syncErr := j.sync.stop(); err == nil {
		err = syncErr
	}
	return errors.Join(err, j.w.file.Close(), j.lock.Close())
}

// fail makes the journal refuse everything from now on and returns why.
func (j *Journal) fail(doing string, cause error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err == nil {
		j.err = fmt.Errorf("the journal failed and accepts no more events until Hardpan is restarted: %s: %w", doing, cause)
	}
	return j.err
}
