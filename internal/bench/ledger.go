package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"hardpan/internal/audit"
	"hardpan/internal/identity"
	"hardpan/internal/ledger"
	"hardpan/internal/usage"
)

const (
	ledgerAccount = "123456789012"
	ledgerModel   = "anthropic.claude-3-5-haiku-20241022-v1:0"
	ledgerPeople  = 1000
	ledgerWarm    = 20_000
	ledgerCalls   = 1_000_000
)

// ledgerPath measures what the ledger does on the way of a call: find the
// budgets, reserve in them, write the reservation into a real journal, settle.
// There is no database in it. A million calls show whether memory grows.
func ledgerPath(ctx context.Context) (figures []Figure, err error) {
	dir, err := os.MkdirTemp("", "hardpan-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	journal, err := audit.Open(dir, audit.Options{Durability: audit.Process})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, journal.Close()) }()
	l, err := benchLedger(journal)
	if err != nil {
		return nil, err
	}
	if err := payFor(ctx, l, ledgerWarm); err != nil {
		return nil, err
	}
	before := heap()
	begun, err := cpuTime(os.Getpid())
	if err != nil {
		return nil, err
	}
	if err := payFor(ctx, l, ledgerCalls); err != nil {
		return nil, err
	}
	ended, err := cpuTime(os.Getpid())
	if err != nil {
		return nil, err
	}
	each := float64((ended - begun).Nanoseconds()) / 1000 / ledgerCalls
	grown := (heap() - before) / (1 << 20)
	return []Figure{
		{"ledger.request-path-cpu", each, "µs/call", AtMost(10), fmt.Sprintf("over %d calls of %d people on 3 budgets, with the journal's write; no database", ledgerCalls, ledgerPeople)},
		{"ledger.memory-growth", grown, "MB", AtMost(8), fmt.Sprintf("live heap after %d calls, beside that after %d", ledgerCalls, ledgerWarm)},
	}, nil
}

// benchLedger is a ledger with a limit for each person, one for the account and
// a rate.
func benchLedger(journal *audit.Journal) (*ledger.Ledger, error) {
	book, err := usage.NewBook(usage.Row{Model: ledgerModel, Kind: usage.Regional, Tier: usage.StandardTier, Price: usage.Price{
		Input: 800_000_000, Output: 4_000_000_000, Known: usage.Input | usage.Output,
	}})
	if err != nil {
		return nil, err
	}
	scope := identity.Scope{Partition: "aws", Account: ledgerAccount}
	most := usage.Limit{Unit: usage.USD, Amount: 1 << 60}
	entities := []identity.Entity{
		&identity.Account{Scope: scope},
		&identity.Budget{Scope: scope, ID: "b-1", Name: "each", Covers: usage.Scope{Kind: usage.ScopeTag, Key: "UserEmail", Each: true}, Limit: most, Period: usage.Period{Kind: usage.Month}, Action: identity.Block},
		&identity.Budget{Scope: scope, ID: "b-2", Name: "all", Covers: usage.Scope{Kind: usage.ScopeAccount}, Limit: most, Period: usage.Period{Kind: usage.Rolling, Length: 24 * time.Hour}, Action: identity.Block},
		&identity.Budget{Scope: scope, ID: "b-3", Name: "rate", Covers: usage.Scope{Kind: usage.ScopeAccount}, Limit: usage.Limit{Unit: usage.Requests, Amount: 1 << 40}, Period: usage.Period{Kind: usage.Minute}, Action: identity.Block},
	}
	directory := identity.NewDirectory()
	if err := directory.Replace(ledgerAccount, 1, entities); err != nil {
		return nil, err
	}
	return ledger.New(ledger.Options{
		Journal: journal, Prices: book, Log: slog.New(slog.DiscardHandler),
		Budgets: func(id string) *identity.Snapshot { snapshot, _ := directory.Account(id); return snapshot },
	}), nil
}

// payFor takes n calls through the ledger, of one person after the other.
func payFor(ctx context.Context, l *ledger.Ledger, n int) error {
	for i := range n {
		tags := []usage.Tag{{Key: "UserEmail", Value: fmt.Sprintf("person-%d@example.com", i%ledgerPeople)}}
		r, err := l.Reserve(ctx, &ledger.Request{
			ID: "3f2c1a52-7a5e-4c57-9d3e-0f2f6c1d8a11", Time: time.Now(), Partition: "aws", Account: ledgerAccount, Region: "us-west-2", Operation: "Converse",
			Caller: audit.Caller{ARN: "arn:aws:sts::123456789012:assumed-role/engineer/person", Type: "AssumedRole", Account: ledgerAccount, Tags: tags},
			Call:   usage.Call{Principal: "arn:aws:iam::123456789012:role/engineer", Session: "arn:aws:sts::123456789012:assumed-role/engineer/person", Model: ledgerModel, Tags: tags},
			Kind:   usage.Regional, Bound: ledger.Bound{Input: 2000, Output: 4096},
		})
		if err != nil {
			return err
		}
		r.Settle(usage.Tokens{Input: 480, Output: 120}, true, ledger.Complete)
	}
	return nil
}
