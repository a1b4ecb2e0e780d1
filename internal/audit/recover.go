package audit

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Torn is what a crash left at the end of a journal and what was cut off when
// it was opened. No append that was confirmed is ever in it, except those that
// [Journal.Sync] had not confirmed when the machine lost power.
type Torn struct {
	Segment string // path; "" when nothing was cut
	Offset  int64
	Bytes   int64
}

// tail is the last segment of a journal, ready to be written on.
type tail struct {
	path string // "" in an empty journal
	size int64
	head Head
	torn Torn
}

// recoverTail finds the end of the journal in dir and cuts what is torn there.
func recoverTail(dir string) (tail, error) {
	paths, err := segments(dir)
	if err != nil || len(paths) == 0 {
		return tail{}, err
	}
	path := paths[len(paths)-1]
	size, head, err := scanSegment(path)
	if errors.Is(err, errShort) && size == 0 {
		return dropTornSegment(dir, path)
	}
	if err != nil {
		return tail{}, err
	}
	t := tail{path: path, size: size, head: head}
	t.torn, err = cutTail(path, size, head.Seq+1)
	return t, err
}

// scanSegment returns where the whole records of a segment end, and the last
// of them.
func scanSegment(path string) (size int64, head Head, err error) {
	s, err := openSegment(path)
	if err != nil {
		return 0, Head{}, err
	}
	defer s.Close()
	for {
		_, err := s.next()
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, errShort), errors.Is(err, errCRC), errors.Is(err, errLen):
			return s.offset, Head{s.rec.Seq, s.rec.Hash}, nil
		case err != nil:
			return 0, Head{}, s.damage(err)
		}
	}
}

// cutTail truncates the segment to size. Where a whole record follows what is
// unreadable, that is no torn write but damage: cutting it would lose events,
// so it is refused.
func cutTail(path string, size int64, next uint64) (Torn, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return Torn{}, fmt.Errorf("opening the journal's last segment: %w", err)
	}
	defer f.Close()
	if _, err := f.Seek(size, io.SeekStart); err != nil {
		return Torn{}, fmt.Errorf("seeking in %s: %w", path, err)
	}
	rest, err := io.ReadAll(f)
	if err != nil {
		return Torn{}, fmt.Errorf("reading %s: %w", path, err)
	}
	if len(rest) == 0 {
		return Torn{}, nil
	}
	if at := findRecord(rest); at >= 0 {
		return Torn{}, &DamageError{path, size, next, fmt.Errorf(
			"%d unreadable bytes with whole records after them; restore the segment, or move the journal folder away to begin a new chain", at)}
	}
	if err := f.Truncate(size); err != nil {
		return Torn{}, fmt.Errorf("cutting the torn end of %s: %w", path, err)
	}
	return Torn{path, size, int64(len(rest))}, f.Sync()
}

// dropTornSegment removes a segment whose header was never wholly written: the
// crash came while it was begun, so there is no record in it.
func dropTornSegment(dir, path string) (tail, error) {
	info, err := os.Stat(path)
	if err != nil {
		return tail{}, fmt.Errorf("reading the journal's last segment: %w", err)
	}
	if err := os.Remove(path); err != nil {
		return tail{}, fmt.Errorf("removing a segment without header: %w", err)
	}
	t, err := recoverTail(dir)
	if t.torn.Bytes == 0 {
		t.torn = Torn{Segment: path, Bytes: info.Size()}
	}
	return t, err
}
