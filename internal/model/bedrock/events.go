package bedrock

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"

	"hardpan/internal/awserr"
	"hardpan/internal/model"
	"hardpan/internal/model/upstream"
	"hardpan/internal/usage"
	"hardpan/internal/wire/stream"
)

// events is an event stream on its way through. Only whole frames are handed
// on, each as soon as it is there. A stream that upstream cuts ends with an
// exception frame of its own, so that no client takes it for complete.
type events struct {
	src       *upstream.Body
	operation string

	buf        []byte // what was read: [from:whole] whole frames, [whole:] a part of one
	from       int
	whole      int
	err        error // met by src, and handed on after the last frame
	cut        bool  // it ends with an exception
	terminated bool  // the frame that ends the operation's stream was seen

	scanner *stream.Scanner
	scanned int64  // bytes of whole frames that left buf or lie in it
	last    []byte // payload of the last chunk
	tokens  usage.Tokens
	known   bool
}

func newEvents(src *upstream.Body, operation string) *events {
	e := &events{src: src, operation: operation, buf: make([]byte, 0, 16<<10)}
	e.scanner = stream.NewScanner(e.frame)
	return e
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
	start := len(e.buf)
	e.buf = e.buf[:start+n]
	_, _ = e.scanner.Write(e.buf[start:]) // never fails; Err tells
	e.whole += int(e.scanner.Passed() - e.scanned)
	e.scanned = e.scanner.Passed()
	if bad := e.scanner.Err(); bad != nil {
		err = bad
	}
	if err != nil {
		e.end(err)
	}
}

// frame looks at one frame that passes. Of the chunks of
// InvokeModelWithResponseStream only the last may tell the usage.
func (e *events) frame(f stream.Frame) {
	switch {
	case f.Message != "event":
		e.terminated, e.cut = true, true
	case f.Type == "messageStop":
		e.terminated = true
	case f.Type == "metadata":
		e.tokens, e.known = fromBody(f.Payload)
	case f.Type == "chunk":
		e.last = append(e.last[:0], f.Payload...)
	}
}

// end settles how the stream ended. Only ConverseStream has an event that must
// come; for the other operation the framing of HTTP tells a cut, and of Claude's
// chunks the kind of the last.
func (e *events) end(err error) {
	open := e.operation == "ConverseStream"
	if len(e.last) > 0 {
		e.tokens, e.known = fromChunk(e.last)
		open = open || !e.known && midway(e.last)
	}
	e.err = err
	clean := errors.Is(err, io.EOF) && e.whole == len(e.buf) && (e.terminated || !open)
	if clean || errors.Is(err, context.Canceled) && !e.src.Stalled() {
		return // complete, or nobody listens any more
	}
	e.err, e.cut = io.EOF, true
	if e.buf, err = stream.AppendException(e.buf[:e.whole], cutShort(e.src.Stalled())); err != nil {
		e.err = err // then at least it is no clean end
	}
	e.whole = len(e.buf)
}

// cutShort is the modelled exception that ends a cut stream.
func cutShort(stalled bool) *awserr.Error {
	what := "ended the stream"
	if stalled {
		what = "stopped sending"
	}
	return awserr.New("ModelStreamErrorException", http.StatusFailedDependency,
		"The model backend %s before the answer was complete. Try again.", what)
}

// progress is Whole from the metadata event of ConverseStream on, which is the
// last. The last chunk of the other operation is only known by the end.
func (e *events) progress() model.Progress {
	switch {
	case e.from < e.whole:
		return model.Flowing
	case e.cut:
		return model.Cut
	case e.known:
		return model.Whole
	}
	return model.Flowing
}

func (e *events) usage() (usage.Tokens, bool) { return e.tokens, e.known }
