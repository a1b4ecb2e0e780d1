package server_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"hardpan/internal/audit"
	"hardpan/internal/model"
	"hardpan/internal/model/builtin"
	"hardpan/internal/seal"
	"hardpan/internal/server"
)

// gated is the built-in model, whose streams go on by one frame for each token.
type gated struct {
	model.Backend
	tokens chan struct{}
}

func newGated() *gated { return &gated{builtin.New(builtin.Options{}), make(chan struct{}, 1)} }

func (g *gated) routes(o *server.Options) { o.Backends = model.Routes{Default: g} }

func (g *gated) Answer(ctx context.Context, call *model.Call) (*model.Answer, error) {
	a, err := g.Backend.Answer(ctx, call)
	if err == nil {
		a.Body = &gatedBody{ReadCloser: a.Body, ctx: ctx, tokens: g.tokens}
	}
	return a, err
}

type gatedBody struct {
	io.ReadCloser
	ctx    context.Context
	tokens chan struct{}
	frame  []byte // what is left of the one that was let through
}

func (b *gatedBody) Read(p []byte) (int, error) {
	if len(b.frame) == 0 {
		select {
		case <-b.tokens:
		case <-b.ctx.Done():
			return 0, b.ctx.Err()
		}
		b.frame = make([]byte, 4) // a frame begins with its length
		if _, err := io.ReadFull(b.ReadCloser, b.frame); err != nil {
			return 0, err
		}
		rest := make([]byte, binary.BigEndian.Uint32(b.frame)-4)
		if _, err := io.ReadFull(b.ReadCloser, rest); err != nil {
			return 0, err
		}
		b.frame = append(b.frame, rest...)
	}
	n := copy(p, b.frame)
	b.frame = b.frame[n:]
	return n, nil
}

// until asks again and again until something is so.
func (w *world) until(so func() bool) {
	w.t.Helper()
	for end := time.Now().Add(10 * time.Second); !so(); {
		if time.Now().After(end) {
			w.t.Fatal("it does not come to pass")
		}
	}
}

var streamPath = strings.Replace(haikuPath, "/converse", "/converse-stream", 1)

// A stream passes as it comes: what the model has said so far is there, while
// the model still thinks.
func TestStreamsArriveInPieces(t *testing.T) {
	g := newGated()
	w := start(t, g.routes)
	resp := w.stream(t.Context(), w.begin(g), streamPath, helloBody)
	defer resp.Body.Close()
	for range 3 {
		if n, err := resp.Body.Read(make([]byte, 4096)); n == 0 || err != nil {
			t.Fatal(n, err)
		}
		g.tokens <- struct{}{}
	}
	close(g.tokens)
	if rest, err := io.ReadAll(resp.Body); err != nil || !bytes.Contains(rest, []byte("metadata")) {
		t.Errorf("%q, %v", rest, err)
	}
}

// begin lets a stream's first piece pass.
func (w *world) begin(g *gated) key {
	g.tokens <- struct{}{}
	return w.root
}

// A client that leaves ends the call, and the journal says so.
func TestAClientThatLeaves(t *testing.T) {
	g := newGated()
	w := start(t, g.routes)
	ctx, leave := context.WithCancel(t.Context())
	resp := w.stream(ctx, w.begin(g), streamPath, helloBody)
	defer resp.Body.Close()
	if _, err := io.ReadFull(resp.Body, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	leave()
	var events []*audit.Event
	w.until(func() bool { events = w.events(); return len(events) == 1 })
	if e := events[0]; e.Outcome != audit.Canceled || e.Operation != "ConverseStream" {
		t.Errorf("%s %s", e.Operation, e.Outcome)
	}
}

// On SIGTERM no new connection is taken, probes say so, and a stream that is
// under way is finished and written down.
func TestDrain(t *testing.T) {
	g := newGated()
	w := start(t, g.routes, func(o *server.Options) { o.MetricsListen = "127.0.0.1:0" })
	ready := func() int {
		resp, err := w.client.Get(strings.Replace(w.MetricsURL(), "/metrics", "/readyz", 1))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if got := ready(); got != http.StatusOK {
		t.Errorf("ready: %d", got)
	}
	resp := w.stream(t.Context(), w.begin(g), streamPath, helloBody)
	defer resp.Body.Close()
	if _, err := io.ReadFull(resp.Body, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- w.stop() }()
	w.until(func() bool { return ready() == http.StatusServiceUnavailable })
	w.until(func() bool {
		c, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	select {
	case err := <-stopped:
		t.Fatal("the server did not wait for the stream:", err)
	default:
	}
	close(g.tokens)
	rest, err := io.ReadAll(resp.Body)
	if err != nil || !bytes.Contains(rest, []byte("metadata")) {
		t.Errorf("%q, %v", rest, err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	events := w.events()
	if e := events[len(events)-1]; e.Operation != "ConverseStream" || e.Outcome != audit.OK || e.Tokens.Output == 0 {
		t.Errorf("%+v", e)
	}
}

// A stream that does not end is not waited for longer than the limit.
func TestDrainHasAnEnd(t *testing.T) {
	g := newGated()
	noLeaks(t)
	w := open(t, options(t, g.routes, func(o *server.Options) { o.Limits.Drain = 50 * time.Millisecond }))
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Serve(ctx) }()
	resp := w.stream(t.Context(), w.begin(g), streamPath, helloBody)
	defer resp.Body.Close()
	if _, err := io.ReadFull(resp.Body, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := <-done; !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "still under way") {
		t.Error(err)
	}
	if _, err := io.ReadAll(resp.Body); err == nil {
		t.Error("a stream that was cut ends as if it were whole")
	}
	events := w.events()
	if len(events) != 1 || events[0].Outcome == audit.OK {
		t.Errorf("%d events, the last of them %+v", len(events), events)
	}
}

// What belongs to another is not opened, and left as it is.
func TestOpenRefuses(t *testing.T) {
	w := start(t)
	foo := w.user("foo", everything)
	refuse := func(name string, change func(*server.Options), want ...string) {
		t.Helper()
		opt := w.opt
		change(&opt)
		s, err := server.Open(t.Context(), opt)
		if err == nil {
			t.Errorf("%s: it opens", name)
			s.Close()
			return
		}
		for _, text := range want {
			if !strings.Contains(err.Error(), text) {
				t.Errorf("%s: %q is not in: %v", name, text, err)
			}
		}
	}
	refuse("a second server", func(*server.Options) {}, w.opt.DataDir, "another")
	refuse("the port", func(o *server.Options) { o.Listen = strings.TrimPrefix(w.url, "http://") }, "in use")
	if _, err := w.converse(foo, haiku); err != nil {
		t.Error("the first server does not work any more:", err)
	}
	if err := w.stop(); err != nil {
		t.Fatal(err)
	}
	refuse("another seal key", func(o *server.Options) { o.SealKey = seal.NewKey() }, "key")
	refuse("another account", func(o *server.Options) { o.AccountID = "999988887777" }, account, "999988887777", "--account-id")
	refuse("plain HTTP for all", func(o *server.Options) { o.Listen = "0.0.0.0:0" }, "--allow-plain-http", "--tls-self-signed")

	again := open(t, w.opt)
	if again.First != nil {
		t.Error("the second start is a first one")
	}
	again.serve()
	if _, err := again.converse(foo, haiku); err != nil {
		t.Error(err)
	}
}
