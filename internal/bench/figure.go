package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// Figure is one measured number and what was promised of it.
type Figure struct {
	Name   string  // lower case, dots between the parts: "evaluator.1000-statements"
	Value  float64 // in Unit
	Unit   string  // "ns/op", "ms", "MB", "allocs/op", or "x" for a ratio
	Target Target
	Note   string // what it was compared with and how: "reverse proxy 71 µs"; may be empty
}

// Target is a promise: at most or at least a number. The zero Target promises
// nothing, and its figure is only shown.
type Target struct {
	sign  string
	limit float64
}

// AtMost promises a figure of limit or less, in the figure's unit.
func AtMost(limit float64) Target { return Target{"<=", limit} }

// AtLeast promises a figure of limit or more, in the figure's unit.
func AtLeast(limit float64) Target { return Target{">=", limit} }

// OK tells whether the promise was kept. NaN keeps none.
func (f Figure) OK() bool {
	switch f.Target.sign {
	case "<=":
		return f.Value <= f.Target.limit
	case ">=":
		return f.Value >= f.Target.limit
	}
	return true
}

// String is the figure's line: name value unit (target …) ok|MISSED, and its note.
func (f Figure) String() string {
	target, verdict := "none", "ok"
	if f.Target.sign != "" {
		target = f.Target.sign + " " + number(f.Target.limit)
	}
	if !f.OK() {
		verdict = "MISSED"
	}
	line := fmt.Sprintf("%s %s %s (target %s) %s", f.Name, number(f.Value), f.Unit, target, verdict)
	if f.Note != "" {
		line += "  # " + f.Note
	}
	return line
}

// number prints four significant digits below a thousand and whole numbers above.
func number(value float64) string {
	if value >= 1000 || value <= -1000 {
		return strconv.FormatFloat(value, 'f', 0, 64)
	}
	return strconv.FormatFloat(value, 'g', 4, 64)
}

// Subject measures figures that belong together.
type Subject struct {
	Name    string
	Measure func(context.Context) ([]Figure, error)
}

// Run measures the subjects (those named in only, if any), prints each figure's
// line as soon as its subject is done, and returns how many missed their target.
// It fails on a subject that could not be measured and on a name it does not know.
func Run(ctx context.Context, out io.Writer, subjects []Subject, only []string) (missed int, err error) {
	for _, name := range only {
		if !slices.ContainsFunc(subjects, func(s Subject) bool { return s.Name == name }) {
			return 0, fmt.Errorf("no subject %q", name)
		}
	}
	for _, subject := range subjects {
		if len(only) > 0 && !slices.Contains(only, subject.Name) {
			continue
		}
		figures, err := subject.Measure(ctx)
		if err != nil {
			return missed, fmt.Errorf("measure %s: %w", subject.Name, err)
		}
		for _, figure := range figures {
			fmt.Fprintln(out, figure)
			if !figure.OK() {
				missed++
			}
		}
	}
	return missed, nil
}
