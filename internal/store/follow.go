package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// How nodes on one PostgreSQL follow one another. A write announces its account
// by NOTIFY, and every node listens. Notifications make it fast, and nothing
// depends on them: once a second each node also compares the revisions of all
// accounts, whether or not its listening connection lives. So what was missed
// is found by revision, never by having heard everything.

// channel is where writes are announced. The payload is the account.
const channel = "hardpan_change"

const (
	pollEvery  = time.Second
	followTime = 10 * time.Second // bounds one round of catching up
)

// announce tells other nodes, when the transaction commits, that its account
// has changed.
func (db *DB) announce(tx *Tx) error {
	if db.follower == nil {
		return nil
	}
	if _, err := tx.exec(`SELECT pg_notify($1, $2)`, channel, tx.account); err != nil {
		return fmt.Errorf("announcing the change of account %s: %w", tx.account, err)
	}
	return nil
}

// follower brings what other nodes write into the directory.
type follower struct {
	db     *DB
	cfg    *pgx.ConnConfig
	log    *slog.Logger
	cancel context.CancelFunc
	done   chan struct{}
	lost   bool // since the last round that went well
}

func startFollower(db *DB, cfg *pgx.ConnConfig, log *slog.Logger) *follower {
	ctx, cancel := context.WithCancel(context.Background())
	f := &follower{db: db, cfg: cfg, log: log, cancel: cancel, done: make(chan struct{})}
	go f.run(ctx)
	return f
}

func (f *follower) stop() {
	f.cancel()
	<-f.done
}

// run listens; whenever that breaks off it polls, and tries to listen again.
func (f *follower) run(ctx context.Context) {
	defer close(f.done)
	for ctx.Err() == nil {
		err := f.listen(ctx)
		if ctx.Err() != nil {
			return
		}
		if polled := f.catchUp(ctx); polled != nil {
			f.report(errors.Join(err, polled))
		}
		select {
		case <-ctx.Done():
		case <-time.After(pollEvery):
		}
	}
}

// listen follows until its connection is lost.
func (f *follower) listen(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, f.cfg)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pollEvery)
		defer cancel()
		_ = conn.Close(ctx)
	}()
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return fmt.Errorf("listening for changes: %w", err)
	}
	for { // what was written before LISTEN took effect is found by the first round
		if err := f.catchUp(ctx); err != nil {
			return err
		}
		f.report(nil)
		if err := f.hear(ctx, conn); err != nil {
			return err
		}
	}
}

// hear follows what is announced, until it is time to poll.
func (f *follower) hear(ctx context.Context, conn *pgx.Conn) error {
	until, cancel := context.WithTimeout(ctx, pollEvery)
	defer cancel()
	for {
		heard, err := conn.WaitForNotification(until)
		switch {
		case err != nil && ctx.Err() == nil && pgconn.Timeout(err):
			return nil
		case err != nil:
			return fmt.Errorf("listening for changes: %w", err)
		}
		if err := f.db.follow(ctx, heard.Payload); err != nil {
			return err
		}
	}
}

// catchUp looks for accounts that are at another revision than the directory.
func (f *follower) catchUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, followTime)
	defer cancel()
	revisions, err := loadRevisions(ctx, f.db.read)
	if err != nil {
		return err
	}
	for account, revision := range revisions {
		if state, ok := f.db.dir.Account(account); ok && state.Revision() == revision {
			continue
		}
		if err := f.db.follow(ctx, account); err != nil {
			return err
		}
	}
	return nil
}

// follow brings one account up to date. One that this node is writing to is
// left alone: the write has caught up, or will.
func (db *DB) follow(ctx context.Context, account string) error {
	mu := db.accountLock(account)
	if !mu.TryLock() {
		return nil
	}
	defer mu.Unlock()
	return db.reconcile(ctx, account)
}

// report logs when following breaks off, and when it goes on.
func (f *follower) report(err error) {
	switch {
	case err != nil && !f.lost:
		f.log.Warn("the database is away: decisions go on from memory, writes are refused, "+
			"what other servers write is not seen until it is back", "database", f.db.name, "error", err)
	case err == nil && f.lost:
		f.log.Info("the database is back", "database", f.db.name)
	}
	f.lost = err != nil
}
