package audit

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// Verify reads the whole journal in the data folder dir and checks every
// checksum and every link of the chain, from the first record that is kept on. It returns
// the journal's head, or a *[DamageError] that names the first record that was
// changed, removed, inserted or moved.
//
// Each of noted is a head that was written down earlier, outside of the
// machine: it must still be part of the chain. Without one, records cut off at
// the end and a chain that was recomputed as a whole cannot be found. One of
// before the segments that [Drop] left says nothing any more.
//
// A record that is cut off at the very end (a server that was killed, or one
// that is writing just now) is no damage and not counted.
func Verify(dir string, noted ...Head) (Head, error) {
	paths, err := segments(dir)
	if err != nil {
		return Head{}, err
	}
	v := verifier{noted: map[uint64]Hash{}}
	for _, n := range noted {
		v.noted[n.Seq] = n.Hash
	}
	if err := v.begin(dir, paths); err != nil {
		return v.head, err
	}
	for i, path := range paths {
		if err := v.segment(path, i == len(paths)-1); err != nil {
			return v.head, err
		}
	}
	for seq, hash := range v.noted {
		return v.head, fmt.Errorf("journal damaged: it ends at record %d, but record %d with hash %s was noted", v.head.Seq, seq, hash)
	}
	return v.head, nil
}

// begin goes to where the chain begins: to record 1, or where Drop noted that it
// does now. A segment that Drop was about to remove leads up to that.
func (v *verifier) begin(dir string, paths []string) error {
	start, err := notedStart(dir)
	if err != nil {
		return err
	}
	if start.Seq > 0 && len(paths) > 0 && firstOf(paths[0]) > 1 {
		first, err := readHeader(paths[0])
		if err != nil {
			return err
		}
		if first.before.Seq == start.Seq && first.before.Hash != start.Hash || first.before.Seq > start.Seq {
			return &DamageError{paths[0], 0, first.before.Seq + 1, fmt.Errorf("the segment does not follow record %d, the last of those that were removed for their age", start.Seq)}
		}
		v.head = first.before
	}
	if start.Seq > 0 {
		v.noted[start.Seq] = start.Hash
	}
	for seq := range v.noted {
		if seq <= v.head.Seq {
			delete(v.noted, seq)
		}
	}
	return nil
}

type verifier struct {
	head  Head
	noted map[uint64]Hash // not met yet
	buf   []byte
}

func (v *verifier) segment(path string, last bool) error {
	s, err := openSegment(path)
	if err != nil {
		if last && errors.Is(err, errShort) {
			return nil
		}
		return err
	}
	defer s.Close()
	if s.before != v.head {
		return &DamageError{path, 0, s.before.Seq + 1, fmt.Errorf("the segment does not follow record %d: what lies between is missing or was changed", v.head.Seq)}
	}
	for {
		offset := s.offset
		rec, err := s.next()
		switch {
		case errors.Is(err, io.EOF), last && errors.Is(err, errShort):
			return nil
		case err != nil:
			return s.damage(err)
		}
		if err := v.record(rec); err != nil {
			return &DamageError{path, offset, rec.Seq, err}
		}
	}
}

// record checks the link of one record and returns what is wrong with it.
func (v *verifier) record(rec *Record) error {
	v.buf = append(append(v.buf[:0], v.head.Hash[:]...), rec.Payload...)
	if sha256.Sum256(v.buf) != rec.Hash {
		return errors.New("the chain is broken: this record or one before it was changed, removed or moved")
	}
	v.head = Head{rec.Seq, rec.Hash}
	if want, ok := v.noted[rec.Seq]; ok && want != rec.Hash {
		return fmt.Errorf("its hash is %s, but %s was noted: the journal was written anew", rec.Hash, want)
	}
	delete(v.noted, rec.Seq)
	return nil
}
