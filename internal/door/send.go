package door

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"hardpan/internal/op"
)

// An answer leaves only after the journal has its event: a short answer is
// read whole first, and of an event stream the final frame waits. What a client
// has received is therefore always written down.

// maxAnswer bounds an answer that is not a stream. It is far above anything a
// model sends, and keeps a backend that floods from taking the memory.
const maxAnswer = 256 << 20

// errFlood cuts an answer that is larger than maxAnswer.
var errFlood = errors.New("the backend's answer is larger than any model's")

// chunk is what is read of a stream at once, piece what is sent of a body under
// one deadline.
const (
	chunk = 8 << 10
	piece = 256 << 10
)

var chunks = sync.Pool{New: func() any { return new([chunk]byte) }}

// gather reads an answer that is not a live stream whole, so that what it used
// is known before any of it is sent.
func gather(r *op.Response) error {
	length := int64(0)
	if n, err := strconv.ParseInt(r.Header.Get("Content-Length"), 10, 64); err == nil {
		length = min(n, 1<<20)
	}
	body := bytes.NewBuffer(make([]byte, 0, length+bytes.MinRead))
	n, err := body.ReadFrom(io.LimitReader(r.Stream, maxAnswer+1))
	if err == nil && n > maxAnswer {
		err = errFlood
	}
	if closed := r.Stream.Close(); err == nil {
		err = closed
	}
	r.Stream, r.Body = nil, body.Bytes()
	if r.Done != nil {
		r.Done(err)
	}
	return err
}

// live reports whether an answer is an event stream, to be passed on as it comes.
func live(r *op.Response) bool {
	if r.Stream == nil {
		return false
	}
	switch r.Header.Get("Content-Type") {
	case "application/vnd.amazon.eventstream", "text/event-stream":
		return true
	}
	return false
}

// sendBody writes a whole answer.
func (v *visit) sendBody(r *op.Response) {
	w := v.w
	for name, values := range r.Header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(r.Body)))
	w.WriteHeader(r.Status)
	control := http.NewResponseController(w)
	defer goesOn(control)
	for part := range slices.Chunk(r.Body, piece) {
		if v.write(control, part) != nil {
			return
		}
	}
}

// goesOn takes the last deadline away: the connection has further requests.
func goesOn(control *http.ResponseController) { _ = control.SetWriteDeadline(time.Time{}) }

// write sends one part, to a client that has to take it within WriteTime.
func (v *visit) write(control *http.ResponseController, part []byte) error {
	_ = control.SetWriteDeadline(time.Now().Add(v.door.WriteTime))
	_, err := v.w.Write(part)
	return err
}

// sendStream passes a stream on, frame by frame as the backend delivers it.
// finish is called once, with what cut the stream short or nil: before the
// final frame leaves, or when the stream ends. When it fails, the connection
// is broken off, so that no client takes the answer for whole. A client that
// does not take a piece within [Door.WriteTime] is one that left.
func (v *visit) sendStream(r *op.Response, finish func(cut error) error) {
	w := v.w
	defer r.Stream.Close()
	for name, values := range r.Header {
		w.Header()[name] = values
	}
	w.Header().Del("Content-Length")
	w.WriteHeader(r.Status)
	control := http.NewResponseController(w)
	defer goesOn(control)
	finish = once(finish)
	buf := chunks.Get().(*[chunk]byte)
	defer chunks.Put(buf)
	for {
		n, err := r.Stream.Read(buf[:])
		if n > 0 && v.firstToken == 0 {
			v.firstToken = v.door.Now().Sub(v.call.Time).Microseconds()
		}
		if over, cut := ended(r, err); over && finish(cut) != nil {
			panic(http.ErrAbortHandler)
		}
		if n > 0 {
			if werr := v.write(control, buf[:n]); werr != nil {
				_ = finish(werr)
				return
			}
			_ = control.Flush()
		}
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			panic(http.ErrAbortHandler)
		}
	}
}

// errCut is a stream that ends with an exception in place of its last event.
var errCut = errors.New("the backend cut the stream")

// ended reports whether a stream is over after a read that returned err, and
// what cut it short.
func ended(r *op.Response, err error) (over bool, cut error) {
	progress := op.Flowing
	if r.Progress != nil {
		progress = r.Progress()
	}
	switch {
	case errors.Is(err, io.EOF), err == nil:
	default:
		return true, err
	}
	if progress == op.Cut {
		return true, errCut
	}
	return progress == op.Whole || errors.Is(err, io.EOF), nil
}

// once returns f, called the first time only.
func once(f func(error) error) func(error) error {
	called := false
	return func(err error) error {
		if called {
			return nil
		}
		called = true
		return f(err)
	}
}
