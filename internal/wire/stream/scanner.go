package stream

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// The limits of a frame, which are the protocol's.
const (
	MaxPayload = 16 << 20  // bytes
	maxHeaders = 128 << 10 // bytes
	prelude    = 12        // bytes: total length, header length, checksum
	trailer    = 4         // bytes: checksum
	maxFrame   = prelude + maxHeaders + MaxPayload + trailer
)

// ErrMalformed says that the bytes are not an event stream.
var ErrMalformed = errors.New("malformed event stream")

// Frame is one whole frame that passed by.
type Frame struct {
	Message string // ":message-type": "event", "exception" or "error"
	Type    string // ":event-type" or ":exception-type", e.g. "metadata"
	Payload []byte // valid only while it is visited
}

// Scanner finds the frames in the bytes that are written to it. A frame that
// lies within one write is not copied; one that does not is put together in a
// buffer of at most the size of a frame. A Scanner is for one stream and one
// goroutine.
type Scanner struct {
	visit func(Frame)
	part  []byte // the beginning of a frame
	whole int64  // bytes
	err   error
}

// NewScanner returns a scanner that calls visit for every whole frame.
func NewScanner(visit func(Frame)) *Scanner { return &Scanner{visit: visit} }

// Write takes the next bytes. It never fails, since what passes by must pass:
// after malformed bytes the scanner finds nothing more, and Err says why.
func (s *Scanner) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 && s.err == nil {
		if len(s.part) > 0 {
			p = s.complete(p)
			continue
		}
		size, err := frameSize(p)
		if err != nil || size == 0 || size > len(p) {
			s.err = err
			s.part = append(s.part[:0], p...)
			break
		}
		s.frame(p[:size])
		p = p[size:]
	}
	if s.err != nil {
		s.part = nil
	}
	return n, nil
}

// complete adds to the frame that has begun, and returns what is left of p.
func (s *Scanner) complete(p []byte) []byte {
	want := prelude
	if len(s.part) >= prelude {
		want, s.err = frameSize(s.part)
		if s.err != nil {
			return nil
		}
	}
	take := min(want-len(s.part), len(p))
	s.part = append(s.part, p[:take]...)
	if len(s.part) < want {
		return nil
	}
	if want == prelude { // now the size can be read
		_, s.err = frameSize(s.part)
		return p[take:]
	}
	s.frame(s.part)
	s.part = s.part[:0]
	return p[take:]
}

// Err reports why the scanner gave up, or nil. It wraps [ErrMalformed].
func (s *Scanner) Err() error { return s.err }

// Whole reports whether the bytes so far end with a frame.
func (s *Scanner) Whole() bool { return s.err == nil && len(s.part) == 0 }

// Passed is how many bytes of whole, sound frames were written: what may be sent
// on before the rest is known.
func (s *Scanner) Passed() int64 { return s.whole }

// frameSize reads the length of the frame that b begins with; it is 0 as long
// as b is too short to tell.
func frameSize(b []byte) (int, error) {
	if len(b) < prelude {
		return 0, nil
	}
	total, headers := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	if crc32.ChecksumIEEE(b[:8]) != binary.BigEndian.Uint32(b[8:]) {
		return 0, fmt.Errorf("%w: the checksum of a prelude is wrong", ErrMalformed)
	}
	if total < prelude+trailer || total > maxFrame || headers > maxHeaders || headers > total-prelude-trailer {
		return 0, fmt.Errorf("%w: a frame of %d bytes with %d bytes of headers", ErrMalformed, total, headers)
	}
	return int(total), nil
}

// frame visits the whole frame b.
func (s *Scanner) frame(b []byte) {
	end := len(b) - trailer
	if crc32.ChecksumIEEE(b[:end]) != binary.BigEndian.Uint32(b[end:]) {
		s.err = fmt.Errorf("%w: the checksum of a frame is wrong", ErrMalformed)
		return
	}
	body := prelude + int(binary.BigEndian.Uint32(b[4:]))
	f := Frame{Payload: b[body:end:end]}
	if s.err = f.readHeaders(b[prelude:body]); s.err == nil {
		s.whole += int64(len(b))
		s.visit(f)
	}
}
