package audit

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Follower reads a journal that is being written, record by record, and keeps
// its place at the end until there is more. It is for one goroutine.
type Follower struct {
	dir  string
	next uint64 // the record to be returned next
	s    *segmentReader
}

// Follow begins to read the journal in the data folder dir behind the record
// after: from the first that is kept, if that is younger.
func Follow(dir string, after uint64) *Follower {
	return &Follower{dir: dir, next: after + 1}
}

// Next returns the next record, or io.EOF when there is none yet: ask again
// later. Any other error stays: a *[DamageError], or one of reading. Checksums
// are checked, and that no record is missing; the chain is not.
func (f *Follower) Next() (*Record, error) {
	for {
		if f.s == nil {
			if err := f.open(); err != nil {
				return nil, err
			}
		}
		rec, err := f.s.next()
		switch {
		case err == nil && rec.Seq < f.next:
			continue
		case err == nil:
			f.next++
			return rec, nil
		case !errors.Is(err, io.EOF) && !errors.Is(err, errShort):
			return nil, f.s.damage(err)
		}
		if err := f.s.rewind(); err != nil {
			return nil, err
		}
		more, err := f.nextSegment()
		if err != nil || !more {
			return nil, err
		}
	}
}

// open opens the segment that holds the next record.
func (f *Follower) open() error {
	paths, err := segments(f.dir)
	if err != nil {
		return err
	}
	if len(paths) == 0 {
		return io.EOF
	}
	at := segmentOf(paths, f.next)
	s, err := openSegment(paths[at])
	if errors.Is(err, errShort) && at == len(paths)-1 {
		return io.EOF // it is being begun
	}
	if err != nil {
		return err
	}
	if first := s.before.Seq + 1; first > f.next {
		s.Close()
		return &DamageError{paths[at], 0, f.next, fmt.Errorf("records %d to %d are missing", f.next, first-1)}
	}
	f.s = s
	return nil
}

// nextSegment goes on to the segment that follows, if it has been begun. A
// record that is cut off here but has a segment behind it was never finished.
func (f *Follower) nextSegment() (more bool, err error) {
	path := f.s.path
	info, err := os.Stat(filepath.Join(folder(f.dir), segmentName(f.s.rec.Seq+1)))
	if errors.Is(err, os.ErrNotExist) || err == nil && f.s.offset == headerLen {
		return false, io.EOF
	}
	if err != nil {
		return false, fmt.Errorf("looking for the segment behind %s: %w", path, err)
	}
	if info.Size() < headerLen {
		return false, io.EOF // it is being begun
	}
	f.Close()
	return true, nil
}

// Close frees the file. A later Next opens it again.
func (f *Follower) Close() {
	if f.s != nil {
		f.s.Close()
		f.s = nil
	}
}

// rewind puts the reader back to where next begins, to be asked again when
// there is more.
func (s *segmentReader) rewind() error {
	if _, err := s.f.Seek(s.offset, io.SeekStart); err != nil {
		return fmt.Errorf("seeking in %s: %w", s.path, err)
	}
	s.r.Reset(s.f)
	return nil
}
