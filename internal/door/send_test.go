package door

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"hardpan/internal/op"
)

// stalled is a client's connection that takes nothing once its deadline is over.
type stalled struct {
	*httptest.ResponseRecorder
	deadlines []time.Time
	after     int // pieces that are taken
}

var errStalled = errors.New("nobody takes it")

func (s *stalled) SetWriteDeadline(t time.Time) error {
	s.deadlines = append(s.deadlines, t)
	return nil
}

func (s *stalled) Write(p []byte) (int, error) {
	if s.after--; s.after < 0 {
		return 0, errStalled
	}
	return s.ResponseRecorder.Write(p)
}

// endless is a stream without an end.
type endless struct{ closed bool }

func (e *endless) Read(p []byte) (int, error) { return copy(p, "piece"), nil }
func (e *endless) Close() error               { e.closed = true; return nil }

func TestStreamEndsWithAClientThatTakesNothing(t *testing.T) {
	w := &stalled{ResponseRecorder: httptest.NewRecorder(), after: 3}
	v := &visit{door: &Door{WriteTime: time.Minute, Now: time.Now}, w: w, call: &op.Call{Time: time.Now()}}
	source := &endless{}
	var cuts []error
	v.sendStream(&op.Response{Status: 200, Header: http.Header{}, Stream: source}, func(cut error) error {
		cuts = append(cuts, cut)
		return nil
	})
	if len(cuts) != 1 || !errors.Is(cuts[0], errStalled) || !source.closed {
		t.Errorf("finished with %v, stream closed %v; want once with %v, and closed", cuts, source.closed, errStalled)
	}
	if n := len(w.deadlines); n != 5 || !w.deadlines[n-1].IsZero() {
		t.Errorf("%d deadlines, the last %v; want one a piece, and none in the end", n, w.deadlines[n-1])
	}
}

func TestBodyIsSentInPieces(t *testing.T) {
	w := &stalled{ResponseRecorder: httptest.NewRecorder(), after: 100}
	v := &visit{door: &Door{WriteTime: time.Minute, Now: time.Now}, w: w, call: &op.Call{Time: time.Now()}}
	body := make([]byte, 2*piece+1)
	v.sendBody(&op.Response{Status: 200, Header: http.Header{}, Body: body})
	if got, _ := io.ReadAll(w.Result().Body); len(got) != len(body) || len(w.deadlines) != 4 {
		t.Errorf("%d bytes under %d deadlines, want %d under 4", len(got), len(w.deadlines), len(body))
	}
}
