package upstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"hardpan/internal/awserr"
	"hardpan/internal/model"
	"hardpan/internal/usage"
	"hardpan/internal/wire/stream"
)

// Decoder makes frames for the client of the events that come from a server.
type Decoder interface {
	// Event takes the data of one event, and appends to dst what the client gets
	// for it. done says that the answer is complete. An [awserr.Error] ends the
	// stream with that exception, another error with ModelStreamErrorException.
	Event(dst, data []byte) (out []byte, done bool, err error)

	// End is asked when the server ended the stream cleanly before Event said
	// done: it completes the answer, or says why it is not complete.
	End(dst []byte) (out []byte, err error)

	// Usage is what the call consumed, and whether the server said so.
	Usage() (usage.Tokens, bool)
}

// Stream makes the answer to a streamed call. Its region is for the backend to say.
func (c *Client) Stream(r *Response, d Decoder, header http.Header) *model.Answer {
	b := &body{c: c, src: r.body, events: newSSE(r.body), decoder: d}
	header["Content-Type"] = []string{stream.ContentType}
	return &model.Answer{Status: http.StatusOK, Header: header, Body: b, Usage: d.Usage, Progress: b.progress}
}

// body is an event stream made of a server's. Frames are made as they are
// read, by the reader itself: nothing is made for a client that is gone, and a
// client that reads slowly slows the server down.
type body struct {
	c       *Client
	src     *Body
	events  *sse
	decoder Decoder

	frames []byte // made, not yet read: [from:]
	from   int
	state  model.Progress // once all frames are read
	err    error          // after them
}

// keptFrames is the room for frames, in bytes, that a stream keeps between two
// events.
const keptFrames = 16 << 10

func (b *body) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if b.from == len(b.frames) {
		if b.state == model.Whole {
			b.drain()
		}
		if b.err != nil {
			return 0, b.err
		}
		b.fill()
		if b.from == len(b.frames) { // nobody listens any more
			return 0, b.err
		}
	}
	n := copy(p, b.frames[b.from:])
	b.from += n
	return n, nil
}

// fill makes at least one frame, and more if their events have come already.
func (b *body) fill() {
	if cap(b.frames) > keptFrames {
		b.frames = nil
	}
	b.frames, b.from = b.frames[:0], 0
	for b.err == nil && b.state == model.Flowing {
		data, err := b.events.next()
		if err != nil {
			b.end(err)
			return
		}
		out, done, err := b.decoder.Event(b.frames, data)
		b.frames = out
		switch {
		case err != nil:
			b.cut(b.exception(err))
		case done:
			b.state = model.Whole
		case len(b.frames) > 0 && (len(b.frames) > keptFrames || !b.events.ready()):
			return
		}
	}
}

// end settles how a stream ended that did not say that it is complete.
func (b *body) end(err error) {
	switch {
	case b.src.Stalled():
		b.cut(b.short("stopped sending", ErrIdle))
	case errors.Is(err, context.Canceled):
		b.err = err
	case !errors.Is(err, io.EOF) || len(b.events.line) > 0:
		b.cut(b.short("ended the stream", err))
	default:
		out, err := b.decoder.End(b.frames)
		b.frames = out
		if err != nil {
			b.cut(b.short("ended the stream", err))
			return
		}
		b.state, b.err = model.Whole, io.EOF
	}
}

func (b *body) short(what string, cause error) *awserr.Error {
	return awserr.New("ModelStreamErrorException", http.StatusFailedDependency,
		"The model backend %q %s before the answer was complete. Try again.", b.c.cfg.Name, what).Because(cause)
}

func (b *body) exception(err error) *awserr.Error {
	var e *awserr.Error
	if errors.As(err, &e) {
		return e
	}
	return awserr.New("ModelStreamErrorException", http.StatusFailedDependency,
		"The model backend %q answered in a way that cannot be understood. Its operator finds the cause in the log.", b.c.cfg.Name).Because(err)
}

// cut ends the stream with an exception, so that no client takes it for
// complete.
func (b *body) cut(e *awserr.Error) {
	b.state, b.err = model.Cut, io.EOF
	b.c.log(e)
	out, err := stream.AppendException(b.frames, e)
	if err != nil {
		b.err = fmt.Errorf("ending a stream: %w", err) // then at least it is no clean end
	}
	b.frames = out
}

// drainTime is how long the end of a complete answer is waited for. Read to its
// end, the connection can be used again.
const drainTime = 100 * time.Millisecond

func (b *body) drain() {
	if b.err != nil {
		return
	}
	b.err = io.EOF
	b.src.idle = drainTime
	for range 16 {
		if _, err := b.events.r.Discard(max(1, b.events.r.Buffered())); err != nil {
			return
		}
	}
}

func (b *body) progress() model.Progress {
	if b.from < len(b.frames) {
		return model.Flowing
	}
	return b.state
}

// Close ends the exchange with the server.
func (b *body) Close() error { return b.src.Close() }
