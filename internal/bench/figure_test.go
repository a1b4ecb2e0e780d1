package main

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
)

func TestFigureLine(t *testing.T) {
	for _, test := range []struct {
		figure Figure
		want   string
	}{
		{Figure{Name: "ready", Value: 212.4, Unit: "ms", Target: AtMost(300)}, "ready 212.4 ms (target <= 300) ok"},
		{Figure{Name: "ready", Value: 300.5, Unit: "ms", Target: AtMost(300)}, "ready 300.5 ms (target <= 300) MISSED"},
		{Figure{Name: "rate", Value: 16500, Unit: "req/s", Target: AtLeast(20000)}, "rate 16500 req/s (target >= 20000) MISSED"},
		{Figure{Name: "cpu", Value: 1.25, Unit: "x", Target: AtMost(1.5), Note: "reverse proxy 71 µs"}, "cpu 1.25 x (target <= 1.5) ok  # reverse proxy 71 µs"},
		{Figure{Name: "size", Value: 31, Unit: "MB"}, "size 31 MB (target none) ok"},
		{Figure{Name: "broken", Value: math.NaN(), Unit: "ms", Target: AtMost(1)}, "broken NaN ms (target <= 1) MISSED"},
	} {
		if got := test.figure.String(); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

func TestRunCountsWhatWasMissed(t *testing.T) {
	measured := func(figures ...Figure) func(context.Context) ([]Figure, error) {
		return func(context.Context) ([]Figure, error) { return figures, nil }
	}
	subjects := []Subject{
		{"one", measured(Figure{Name: "a", Value: 1, Target: AtMost(2)}, Figure{Name: "b", Value: 3, Target: AtMost(2)})},
		{"two", measured(Figure{Name: "c", Value: 1, Target: AtLeast(2)})},
	}
	var out strings.Builder
	if missed, err := Run(t.Context(), &out, subjects, nil); missed != 2 || err != nil || strings.Count(out.String(), "\n") != 3 {
		t.Errorf("Run = %d, %v, printed\n%s", missed, err, &out)
	}
	out.Reset()
	if missed, err := Run(t.Context(), &out, subjects, []string{"two"}); missed != 1 || err != nil || strings.Contains(out.String(), "a ") {
		t.Errorf("Run of two = %d, %v, printed\n%s", missed, err, &out)
	}
	if _, err := Run(t.Context(), &out, subjects, []string{"three"}); err == nil {
		t.Error("Run of an unknown subject succeeded")
	}
	failing := []Subject{{"bad", func(context.Context) ([]Figure, error) { return nil, errors.New("no binary") }}}
	if _, err := Run(t.Context(), &out, failing, nil); err == nil || !strings.Contains(err.Error(), "measure bad: no binary") {
		t.Errorf("Run of a failing subject: %v", err)
	}
}
