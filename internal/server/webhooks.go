package server

import (
	"context"
	"maps"
	"slices"

	"hardpan/internal/identity"
	"hardpan/internal/webhook"
)

// openOutbox makes what tells of budgets' thresholds.
func (s *Server) openOutbox() *webhook.Outbox {
	directory := s.db.Directory()
	return webhook.New(webhook.Options{
		DB: s.db, Targets: s.opt.Webhooks, Now: s.opt.Now, Log: s.opt.Log,
		Budgets: func(account string) *identity.Snapshot {
			snapshot, _ := directory.Account(account)
			return snapshot
		},
	})
}

// tellWebhooks runs the outbox beside serving. The returned function ends it,
// when the last call has been settled.
func (s *Server) tellWebhooks(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() { defer close(done); s.outbox.Run(ctx) }()
	return func() { cancel(); <-done }
}

// webhookNames are those that budgets may name.
func (s *Server) webhookNames() []string { return slices.Sorted(maps.Keys(s.opt.Webhooks)) }
