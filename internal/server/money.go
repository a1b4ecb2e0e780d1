package server

import (
	"context"
	"fmt"
	"iter"

	"hardpan/internal/audit"
	"hardpan/internal/catalog"
	"hardpan/internal/identity"
	"hardpan/internal/ledger"
	"hardpan/internal/usage"
)

// openLedger makes the ledger as it was when the server stopped, however that
// was, before the first call.
func (s *Server) openLedger(ctx context.Context) (*ledger.Ledger, error) {
	opt := s.opt
	if opt.Prices == nil {
		book, err := usage.NewBook(catalog.Prices()...)
		if err != nil {
			return nil, fmt.Errorf("making the price book: %w", err)
		}
		opt.Prices = book
	}
	node, err := audit.Node(opt.DataDir)
	if err != nil {
		return nil, err
	}
	directory := s.db.Directory()
	var leases ledger.Leases
	if s.db.Shared() {
		leases = ledger.NodeLeases{DB: s.db, Node: node}
	}
	l := ledger.New(ledger.Options{
		Journal: s.journal, Prices: opt.Prices, Leases: leases, Notifier: s.outbox, Log: opt.Log,
		Budgets: func(account string) *identity.Snapshot {
			snapshot, _ := directory.Account(account)
			return snapshot
		},
	})
	found, err := l.Restore(ctx, ledger.Sources{
		Node: node, Journal: s.journal, Buckets: s.db, Now: opt.Now(),
		Read: func(from uint64) iter.Seq2[*audit.Record, error] { return audit.Read(opt.DataDir, from) },
	})
	if err != nil {
		return nil, err
	}
	for _, e := range found.Settled {
		opt.Log.Warn("a call was under way when the server stopped; nobody knows what it used, so it is charged the most that it could",
			"call", e.ID, "caller", e.Caller.ARN, "model", e.UsedModel, "input", e.Tokens.Input, "output", e.Tokens.Output,
			"usd", usage.FormatUSD(e.Cost), "priced", e.Priced)
	}
	return l, nil
}

// keepLeases gives back what this server does not need of the limits that it
// shares with others, until it is told to stop.
func (s *Server) keepLeases(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() { defer close(done); s.ledger.KeepLeases(ctx) }()
	return func() { cancel(); <-done }
}
