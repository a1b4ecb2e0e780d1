package server

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// The two public routes. They say whether the process lives and whether it
// takes calls, and nothing else.

// healthz answers as long as the process does.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintln(w, "ok")
}

// readyz answers 200 while calls are taken: the journal writes, and the server
// is not draining. While it drains the listener is closed already, so whoever
// wants to see it drain asks on the metrics listener. A database that is away does not count: decisions go on
// from the directory.
func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	switch {
	case s.draining.Load():
		http.Error(w, "draining", http.StatusServiceUnavailable)
	case s.journal.Err() != nil:
		http.Error(w, "the journal does not take events", http.StatusServiceUnavailable)
	default:
		fmt.Fprintln(w, "ready")
	}
}

// refillBytes bounds how much of the journal is read back at start to have the
// recent denials at hand.
const refillBytes = 32 << 20

// refillDecisions reads recent denials back, beside serving. The returned
// function ends it.
func (s *Server) refillDecisions(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		start := time.Now()
		n, err := s.door.Decisions.Refill(ctx, s.opt.DataDir, refillBytes)
		if err != nil && ctx.Err() == nil {
			s.opt.Log.Warn("recent denials could not be read back from the journal", "error", err)
			return
		}
		s.opt.Log.Debug("recent denials read back", "count", n, "took", time.Since(start))
	}()
	return func() { cancel(); <-done }
}
