package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"hardpan/internal/gateway"
	"hardpan/internal/identity"
)

// Tx is one write to one account, as [DB.Write] runs it.
type Tx struct {
	// Now is the one time of the whole write.
	Now time.Time

	ctx     context.Context
	sql     *sql.Tx
	account string
	state   *identity.Snapshot
	changes []identity.Change
	// failed is the first error of the database. What PostgreSQL was asked
	// after it would be refused, and what was asked before may be half an entity.
	failed error
	// revision is what the account's revision becomes when the write commits.
	revision int64
}

// Write runs fn as one transaction on an account: everything fn puts and
// deletes is durable and published in the directory when Write returns nil,
// and nothing of it is when Write returns an error. Writes to one account run
// one after the other, each seeing all before it. The first thing to be put in
// a new account is the [identity.Account].
//
// fn must decide by [Tx.State], must not call Write, and may run in a
// transaction that fails in the end: it should have no other effects.
// An error of fn is returned as it is, except that the error wraps
// [ErrUnavailable] when it was the database that could not take the write. An
// error of [Tx.Put] or [Tx.Delete] that the database gave fails the write even
// if fn returns nil.
func (db *DB) Write(ctx context.Context, account string, now time.Time, fn func(*Tx) error) error {
	mu := db.accountLock(account)
	mu.Lock()
	defer mu.Unlock()

	limited, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	err := db.writeTx(limited, account, now, fn)
	if err != nil && (unavailable(err) || limited.Err() != nil && ctx.Err() == nil) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

// writeTime bounds a write, waiting for other nodes included.
const writeTime = 15 * time.Second

func (db *DB) writeTx(ctx context.Context, account string, now time.Time, fn func(*Tx) error) error {
	raw, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("beginning a write to account %s: %w", account, err)
	}
	defer func() { _ = raw.Rollback() }() // after a commit it does nothing

	tx, err := db.begin(ctx, raw, account, now)
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return err
	}
	if tx.failed != nil {
		return tx.failed
	}
	if len(tx.changes) == 0 {
		return nil
	}
	if err := tx.log(); err != nil {
		return err
	}
	if err := db.announce(tx); err != nil {
		return err
	}
	if err := raw.Commit(); err != nil {
		// Whether it was committed is unknown: ask the database.
		again, cancel := context.WithTimeout(context.WithoutCancel(ctx), followTime)
		defer cancel()
		return errors.Join(fmt.Errorf("committing a write to account %s: %w", account, err), db.reconcile(again, account))
	}
	return db.dir.Apply(account, tx.revision, tx.changes...)
}

func (db *DB) accountLock(account string) *sync.Mutex {
	mu, ok := db.accounts.Load(account)
	if !ok {
		mu, _ = db.accounts.LoadOrStore(account, new(sync.Mutex))
	}
	return mu.(*sync.Mutex)
}

// begin takes the account's row, which on PostgreSQL keeps other nodes out
// until the commit, and makes sure that the directory is what the database has.
func (db *DB) begin(ctx context.Context, raw *sql.Tx, account string, now time.Time) (*Tx, error) {
	tx := &Tx{Now: now.UTC().Truncate(time.Microsecond), ctx: ctx, sql: raw, account: account}
	var err error
	if tx.revision, err = takeAccount(ctx, raw, account); err != nil {
		return nil, err
	}
	if tx.revision == 1 {
		tx.state = identity.NewSnapshot()
		return tx, nil
	}
	if err := db.catchUp(ctx, raw, account, tx.revision-1); err != nil {
		return nil, err
	}
	tx.state, _ = db.dir.Account(account)
	return tx, nil
}

// takeAccount locks the row of an account and returns the revision that this
// write makes. A row that is not there is put in the place of the account to
// be, so that of two nodes that make one account the second waits for the
// first, and then sees it.
func takeAccount(ctx context.Context, raw *sql.Tx, account string) (int64, error) {
	for range 2 {
		done, err := raw.ExecContext(ctx, `UPDATE account SET revision = revision + 1 WHERE account = $1`, account)
		if err != nil {
			return 0, fmt.Errorf("taking account %s: %w", account, err)
		}
		found, err := done.RowsAffected()
		if err != nil {
			return 0, fmt.Errorf("taking account %s: %w", account, err)
		}
		if found > 0 {
			return revisionOf(ctx, raw, account)
		}
		_, err = raw.ExecContext(ctx, `INSERT INTO account (partition, account, name, created, revision)
			VALUES ('', $1, '', 0, 0) ON CONFLICT (account) DO NOTHING`, account)
		if err != nil {
			return 0, fmt.Errorf("making room for account %s: %w", account, err)
		}
	}
	return 0, fmt.Errorf("taking account %s: its row goes away", account)
}

// Context is the context that the write runs in.
func (tx *Tx) Context() context.Context { return tx.ctx }

// State is the account as this write sees it: all committed writes, and what
// was put and deleted by this one so far.
func (tx *Tx) State() *identity.Snapshot { return tx.state }

// Put makes an entity, or replaces the one with the same id. The error is a
// *[ConstraintError] if a name or alias is taken, or something it refers to is not there.
func (tx *Tx) Put(e identity.Entity) error {
	e = e.Canonical()
	if err := tx.check(e); err != nil {
		return err
	}
	if err := tx.put(e); err != nil {
		return tx.fail(constraint(err, e.Ref()))
	}
	return tx.record(identity.Put(e))
}

// Delete removes an entity. The error wraps [ErrNotFound] if it is not there,
// and is a *[ConstraintError] if something refers to it still.
func (tx *Tx) Delete(e identity.Entity) error {
	if err := tx.check(e); err != nil {
		return err
	}
	n, err := tx.remove(e)
	if err != nil {
		return tx.fail(constraint(err, e.Ref()))
	}
	if n == 0 {
		return fmt.Errorf("deleting %s %s: %w", e.Ref().Kind, e.Ref().ID, ErrNotFound)
	}
	return tx.record(identity.Delete(e))
}

func (tx *Tx) fail(err error) error {
	if tx.failed == nil {
		tx.failed = err
	}
	return err
}

// check keeps a write within its account.
func (tx *Tx) check(e identity.Entity) error {
	ref := e.Ref()
	if ref.Account != tx.account {
		return fmt.Errorf("writing %s %s of account %s in a write to account %s", ref.Kind, ref.ID, ref.Account, tx.account)
	}
	if ref.Kind != identity.KindAccount && tx.state.Account() == nil {
		return fmt.Errorf("writing %s %s: account %s: %w", ref.Kind, ref.ID, tx.account, ErrNotFound)
	}
	return nil
}

func (tx *Tx) record(c identity.Change) error {
	next, err := tx.state.With(c)
	if err != nil {
		return err
	}
	tx.state = next
	tx.changes = append(tx.changes, c)
	return nil
}

// put is the table of what writes which entity.
func (tx *Tx) put(e identity.Entity) error {
	switch e := e.(type) {
	case *identity.Account:
		return tx.putAccount(e)
	case *identity.User:
		return tx.putUser(e)
	case *identity.Group:
		return tx.putGroup(e)
	case *identity.Role:
		return tx.putRole(e)
	case *identity.ManagedPolicy:
		return tx.putPolicy(e)
	case *identity.AccessKey:
		return tx.putAccessKey(e)
	case *identity.ServiceCredential:
		return tx.putCredential(e)
	case *identity.InferenceConfig:
		return tx.putInferenceConfig(e)
	case *identity.InferenceProfile:
		return tx.putInferenceProfile(e)
	case *identity.OIDCProvider:
		return tx.putOIDCProvider(e)
	case *identity.Budget:
		return tx.putBudget(e)
	case gateway.Resource:
		return tx.putGatewayResource(e)
	}
	return fmt.Errorf("%T is not stored", e)
}

// remove is the table of what deletes which entity; it returns how many there were.
func (tx *Tx) remove(e identity.Entity) (int64, error) {
	id := e.Ref().ID
	switch e.(type) {
	case *identity.User:
		return tx.deleteUser(id)
	case *identity.Group:
		return tx.deleteGroup(id)
	case *identity.Role:
		return tx.deleteRole(id)
	case *identity.ManagedPolicy:
		return tx.deletePolicy(id)
	case *identity.AccessKey:
		return tx.exec(`DELETE FROM access_key WHERE account = $1 AND id = $2`, tx.account, id)
	case *identity.ServiceCredential:
		return tx.exec(`DELETE FROM service_credential WHERE account = $1 AND id = $2`, tx.account, id)
	case *identity.InferenceConfig:
		return tx.exec(`DELETE FROM inference_config WHERE account = $1 AND principal_arn = $2`, tx.account, id)
	case *identity.InferenceProfile:
		return tx.deleteInferenceProfile(id)
	case *identity.OIDCProvider:
		return tx.deleteOIDCProvider(id)
	case *identity.Budget:
		return tx.exec(`DELETE FROM budget WHERE account = $1 AND id = $2`, tx.account, id)
	case gateway.Resource:
		return tx.deleteGatewayResource(e.Ref())
	}
	return 0, fmt.Errorf("%T cannot be deleted", e)
}

// exec runs one statement and returns how many rows it changed.
func (tx *Tx) exec(query string, args ...any) (int64, error) {
	done, err := tx.sql.ExecContext(tx.ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}

// exclusively runs the insert or update of something whose id is unique among
// all accounts. That it changes nothing means that another account has the id.
func (tx *Tx) exclusively(ref identity.Ref, query string, args ...any) error {
	n, err := tx.exec(query, args...)
	if err == nil && n == 0 {
		err = &ConstraintError{Rule: Unique, Entity: ref, Err: errors.New("another account has this id")}
	}
	return err
}
