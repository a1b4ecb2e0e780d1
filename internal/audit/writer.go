package audit

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// file is what the journal needs of the segment it writes.
type file interface {
	Write(b []byte) (int, error)
	Sync() error
	Truncate(size int64) error
	Close() error
}

func openFile(path string) (file, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening a segment of the journal: %w", err)
	}
	return f, nil
}

// writer moves gathered records to the segment. Whoever gets its lock first
// writes for all who gathered until then; the others find their record written.
type writer struct {
	j     *Journal
	mu    sync.Mutex
	head  Head  // the last record written
	size  int64 // of the segment
	spare []byte

	// fileMu keeps the syncer from a file that a rotation is about to close.
	fileMu sync.Mutex
	file   file
}

// write returns when the record seq was written.
func (w *writer) write(seq uint64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.head.Seq >= seq {
		return nil
	}
	w.j.mu.Lock()
	if err := w.j.err; err != nil {
		w.j.mu.Unlock()
		return err
	}
	buf, last := w.j.buf, w.j.next
	w.j.buf = w.spare[:0]
	w.j.mu.Unlock()
	w.spare = keep(buf)

	if w.size+int64(len(buf)) > w.j.opt.SegmentSize && w.size > headerLen {
		if err := w.rotate(w.head); err != nil {
			return w.j.fail("beginning a new segment", err)
		}
	}
	if _, err := w.file.Write(buf); err != nil {
		// Best effort: whoever waits for these records gets an error, so they
		// had better not be there.
		_ = w.file.Truncate(w.size)
		return w.j.fail("writing", err)
	}
	w.size += int64(len(buf))
	w.head = last
	return nil
}

// keep returns buf for the next round, unless one burst made it large.
func keep(buf []byte) []byte {
	if cap(buf) > 1<<20 {
		return nil
	}
	return buf
}

// rotate begins the segment that follows before. The one that is left is
// synced first, so that the syncer has only one file to care for.
func (w *writer) rotate(before Head) error {
	w.fileMu.Lock()
	defer w.fileMu.Unlock()
	if w.file != nil {
		if err := w.file.Sync(); err != nil {
			return fmt.Errorf("syncing the full segment: %w", err)
		}
	}
	f, err := w.j.opt.create(filepath.Join(folder(w.j.dir), segmentName(before.Seq+1)))
	if err != nil {
		return err
	}
	b := header{before, w.j.opt.Now()}.append(nil)
	if _, err := f.Write(b); err != nil {
		_ = f.Close()
		return fmt.Errorf("writing a segment's header: %w", err)
	}
	if err := f.Sync(); err != nil {
		_ = f.Close()
		return fmt.Errorf("syncing a segment's header: %w", err)
	}
	if err := syncFolder(folder(w.j.dir)); err != nil {
		_ = f.Close()
		return err
	}
	if w.file != nil {
		_ = w.file.Close() // it is synced; nothing can be lost any more
	}
	w.file, w.size = f, int64(len(b))
	return nil
}

// syncFolder makes the name of a new segment survive a loss of power.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("opening the journal's folder: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("syncing the journal's folder: %w", err)
	}
	return nil
}
