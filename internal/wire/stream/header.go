package stream

import (
	"encoding/binary"
	"fmt"
)

// The types of header values, and how many bytes each takes. A string or blob
// says its own length.
const (
	blobValue   = 6
	stringValue = 7
)

var valueSize = [...]int{0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, blobValue: -1, stringValue: -1, 8: 8, 9: 16}

// readHeaders keeps the two headers that say what the frame is.
func (f *Frame) readHeaders(b []byte) error {
	for len(b) > 0 {
		name, kind, value, rest, ok := nextHeader(b)
		if !ok {
			return fmt.Errorf("%w: a header is cut short", ErrMalformed)
		}
		if kind == stringValue {
			switch string(name) {
			case ":message-type":
				f.Message = known(value)
			case ":event-type", ":exception-type":
				f.Type = known(value)
			}
		}
		b = rest
	}
	return nil
}

func nextHeader(b []byte) (name []byte, kind byte, value, rest []byte, ok bool) {
	n := int(b[0])
	if n == 0 || len(b) < 1+n+1 {
		return nil, 0, nil, nil, false
	}
	name, kind, b = b[1:1+n], b[1+n], b[2+n:]
	if int(kind) >= len(valueSize) {
		return nil, 0, nil, nil, false
	}
	size := valueSize[kind]
	if size < 0 {
		if len(b) < 2 {
			return nil, 0, nil, nil, false
		}
		size, b = int(binary.BigEndian.Uint16(b)), b[2:]
	}
	if len(b) < size {
		return nil, 0, nil, nil, false
	}
	return name, kind, b[:size], b[size:], true
}

// known spares the allocation for the names that nearly every frame has.
func known(name []byte) string {
	switch string(name) {
	case "event":
		return "event"
	case "exception":
		return "exception"
	case "chunk":
		return "chunk"
	case "contentBlockDelta":
		return "contentBlockDelta"
	case "metadata":
		return "metadata"
	}
	return string(name)
}
