package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
)

// DefaultRefill is how much of a journal's end is worth reading at start.
const DefaultRefill = 8 << 20

// Refill reads the last maxBytes of the journal in the data folder dir and
// keeps the denials found there. It is meant to run beside a server that is
// already serving: decisions that were added meanwhile stay, and nothing is
// taken twice. It returns how many it found.
func (v *Decisions) Refill(ctx context.Context, dir string, maxBytes int64) (int, error) {
	paths, err := segments(dir)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, path := range slices.Backward(paths) { // latest first
		if maxBytes <= 0 || ctx.Err() != nil {
			break
		}
		b, err := lastBytes(path, maxBytes)
		if err != nil {
			return n, err
		}
		maxBytes -= int64(len(b))
		found, err := v.refillFrom(ctx, b)
		n += found
		if err != nil {
			return n, fmt.Errorf("%s: %w", path, err)
		}
	}
	return n, ctx.Err()
}

// lastBytes reads at most n bytes from the end of a segment, without its header.
func lastBytes(path string, n int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening a segment of the journal: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("reading a segment of the journal: %w", err)
	}
	from := max(headerLen, info.Size()-n)
	b := make([]byte, max(0, info.Size()-from))
	if m, err := f.ReadAt(b, from); err != nil && err != io.EOF {
		return nil, fmt.Errorf("reading a segment of the journal: %w", err)
	} else {
		return b[:m], nil
	}
}

// refillFrom keeps the denials in b, which may begin and end inside of a record.
func (v *Decisions) refillFrom(ctx context.Context, b []byte) (int, error) {
	n := 0
	for payload := range payloads(b) {
		if ctx.Err() != nil {
			break
		}
		if !bytes.Contains(payload, []byte(`"denial":{`)) { // a string would have its quotes escaped
			continue
		}
		var e struct{ Denial *Decision }
		if err := json.Unmarshal(payload, &e); err != nil {
			return n, fmt.Errorf("decoding a denial of the journal: %w", err)
		}
		if e.Denial == nil {
			continue
		}
		if err := v.Add(e.Denial); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// payloads yields those of the whole records in b, up to its end or to what is
// being written just now.
func payloads(b []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		at := max(0, findRecord(b))
		for {
			_, payload, err := parseRecord(b[at:])
			if err != nil || !yield(payload) {
				return
			}
			at += framingLen + len(payload)
		}
	}
}
