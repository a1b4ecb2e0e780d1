package failover

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"hardpan/internal/awserr"
	"hardpan/internal/model"
)

// played answers with what it is told, and counts.
type played struct {
	name   string
	err    error
	status int // of an answer that is upstream's error
	calls  int
	closed int
}

func (p *played) Name() string { return p.name }

func (p *played) Answer(context.Context, *model.Call) (*model.Answer, error) {
	p.calls++
	if p.err != nil {
		return nil, p.err
	}
	return &model.Answer{Status: max(p.status, 200), Backend: p.name, Body: &body{strings.NewReader(p.name), p}}, nil
}

type body struct {
	io.Reader
	p *played
}

func (b *body) Close() error { b.p.closed++; return nil }

var (
	away      = awserr.New("ServiceUnavailableException", 503, "away")
	throttled = awserr.New("ThrottlingException", 429, "slow")
)

func TestTheNextAnswers(t *testing.T) {
	for _, tt := range []struct {
		name  string
		first played
		want  string // who answers, or the error
	}{
		{"well", played{}, "a"},
		{"away", played{err: away}, "b"},
		{"busy", played{err: throttled}, "b"},
		{"late", played{err: awserr.New("ModelTimeoutException", 408, "late")}, "b"},
		{"broken", played{err: awserr.New("ModelErrorException", 424, "broken")}, "b"},
		{"an error of ours", played{err: errors.New("what")}, "b"},
		{"its server's 503", played{status: 503}, "b"},
		{"its server's denial", played{status: 403}, "a"},
		{"the call is invalid", played{err: awserr.Validation("bad")}, "ValidationException: bad"},
		{"the model is not there", played{err: awserr.NotFound("none")}, "ResourceNotFoundException: none"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, b := &tt.first, &played{name: "b"}
			a.name = "a"
			both := New(a, b)
			answer, err := both.Answer(t.Context(), &model.Call{})
			var got string
			if err != nil {
				got = err.Error()
			} else {
				got = answer.Backend
			}
			if got != tt.want || both.Name() != "a,b" {
				t.Errorf("%s: got %s, want %s", both.Name(), got, tt.want)
			}
			if a.status == 503 && a.closed != 1 {
				t.Error("the first answer was not closed")
			}
		})
	}
}

func TestNobodyAnswers(t *testing.T) {
	_, err := New(&played{err: away}, &played{err: throttled}).Answer(t.Context(), &model.Call{})
	if !errors.Is(err, throttled) {
		t.Errorf("got %v", err)
	}
	answer, err := New(&played{err: away}, &played{status: 503}).Answer(t.Context(), &model.Call{})
	if err != nil || answer.Status != 503 {
		t.Errorf("got %v, %v", answer, err)
	}
}

// A backend in trouble is left alone, then tried by one call, then back.
func TestHealth(t *testing.T) {
	a, b := &played{name: "a", err: away}, &played{name: "b"}
	both := New(a, b)
	now := time.Unix(1, 0)
	both.now = func() time.Time { return now }
	ask := func(times, wantA int) {
		t.Helper()
		a.calls = 0
		for range times {
			if _, err := both.Answer(t.Context(), &model.Call{}); err != nil {
				t.Fatal(err)
			}
		}
		if a.calls != wantA {
			t.Errorf("asked %d times, want %d", a.calls, wantA)
		}
	}
	ask(10, tolerated)
	now = now.Add(leftAlone)
	ask(10, 1)
	now = now.Add(leftAlone)
	a.err = nil
	ask(10, 10)

	// With nobody well, all are tried all the same.
	a.err, b.err = away, away
	for range 10 {
		_, _ = both.Answer(t.Context(), &model.Call{})
	}
	b.err, b.calls = nil, 0
	ask(1, 1)
	if b.calls != 1 {
		t.Errorf("the other was asked %d times", b.calls)
	}
}

// A throttled backend is not ill, and a client that left says nothing about one.
func TestWhatIsNoFailure(t *testing.T) {
	a := &played{name: "a", err: throttled}
	both := New(a, &played{name: "b"})
	for range 10 {
		_, _ = both.Answer(t.Context(), &model.Call{})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a.err = away
	for range 10 {
		if _, err := both.Answer(ctx, &model.Call{}); !errors.Is(err, away) {
			t.Errorf("another was asked for nobody: %v", err)
		}
	}
	if a.calls != 20 || both.members[0].failures != 0 {
		t.Errorf("%d calls, %d failures", a.calls, both.members[0].failures)
	}
}
