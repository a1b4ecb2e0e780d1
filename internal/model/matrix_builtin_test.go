package model_test

import (
	"context"
	"strings"
	"testing"

	"hardpan/internal/model"
	"hardpan/internal/model/builtin"
)

// TestMatrixBuiltin is the built-in model by every way in by everything that can
// happen. It has no server, so a script says what happens.
func TestMatrixBuiltin(t *testing.T) {
	for _, in := range entrances {
		t.Run(in.name, func(t *testing.T) {
			t.Run("normal", func(t *testing.T) {
				builtinAnswers(t, in, "{text: Hello there}", seen{text: "Hello there", stop: "end_turn"})
			})
			t.Run("tools", func(t *testing.T) {
				builtinAnswers(t, in, "{text: Let me look., tools: [{name: get_weather, input: {city: Tokyo}}]}",
					seen{text: "Let me look.", tool: "get_weather", input: `{"city":"Tokyo"}`, stop: "tool_use"})
			})
			t.Run("error", func(t *testing.T) {
				got, _ := runBuiltin(t, in, "{text: Hello there, error: {code: ThrottlingException}}")
				wantCode(t, got.err, "ThrottlingException")
			})
			if in.streams { // only a stream can break within, or be left within
				t.Run("cut", func(t *testing.T) { builtinFailsWithin(t, in, "ModelStreamErrorException") })
				t.Run("error within", func(t *testing.T) { builtinFailsWithin(t, in, "ServiceUnavailableException") })
			}
			t.Run("cancel", func(t *testing.T) { builtinCanceled(t, in) })
		})
	}
}

func playScript(t *testing.T, turn string) model.Backend {
	t.Helper()
	script, err := builtin.ParseScript([]byte("turns:\n  - " + turn + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return builtin.New(builtin.Options{Script: script})
}

func runBuiltin(t *testing.T, in entrance, turn string) (seen, answered) {
	t.Helper()
	c, d := serve(t, playScript(t, turn))
	s := in.call(t.Context(), c, func() {})
	return s, <-d.answers
}

func builtinAnswers(t *testing.T, in entrance, turn string, want seen) {
	got, end := runBuiltin(t, in, turn)
	want.usage, want.events = end.tokens, got.events // it counts by itself
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if end.tokens.Input == 0 || end.tokens.Output == 0 || !end.counted || end.err != nil || end.region != "us-west-2" || in.streams && end.progress != model.Whole {
		t.Errorf("ended as %+v", end)
	}
}

func builtinFailsWithin(t *testing.T, in entrance, code string) {
	got, end := runBuiltin(t, in, "{text: Hello there, error: {code: "+code+", after: 3}}")
	wantCode(t, got.err, code)
	if got.stop != "" || !got.usage.IsZero() || !strings.HasPrefix("Hello there", got.text) || end.progress != model.Cut {
		t.Errorf("got %+v, ended as %+v", got, end)
	}
}

// canceled: a stream of many pieces that is left after the first ends then; a call
// that was left before is not answered.
func builtinCanceled(t *testing.T, in entrance) {
	c, d := serve(t, playScript(t, "{text: "+strings.Repeat("word ", 2000)+", pause: 10ms}"))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if !in.streams {
		d.backend = leaving{d.backend, cancel}
	}
	got := in.call(ctx, c, cancel)
	if got.stop != "" || in.streams && got.events == 0 {
		t.Errorf("a canceled answer looks complete: %+v", got)
	}
	if end := <-d.answers; end.err == nil {
		t.Errorf("the answer ended as if it was whole: %+v", end)
	}
}

// leaving is a backend whose client leaves before it is asked.
type leaving struct {
	model.Backend
	leave context.CancelFunc
}

func (l leaving) Answer(ctx context.Context, call *model.Call) (*model.Answer, error) {
	l.leave()
	<-ctx.Done()
	return l.Backend.Answer(ctx, call)
}
