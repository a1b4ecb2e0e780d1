package server_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"hardpan/internal/audit"
	"hardpan/internal/model"
	"hardpan/internal/model/builtin"
	"hardpan/internal/server"
	"hardpan/internal/usage"
)

// silent is the built-in model that does not say what it used.
type silent struct{ model.Backend }

func (s silent) Answer(ctx context.Context, call *model.Call) (*model.Answer, error) {
	a, err := s.Backend.Answer(ctx, call)
	if err == nil {
		a.Usage = func() (usage.Tokens, bool) { return usage.Tokens{}, false }
	}
	return a, err
}

// What a backend does not report is counted here, and its event says so; never
// is it free.
func TestABackendThatDoesNotCount(t *testing.T) {
	w := start(t, func(o *server.Options) {
		o.Backends = model.Routes{Default: silent{builtin.New(builtin.Options{})}}
	})
	foo := w.user("foo", allow("bedrock:*", "*"))
	if _, err := w.converse(foo, haiku); err != nil {
		t.Fatal(err)
	}
	e := w.lastCall()
	if !e.Estimated || e.Tokens.Input == 0 || e.Tokens.Output == 0 || e.Tokens.Output > 200 || e.Cost == 0 || !e.Priced || e.Outcome != audit.OK {
		t.Errorf("%+v", e)
	}
}

// lying is the built-in model that reports what cannot be.
type lying struct{ model.Backend }

func (l lying) Answer(ctx context.Context, call *model.Call) (*model.Answer, error) {
	a, err := l.Backend.Answer(ctx, call)
	if err == nil {
		a.Usage = func() (usage.Tokens, bool) { return usage.Tokens{Input: 5, Output: -1}, true }
	}
	return a, err
}

// A count that cannot be is charged as the most that the call could have used,
// and the operator is told.
func TestABackendThatLies(t *testing.T) {
	w := start(t, func(o *server.Options) {
		o.Backends = model.Routes{Default: lying{builtin.New(builtin.Options{})}}
	})
	if _, err := w.converse(w.root, haiku); err != nil {
		t.Fatal(err)
	}
	e := w.lastCall()
	if !e.Estimated || e.Tokens.Output != 8192 || e.Tokens.Input < int64(len(helloBody)) || e.Cost == 0 {
		t.Errorf("%+v", e)
	}
	if !strings.Contains(w.log.String(), "reported counts that cannot be") {
		t.Error("the operator is not told")
	}
}

// Who leaves in the middle of a stream is charged for what they got: less than
// for all of it, and not nothing.
func TestAStreamThatIsLeft(t *testing.T) {
	g := newGated()
	w := start(t, g.routes)
	k := w.begin(g)
	whole := w.stream(t.Context(), k, streamPath, helloBody)
	close(g.tokens)
	if _, err := io.Copy(io.Discard, whole.Body); err != nil {
		t.Fatal(err)
	}
	whole.Body.Close()
	all := w.lastCall()

	g.tokens = make(chan struct{}, 4)
	ctx, leave := context.WithCancel(t.Context())
	left := w.stream(ctx, w.begin(g), streamPath, helloBody)
	for range 3 { // the beginning of the message, and two of its pieces
		g.tokens <- struct{}{}
	}
	if _, err := left.Body.Read(make([]byte, 4096)); err != nil {
		t.Fatal(err)
	}
	leave()
	left.Body.Close()
	w.until(func() bool { return w.lastCall().ID != all.ID })
	e := w.lastCall()
	if !e.Estimated || e.Outcome != audit.Canceled || e.Tokens.Input != all.Tokens.Input || e.Tokens.Output >= all.Tokens.Output || e.Cost == 0 || e.Cost >= all.Cost {
		t.Errorf("left: %+v %d, whole: %+v %d", e.Tokens, e.Cost, all.Tokens, all.Cost)
	}
}
