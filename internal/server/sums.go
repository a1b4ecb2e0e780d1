package server

import (
	"context"
	"time"
)

// sumUp sums the journal into the database beside serving. The returned function
// ends it, when the last call has been written down.
func (s *Server) sumUp(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() { defer close(done); s.rollup.Run(ctx) }()
	return func() { cancel(); <-done }
}

// goneBudgets is how long the charges of a budget that was deleted are kept.
const goneBudgets = 400 * 24 * time.Hour

// oldestBucket tells before which time the buckets of a budget count no more.
func (s *Server) oldestBucket(account, budget string, now time.Time) time.Time {
	snapshot, ok := s.db.Directory().Account(account)
	if !ok {
		return now.Add(-goneBudgets)
	}
	b, ok := snapshot.BudgetByID(budget)
	if !ok {
		return now.Add(-goneBudgets)
	}
	start, _ := b.Period.Window(now)
	return start.AddDate(0, 0, -1) // clocks of several nodes differ
}
