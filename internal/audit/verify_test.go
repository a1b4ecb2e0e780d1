package audit

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"slices"
	"strings"
	"testing"
)

// records cuts a segment into its header and its records.
func records(t *testing.T, b []byte) [][]byte {
	t.Helper()
	parts := [][]byte{b[:headerLen]}
	for b = b[headerLen:]; len(b) > 0; {
		_, payload, err := parseRecord(b)
		if err != nil {
			t.Fatal(err)
		}
		n := framingLen + len(payload)
		parts, b = append(parts, b[:n:n]), b[n:]
	}
	return parts
}

// forge replaces text in a record and mends its checksum, as one would who
// wants to hide it.
func forge(rec []byte, from, to string) []byte {
	rec = bytes.Replace(rec, []byte(from), []byte(to), 1)
	binary.BigEndian.PutUint32(rec, uint32(len(rec)-framingLen))
	binary.BigEndian.PutUint32(rec[4:], crc32.Checksum(rec[8:], castagnoli))
	return rec
}

// rechain computes the chain anew from record i on.
func rechain(parts [][]byte, i int) {
	prev := Hash(parts[i-1][8:framingLen])
	if i == 1 {
		prev = Hash{}
	}
	for ; i < len(parts); i++ {
		parts[i], prev = appendRecord(nil, prev, parts[i][framingLen:])
	}
}

func TestTamperingIsFound(t *testing.T) {
	src := t.TempDir()
	whole := read(t, write(t, src, "a", "b", "c", "d", "e"))
	noted, err := Verify(src)
	if err != nil || noted.Seq != 5 {
		t.Fatal(noted, err)
	}
	for name, c := range map[string]struct {
		change func(p [][]byte) [][]byte
		seq    uint64 // where it is found without a noted head; 0: only with one
	}{
		"bit flipped":     {func(p [][]byte) [][]byte { p[2][framingLen] ^= 1; return p }, 2},
		"changed":         {func(p [][]byte) [][]byte { p[3] = forge(p[3], `"c"`, `"x"`); return p }, 3},
		"made longer":     {func(p [][]byte) [][]byte { p[3] = forge(p[3], `"c"`, `"cc"`); return p }, 3},
		"removed":         {func(p [][]byte) [][]byte { return slices.Delete(p, 2, 3) }, 2},
		"first removed":   {func(p [][]byte) [][]byte { return slices.Delete(p, 1, 2) }, 1},
		"swapped":         {func(p [][]byte) [][]byte { p[2], p[3] = p[3], p[2]; return p }, 2},
		"repeated":        {func(p [][]byte) [][]byte { return slices.Insert(p, 2, p[1]) }, 2},
		"header changed":  {func(p [][]byte) [][]byte { p[0][20] ^= 1; return p }, 1},
		"end cut off":     {func(p [][]byte) [][]byte { return p[:4] }, 0},
		"chain rewritten": {func(p [][]byte) [][]byte { p[2] = forge(p[2], `"b"`, `"x"`); rechain(p, 2); return p }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			place(t, dir, slices.Concat(c.change(records(t, bytes.Clone(whole)))...))
			_, err := Verify(dir)
			var damage *DamageError
			if c.seq > 0 && (!errors.As(err, &damage) || damage.Seq != c.seq) {
				t.Errorf("verify: %v; want damage at record %d", err, c.seq)
			}
			if c.seq == 0 && err != nil {
				t.Fatalf("nothing can be seen without a noted head, but: %v", err)
			}
			if _, err := Verify(dir, noted); err == nil || !strings.Contains(err.Error(), "journal damaged") {
				t.Errorf("verify against the noted head: %v", err)
			}
		})
	}
}

func TestMissingSegmentIsFound(t *testing.T) {
	for drop := range 3 {
		dir := t.TempDir()
		j := open(t, dir, Options{SegmentSize: 200})
		for i := range 8 {
			add(t, j, fmt.Sprint("event-", i))
		}
		noted := j.Head()
		shut(t, j)
		paths, err := segments(dir)
		if err != nil || len(paths) < 4 {
			t.Fatal(paths, err)
		}
		if err := os.Remove(paths[drop]); err != nil {
			t.Fatal(err)
		}
		if _, err := Verify(dir); err == nil || !strings.Contains(err.Error(), "missing") {
			t.Errorf("segment %d removed: %v", drop, err)
		}
		if _, err := Verify(dir, noted); err == nil {
			t.Error("and the noted head is still found")
		}
	}
}

func TestEarlierHeadsAreStillThere(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, Options{})
	var noted []Head
	for i := range 5 {
		add(t, j, fmt.Sprint(i))
		noted = append(noted, j.Head())
	}
	if head, err := Verify(dir, noted...); err != nil || head != noted[4] {
		t.Errorf("verify = %v, %v", head, err)
	}
}
