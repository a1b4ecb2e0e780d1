package upstream

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// maxEvent bounds one server-sent event, in bytes. The largest that models
// send hold a tool's whole input.
const maxEvent = 4 << 20

var errEventSize = fmt.Errorf("a server-sent event is larger than %d bytes", maxEvent)

// sse reads server-sent events (WHATWG HTML, "Interpreting an event stream").
// Only the data of events is of use here: both protocols name the event's type
// within it.
type sse struct {
	r    *bufio.Reader
	line []byte // the beginning of a line that is longer than r's buffer
	data []byte
	some bool // data lines were seen
}

// newSSE takes a small buffer: there may be thousands of streams.
func newSSE(r io.Reader) *sse { return &sse{r: bufio.NewReaderSize(r, 4<<10)} }

// next returns the data of the next event; it is valid until the next call. An
// event that the end of the stream cuts is not returned.
func (s *sse) next() ([]byte, error) {
	if cap(s.data) > keptFrames {
		s.data = nil
	}
	s.data, s.some = s.data[:0], false
	for {
		line, err := s.readLine()
		if err != nil {
			if errors.Is(err, io.EOF) && s.some && len(s.line) == 0 {
				s.some = false // its last line was whole; only the empty one is missing
				return s.data, nil
			}
			return nil, err
		}
		if len(line) == 0 {
			if s.some {
				return s.data, nil
			}
			continue
		}
		if value, ok := bytes.CutPrefix(line, []byte("data:")); ok {
			if s.some {
				s.data = append(s.data, '\n')
			}
			s.some = true
			s.data = append(s.data, bytes.TrimPrefix(value, []byte(" "))...)
			if len(s.data) > maxEvent {
				return nil, errEventSize
			}
		}
	}
}

// readLine returns a line without its end. What is there of a line that the
// stream's end cuts stays in s.line.
func (s *sse) readLine() ([]byte, error) {
	if cap(s.line) > keptFrames {
		s.line = nil
	}
	s.line = s.line[:0]
	for {
		part, err := s.r.ReadSlice('\n')
		if err == nil && len(s.line) == 0 {
			return bytes.TrimRight(part, "\r\n"), nil
		}
		s.line = append(s.line, part...)
		switch {
		case err == nil:
			line := bytes.TrimRight(s.line, "\r\n")
			s.line = s.line[:0]
			return line, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		case len(s.line) > maxEvent:
			return nil, errEventSize
		}
	}
}

// ready reports whether a whole event lies in the buffer already.
func (s *sse) ready() bool {
	b, _ := s.r.Peek(s.r.Buffered())
	return bytes.Contains(b, []byte("\n\n")) || bytes.Contains(b, []byte("\n\r\n"))
}
