package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// undoing takes back what was made, last first, when a later step fails.
type undoing struct{ steps []undoStep }

type undoStep struct {
	what string
	do   func(context.Context) error
}

func (u *undoing) add(what string, do func(context.Context) error) {
	u.steps = append(u.steps, undoStep{what, do})
}

// all undoes every step and returns cause with a word about it. It goes on
// after Ctrl-C, which may be the cause.
func (u *undoing) all(ctx context.Context, cause error) error {
	if len(u.steps) == 0 {
		return cause
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTimeout)
	defer cancel()
	var gone, left []string
	for i := len(u.steps) - 1; i >= 0; i-- {
		step := u.steps[i]
		if err := step.do(ctx); err != nil {
			left = append(left, fmt.Sprintf("%s (%v)", step.what, err))
			continue
		}
		gone = append(gone, step.what)
	}
	next := ""
	if f, ok := errors.AsType[*fault](cause); ok {
		next = f.next
	}
	if len(left) > 0 {
		return failed("remove what is left over by hand", "%w; what was made before could not be undone: %s", cause, strings.Join(left, ", "))
	}
	return failed(next, "%w; what was made before is undone: %s", cause, strings.Join(gone, ", "))
}
