package mcp

import (
	"io"
	"net/http"

	"hardpan/internal/op"
)

// stream answers with server-sent events, for a gateway that streams: what a
// target says on its way to the answer reaches the client at once.
func (v *Visit) stream(r *http.Request, done func()) *op.Response {
	reader, writer := io.Pipe()
	w := &pipeWriter{header: http.Header{}, pipe: writer, started: make(chan struct{})}
	go func() {
		defer done()
		v.handler(false).ServeHTTP(w, r)
		w.WriteHeader(http.StatusOK) // if nothing was ever written
		_ = writer.Close()
	}()
	<-w.started
	return &op.Response{Status: w.status, Header: w.sent, Stream: &leaving{reader, done}, Recorded: v.wrote.Load()}
}

// leaving ends the requests of a client that reads no further.
type leaving struct {
	*io.PipeReader
	done func()
}

func (l *leaving) Close() error {
	l.done()
	return l.PipeReader.Close()
}

// pipeWriter is a ResponseWriter into a pipe. started is closed when status and
// header are known.
type pipeWriter struct {
	header, sent http.Header
	status       int
	pipe         *io.PipeWriter
	started      chan struct{}
}

// Header implements http.ResponseWriter.
func (w *pipeWriter) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter.
func (w *pipeWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status, w.sent = status, w.header.Clone()
		close(w.started)
	}
}

// Write implements http.ResponseWriter.
func (w *pipeWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.pipe.Write(b)
}

// Flush implements http.Flusher: what is written is in the pipe already.
func (w *pipeWriter) Flush() {}
