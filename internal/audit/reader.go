package audit

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
)

// Record is one event or reservation as it lies in the journal.
type Record struct {
	Seq     uint64
	Hash    Hash   // of this record
	Prev    Hash   // of the record before
	Payload []byte // JSON of what [Record.Kind] says; valid until the next record is read
}

// Event decodes a record of kind [EventRecord].
func (r *Record) Event() (*Event, error) {
	var e Event
	if err := json.Unmarshal(r.Payload, &e); err != nil {
		return nil, fmt.Errorf("decoding event %d of the journal: %w", r.Seq, err)
	}
	return &e, nil
}

// Read yields the records of the journal in the data folder dir from sequence
// number from on, in order, up to what was written when it gets there. The
// journal may be open for writing meanwhile: a record that is cut off at its
// very end is not yet there. Anything else that is wrong ends the iteration
// with an error, mostly a *[DamageError]. Checksums are checked, the chain is
// not; see [Verify].
func Read(dir string, from uint64) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		paths, err := segments(dir)
		if err != nil {
			yield(nil, err)
			return
		}
		paths = paths[segmentOf(paths, from):]
		for i, path := range paths {
			if !readSegment(path, from, i == len(paths)-1, yield) {
				return
			}
		}
	}
}

// segmentOf returns the index of the segment that holds record seq.
func segmentOf(paths []string, seq uint64) int {
	at := 0
	for i, p := range paths {
		if i > 0 && filepath.Base(p) <= segmentName(seq) {
			at = i
		}
	}
	return at
}

// readSegment yields the records of one segment and reports whether to go on.
// Only the last segment may end with a record that is cut off.
func readSegment(path string, from uint64, last bool, yield func(*Record, error) bool) bool {
	s, err := openSegment(path)
	if err != nil {
		if last && errors.Is(err, errShort) {
			return false
		}
		return yield(nil, err) && false
	}
	defer s.Close()
	for {
		rec, err := s.next()
		switch {
		case errors.Is(err, io.EOF):
			return true
		case err != nil && last && errors.Is(err, errShort):
			return false
		case err != nil:
			yield(nil, s.damage(err))
			return false
		case rec.Seq >= from && !yield(rec, nil):
			return false
		}
	}
}

// segmentReader reads the records of one segment.
type segmentReader struct {
	header
	path   string
	f      *os.File
	r      *bufio.Reader
	offset int64 // of the record that next returns next
	rec    Record
	buf    []byte
}

// openSegment opens a segment and reads its header.
func openSegment(path string) (*segmentReader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening a segment of the journal: %w", err)
	}
	s := &segmentReader{path: path, f: f, r: bufio.NewReaderSize(f, 256<<10), offset: headerLen}
	b := make([]byte, headerLen)
	n, err := io.ReadFull(s.r, b)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		f.Close()
		return nil, fmt.Errorf("reading a segment of the journal: %w", err)
	}
	s.header, err = parseHeader(b[:n])
	if err == nil && filepath.Base(path) != segmentName(s.before.Seq+1) {
		err = errors.New("the segment is not the one that its name says")
	}
	if err != nil {
		f.Close()
		return nil, &DamageError{path, 0, s.before.Seq + 1, err}
	}
	s.rec = Record{Seq: s.before.Seq, Hash: s.before.Hash}
	return s, nil
}

func (s *segmentReader) Close() error { return s.f.Close() }

// next returns the next record, io.EOF at the segment's end, or errShort,
// errLen or errCRC.
func (s *segmentReader) next() (*Record, error) {
	framing, err := s.r.Peek(framingLen)
	if errors.Is(err, io.EOF) && len(framing) == 0 {
		return nil, io.EOF
	} else if errors.Is(err, io.EOF) {
		return nil, errShort
	} else if err != nil {
		return nil, fmt.Errorf("reading: %w", err)
	}
	n, err := payloadLen(framing)
	if err != nil {
		return nil, err
	}
	if n += framingLen; cap(s.buf) < n {
		s.buf = make([]byte, n)
	}
	s.buf = s.buf[:n]
	if _, err := io.ReadFull(s.r, s.buf); errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, errShort
	} else if err != nil {
		return nil, fmt.Errorf("reading: %w", err)
	}
	hash, payload, err := parseRecord(s.buf)
	if err != nil {
		return nil, err
	}
	s.rec = Record{Seq: s.rec.Seq + 1, Hash: hash, Prev: s.rec.Hash, Payload: payload}
	s.offset += int64(n)
	return &s.rec, nil
}

// damage says where next met err.
func (s *segmentReader) damage(err error) error {
	return &DamageError{s.path, s.offset, s.rec.Seq + 1, err}
}
