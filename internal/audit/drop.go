package audit

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// startFile says where the chain begins since old segments were removed.
const startFile = "start.json"

// chainStart is what is left of the segments that were removed: the last record in
// them.
type chainStart struct {
	Seq  uint64 `json:"seq"`
	Hash string `json:"hash"` // hexadecimal
}

// Drop removes the segments of the journal in the data folder dir that hold no
// record behind upTo and were finished before the given time, oldest first, and
// returns how many. The last one always stays. Where the chain goes on is noted
// before a segment is removed, so that [Verify] knows that nothing else is
// missing; records of before cannot be verified any more.
func Drop(dir string, upTo uint64, before time.Time) (int, error) {
	paths, err := segments(dir)
	if err != nil {
		return 0, err
	}
	for i := range len(paths) - 1 {
		next, err := readHeader(paths[i+1])
		if errors.Is(err, errShort) { // it is being begun
			return i, nil
		}
		if err != nil {
			return i, err
		}
		if next.before.Seq > upTo || !next.created.Before(before) {
			return i, nil
		}
		if err := noteStart(dir, next.before); err != nil {
			return i, err
		}
		if err := os.Remove(paths[i]); err != nil {
			return i, fmt.Errorf("removing an old segment of the journal: %w", err)
		}
	}
	return max(0, len(paths)-1), nil
}

// readHeader reads the header of one segment.
func readHeader(path string) (header, error) {
	s, err := openSegment(path)
	if err != nil {
		return header{}, err
	}
	s.Close()
	return s.header, nil
}

// noteStart makes it durable that the chain begins behind h.
func noteStart(dir string, h Head) error {
	text, err := json.Marshal(chainStart{h.Seq, h.Hash.String()})
	if err != nil {
		return fmt.Errorf("noting where the journal begins: %w", err)
	}
	if err := replaceFile(folder(dir), startFile, append(text, '\n')); err != nil {
		return fmt.Errorf("noting where the journal begins: %w", err)
	}
	return nil
}

// notedStart returns where the chain begins, the zero Head if nothing was removed.
func notedStart(dir string) (Head, error) {
	path := filepath.Join(folder(dir), startFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return Head{}, nil
	}
	if err != nil {
		return Head{}, fmt.Errorf("reading where the journal begins: %w", err)
	}
	var s chainStart
	if err := json.Unmarshal(text, &s); err != nil {
		return Head{}, fmt.Errorf("reading where the journal begins: %s: %w", path, err)
	}
	hash, err := hex.DecodeString(s.Hash)
	if err != nil || len(hash) != len(Hash{}) || s.Seq == 0 {
		return Head{}, fmt.Errorf("reading where the journal begins: %s is damaged", path)
	}
	return Head{s.Seq, Hash(hash)}, nil
}

// firstOf reads from a segment's name which record it begins with.
func firstOf(path string) uint64 {
	n, _ := strconv.ParseUint(strings.TrimSuffix(filepath.Base(path), suffix), 10, 64)
	return n
}

// HashOf returns the hash of one record of the journal in the data folder dir,
// also of the last one before those that are kept.
func HashOf(dir string, seq uint64) (Hash, error) {
	paths, err := segments(dir)
	if err != nil {
		return Hash{}, err
	}
	if len(paths) > 0 && firstOf(paths[0]) == seq+1 {
		h, err := readHeader(paths[0])
		return h.before.Hash, err
	}
	f := Follow(dir, seq-1)
	defer f.Close()
	rec, err := f.Next()
	if err != nil {
		return Hash{}, fmt.Errorf("reading record %d of the journal: %w", seq, err)
	}
	return rec.Hash, nil
}
