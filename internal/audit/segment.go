package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Layout of a segment; see the package comment.
const (
	magic      = "HPJRNL1\n"
	headerLen  = 8 + 8 + 32 + 8 + 4
	framingLen = 4 + 4 + 32 // of a record, before its payload
	minPayload = 2          // "{}"
	maxPayload = 16 << 20   // far above any event; what claims more is damage
	suffix     = ".journal"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Hash is a link of the chain.
type Hash [sha256.Size]byte

// String returns h as 64 hexadecimal digits.
func (h Hash) String() string { return fmt.Sprintf("%x", h[:]) }

// Head is the end of a journal, or a place in it that was noted earlier.
type Head struct {
	Seq  uint64 // sequence number of the record; 0 before the first
	Hash Hash
}

// header is the start of a segment.
type header struct {
	before  Head // the record before the segment's first
	created time.Time
}

func (h header) append(b []byte) []byte {
	start := len(b)
	b = append(b, magic...)
	b = binary.BigEndian.AppendUint64(b, h.before.Seq+1)
	b = append(b, h.before.Hash[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(h.created.UnixMicro()))
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b[start:], castagnoli))
}

func parseHeader(b []byte) (header, error) {
	if len(b) < headerLen {
		return header{}, errShort
	}
	end := headerLen - 4
	first := binary.BigEndian.Uint64(b[8:])
	if string(b[:8]) != magic || first == 0 || binary.BigEndian.Uint32(b[end:]) != crc32.Checksum(b[:end], castagnoli) {
		return header{}, errors.New("the segment's header is damaged")
	}
	h := header{before: Head{Seq: first - 1}, created: time.UnixMicro(int64(binary.BigEndian.Uint64(b[48:])))}
	copy(h.before.Hash[:], b[16:])
	return h, nil
}

// appendRecord appends the record of payload that follows prev, and returns its hash.
func appendRecord(b []byte, prev Hash, payload []byte) ([]byte, Hash) {
	start := len(b)
	b = binary.BigEndian.AppendUint32(b, uint32(len(payload)))
	b = append(b, 0, 0, 0, 0)
	b = append(b, prev[:]...) // lies before the payload just to be hashed with it
	b = append(b, payload...)
	sealed := b[start+8:]
	hash := Hash(sha256.Sum256(sealed))
	copy(sealed, hash[:])
	binary.BigEndian.PutUint32(b[start+4:], crc32.Checksum(sealed, castagnoli))
	return b, hash
}

var (
	errShort = errors.New("the record is cut off")
	errCRC   = errors.New("the record's checksum is wrong")
	errLen   = errors.New("the record's length is impossible")
)

// payloadLen reads the length of the record whose framing is b.
func payloadLen(b []byte) (int, error) {
	n := binary.BigEndian.Uint32(b)
	if n < minPayload || n > maxPayload {
		return 0, errLen
	}
	return int(n), nil
}

// parseRecord reads the record at the start of b; the payload is part of b.
func parseRecord(b []byte) (hash Hash, payload []byte, err error) {
	if len(b) < framingLen {
		return hash, nil, errShort
	}
	n, err := payloadLen(b)
	if err != nil {
		return hash, nil, err
	}
	if len(b) < framingLen+n {
		return hash, nil, errShort
	}
	if binary.BigEndian.Uint32(b[4:]) != crc32.Checksum(b[8:framingLen+n], castagnoli) {
		return hash, nil, errCRC
	}
	return Hash(b[8:framingLen]), b[framingLen : framingLen+n], nil
}

// findRecord returns the offset of the first whole record in b, or -1. Text in
// place of a length is a number far above maxPayload, so few offsets are tried.
func findRecord(b []byte) int {
	for i := range b {
		if _, _, err := parseRecord(b[i:]); err == nil {
			return i
		}
	}
	return -1
}

// folder is where the journal of a data folder lies.
func folder(dir string) string { return filepath.Join(dir, "journal") }

func segmentName(first uint64) string { return fmt.Sprintf("%020d%s", first, suffix) }

// segments lists the paths of a journal's segments in order.
func segments(dir string) ([]string, error) {
	entries, err := os.ReadDir(folder(dir))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("listing the journal: %w", err)
	}
	var paths []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), suffix) {
			paths = append(paths, filepath.Join(folder(dir), e.Name()))
		}
	}
	slices.Sort(paths) // names are zero-padded
	return paths, nil
}

// DamageError says where a journal is not as it was written.
type DamageError struct {
	Segment string // path
	Offset  int64  // of the record in it, bytes
	Seq     uint64 // the record that should be there
	Cause   error
}

func (e *DamageError) Error() string {
	return fmt.Sprintf("journal damaged: record %d (%s, offset %d): %v", e.Seq, e.Segment, e.Offset, e.Cause)
}

// Unwrap returns what is wrong.
func (e *DamageError) Unwrap() error { return e.Cause }
