package upstream

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"
)

// ErrIdle ends an answer whose next piece does not come.
var ErrIdle = errors.New("the model backend stopped sending")

// Body is the body of an upstream's answer. Each Read must bring something
// within the idle time; Close ends the exchange, however much is left.
type Body struct {
	rc     io.ReadCloser
	cancel context.CancelCauseFunc
	idle   time.Duration
	timer  *time.Timer
	late   atomic.Bool // the timer fired
}

// NewBody guards rc. cancel ends the exchange that rc belongs to.
func NewBody(rc io.ReadCloser, cancel context.CancelCauseFunc, idle time.Duration) *Body {
	return &Body{rc: rc, cancel: cancel, idle: idle}
}

// Stalled reports whether the idle time passed.
func (b *Body) Stalled() bool { return b.late.Load() }

// Read implements io.Reader.
func (b *Body) Read(p []byte) (int, error) {
	if b.timer == nil {
		b.timer = time.AfterFunc(b.idle, func() {
			b.late.Store(true)
			b.cancel(ErrIdle)
		})
	} else {
		b.timer.Reset(b.idle)
	}
	n, err := b.rc.Read(p)
	b.timer.Stop()
	return n, err
}

// Close implements io.Closer.
func (b *Body) Close() error {
	if b.timer != nil {
		b.timer.Stop()
	}
	b.cancel(nil) // at once, rather than reading what is left
	return b.rc.Close()
}
