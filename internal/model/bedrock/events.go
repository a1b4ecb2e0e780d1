package bedrock

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"

	"hardpan/internal/usage"
)

// Bounds of an event-stream frame (Smithy's specification: 128 KiB of headers,
// 16 MiB of payload).
const (
	preludeLen = 12
	minFrame   = preludeLen + 4
	maxFrame   = 17 << 20
)

// events is an event stream on its way through. Only whole frames are handed
// on, each as soon as it is there. A stream that upstream cuts ends with an
// exception frame of its own, so that no client takes it for complete.
type events struct {
	src       *source
	operation string

	buf        []byte // what was read: [from:whole] whole frames, [whole:] a part of one
	from       int
	whole      int
	err        error // met by src, and handed on after the last frame
	terminated bool  // the frame that ends the operation's stream was seen

	last   []byte // payload-bearing frame that may tell the usage
	tokens usage.Tokens
	known  bool
}

func newEvents(src *source, operation string) *events {
	return &events{src: src, operation: operation, buf: make([]byte, 0, 16<<10)}
}

func (e *events) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for e.from == e.whole {
		if e.err != nil {
			return 0, e.err
		}
		e.fill()
	}
	n := copy(p, e.buf[e.from:e.whole])
	e.from += n
	return n, nil
}

// Close ends the exchange with upstream.
func (e *events) Close() error { return e.src.Close() }

// fill reads once and finds what became whole.
func (e *events) fill() {
	e.buf = append(e.buf[:0], e.buf[e.from:]...)
	e.whole -= e.from
	e.from = 0
	e.buf = slices.Grow(e.buf, 4<<10)
	n, err := e.src.Read(e.buf[len(e.buf):cap(e.buf)])
	e.buf = e.buf[:len(e.buf)+n]
	if bad := e.scan(); bad != nil {
		err = bad
	}
	if err != nil {
		e.end(err)
	}
}

// scan moves whole over every complete frame.
func (e *events) scan() error {
	for {
		rest := e.buf[e.whole:]
		if len(rest) < preludeLen {
			return nil
		}
		size := binary.BigEndian.Uint32(rest)
		if size < minFrame || size > maxFrame || crc32.ChecksumIEEE(rest[:8]) != binary.BigEndian.Uint32(rest[8:]) {
			return errors.New("the model backend sent what is no event-stream frame")
		}
		if uint32(len(rest)) < size {
			return nil
		}
		e.frame(rest[:size])
		e.whole += int(size)
	}
}

// frame looks at one frame that passes. To be cheap it looks for the encoded
// form of a header (type 7 is a string, then its length); only what tells the
// usage is decoded, and of the chunks of InvokeModelWithResponseStream only the
// last.
func (e *events) frame(f []byte) {
	end := preludeLen + int(binary.BigEndian.Uint32(f[4:]))
	if end > len(f)-4 {
		return
	}
	headers := f[preludeLen:end]
	switch {
	case bytes.Contains(headers, []byte(":message-type\x07\x00\x09exception")), bytes.Contains(headers, []byte(":message-type\x07\x00\x05error")):
		e.terminated = true
	case bytes.Contains(headers, []byte(":event-type\x07\x00\x0bmessageStop")):
		e.terminated = true
	case bytes.Contains(headers, []byte(":event-type\x07\x00\x08metadata")):
		if payload, ok := decodeFrame(f); ok {
			e.tokens, e.known = fromMetadata(payload)
		}
	case bytes.Contains(headers, []byte(":event-type\x07\x00\x05chunk")):
		e.last = append(e.last[:0], f...)
	}
}

func decodeFrame(f []byte) (payload []byte, ok bool) {
	m, err := eventstream.NewDecoder().Decode(bytes.NewReader(f), nil)
	return m.Payload, err == nil
}

// end settles how the stream ended. Only ConverseStream has an event that must
// come; for the other operation the framing of HTTP tells a cut.
func (e *events) end(err error) {
	e.readLast()
	e.err = err
	clean := err == io.EOF && e.whole == len(e.buf) && (e.terminated || e.operation != "ConverseStream")
	if clean || errors.Is(err, context.Canceled) && !e.src.stalled() {
		return // complete, or nobody listens any more
	}
	e.buf = append(e.buf[:e.whole], cutFrame(e.src.stalled())...)
	e.whole = len(e.buf)
	e.err = io.EOF
}

func (e *events) readLast() {
	if len(e.last) == 0 {
		return
	}
	if payload, ok := decodeFrame(e.last); ok {
		e.tokens, e.known = fromChunk(payload)
	}
	e.last = nil
}

// cutFrame is the modelled exception that ends a cut stream.
func cutFrame(stalled bool) []byte {
	message := "The model backend ended the stream before the answer was complete. Try again."
	if stalled {
		message = "The model backend stopped sending before the answer was complete. Try again."
	}
	var m eventstream.Message
	m.Headers.Set(":message-type", eventstream.StringValue("exception"))
	m.Headers.Set(":exception-type", eventstream.StringValue("modelStreamErrorException"))
	m.Headers.Set(":content-type", eventstream.StringValue("application/json"))
	m.Payload = fmt.Appendf(nil, `{"message":%q}`, message)
	var b bytes.Buffer
	if err := eventstream.NewEncoder().Encode(&b, m); err != nil {
		panic("bedrock: encoding a fixed frame: " + err.Error())
	}
	return b.Bytes()
}

func (e *events) usage() (usage.Tokens, bool) { return e.tokens, e.known }
