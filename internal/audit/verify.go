package audit

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// Verify reads the whole journal in the data folder dir and checks every
// checksum and every link of the chain, from the first record on. It returns
// the journal's head, or a *[DamageError] that names the first record that was
// changed, removed, inserted or moved.
//
// Each of noted is a head that was written down earlier, outside of the
// machine: it must still be part of the chain. Without one, records cut off at
// the end and a chain that was recomputed as a whole cannot be found.
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
	delete(v.noted, 0)
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
