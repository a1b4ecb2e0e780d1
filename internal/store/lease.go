package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"hardpan/internal/usage"
)

// LeaseKey names a part of a limit: a bucket of one instance of a budget, in
// one unit.
type LeaseKey struct {
	Account, Budget, Instance string
	Unit                      usage.Unit
	Start                     int64 // of the bucket, seconds since 1970; 0 of a total
}

// LeaseAsk is how much of a limit a node wants for itself.
type LeaseAsk struct {
	LeaseKey
	Since      int64 // start of the oldest bucket that counts
	Limit      int64 // over all buckets that count and all nodes
	Has        int64 // what the node has of this bucket
	Need, Want int64 // what it asks for beside: at least, at most
	Stamp      int64 // above that of every change before
}

// LeaseGrant is what a node got.
type LeaseGrant struct {
	Granted   int64 // all that it has of the bucket now
	Elsewhere int64 // what other nodes have, of all buckets that count
}

// leaseTime bounds one change of a lease: a call waits for it.
const leaseTime = 5 * time.Second

// ExtendLease grants a node more of a bucket: what it wants or what is left, if
// that is at least what it needs, else nothing. What it says it has is taken as
// it says, so that an answer that was lost once is made good.
func (db *DB) ExtendLease(ctx context.Context, node string, ask LeaseAsk) (LeaseGrant, error) {
	ctx, cancel := context.WithTimeout(ctx, leaseTime)
	defer cancel()
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return LeaseGrant{}, fmt.Errorf("beginning to divide a budget: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	grant, err := extendLease(ctx, tx, node, &ask)
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		return LeaseGrant{}, fmt.Errorf("dividing budget %s: %w", ask.Budget, err)
	}
	return grant, nil
}

func extendLease(ctx context.Context, tx *sql.Tx, node string, ask *LeaseAsk) (LeaseGrant, error) {
	// Whoever changes this row goes on alone until its transaction ends, and then
	// sees what those before it granted.
	_, err := tx.ExecContext(ctx, `INSERT INTO budget_division (account, budget, instance, changes) VALUES ($1, $2, $3, 1)
		ON CONFLICT (account, budget, instance) DO UPDATE SET changes = budget_division.changes + 1`, ask.Account, ask.Budget, ask.Instance)
	if err != nil {
		return LeaseGrant{}, err
	}
	var elsewhere, before int64
	err = tx.QueryRowContext(ctx, `SELECT CAST(COALESCE(SUM(CASE WHEN node = $1 THEN 0 ELSE granted END), 0) AS bigint),
			CAST(COALESCE(SUM(CASE WHEN node = $1 AND start <> $2 THEN granted ELSE 0 END), 0) AS bigint)
		FROM budget_lease WHERE account = $3 AND budget = $4 AND instance = $5 AND unit = $6 AND start >= $7`,
		node, ask.Start, ask.Account, ask.Budget, ask.Instance, string(ask.Unit), ask.Since).Scan(&elsewhere, &before)
	if err != nil {
		return LeaseGrant{}, err
	}
	grant := LeaseGrant{Granted: ask.Has, Elsewhere: elsewhere}
	left := ask.Limit - usage.Add(elsewhere, usage.Add(before, ask.Has))
	if left >= ask.Need {
		grant.Granted = usage.Add(ask.Has, min(left, ask.Want))
	}
	return grant, putLease(ctx, tx, node, &ask.LeaseKey, grant.Granted, ask.Stamp)
}

// SetLease sets what a node has of a bucket; 0 forgets it. It is for giving
// back, and for what was used beyond a lease.
func (db *DB) SetLease(ctx context.Context, node string, of LeaseKey, granted, stamp int64) error {
	ctx, cancel := context.WithTimeout(ctx, leaseTime)
	defer cancel()
	if err := putLease(ctx, db.write, node, &of, granted, stamp); err != nil {
		return fmt.Errorf("giving back a part of budget %s: %w", of.Budget, err)
	}
	return nil
}

type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func putLease(ctx context.Context, db execer, node string, of *LeaseKey, granted, stamp int64) error {
	if granted == 0 {
		_, err := db.ExecContext(ctx, `DELETE FROM budget_lease
			WHERE account = $1 AND budget = $2 AND instance = $3 AND unit = $4 AND start = $5 AND node = $6 AND stamp < $7`,
			of.Account, of.Budget, of.Instance, string(of.Unit), of.Start, node, stamp)
		return err
	}
	done, err := db.ExecContext(ctx, `INSERT INTO budget_lease (account, budget, instance, unit, start, node, granted, stamp)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (account, budget, instance, unit, start, node) DO UPDATE SET granted = excluded.granted, stamp = excluded.stamp
			WHERE budget_lease.stamp < excluded.stamp`,
		of.Account, of.Budget, of.Instance, string(of.Unit), of.Start, node, granted, stamp)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(errors.New("a later change was there first"), err)
	}
	return nil
}

// NodeLeases lists what a node has.
func (db *DB) NodeLeases(ctx context.Context, node string) (map[LeaseKey]int64, error) {
	rows, err := db.read.QueryContext(ctx, `SELECT account, budget, instance, unit, start, granted FROM budget_lease WHERE node = $1`, node)
	if err != nil {
		return nil, fmt.Errorf("listing this server's parts of budgets: %w", err)
	}
	defer func() { _ = rows.Close() }()
	all := map[LeaseKey]int64{}
	for rows.Next() {
		var k LeaseKey
		var granted int64
		if err := rows.Scan(&k.Account, &k.Budget, &k.Instance, &k.Unit, &k.Start, &granted); err != nil {
			return nil, fmt.Errorf("listing this server's parts of budgets: %w", err)
		}
		all[k] = granted
	}
	return all, rows.Err()
}

// HeldElsewhere says what other nodes than one have of a budget's limit, by
// instance, in a unit and in the buckets from since on, seconds since 1970.
func (db *DB) HeldElsewhere(ctx context.Context, node, account, budget string, unit usage.Unit, since int64) (map[string]int64, error) {
	ctx, cancel := context.WithTimeout(ctx, leaseTime)
	defer cancel()
	rows, err := db.read.QueryContext(ctx, `SELECT instance, CAST(SUM(granted) AS bigint) FROM budget_lease
		WHERE account = $1 AND budget = $2 AND unit = $3 AND start >= $4 AND node <> $5 GROUP BY instance`,
		account, budget, string(unit), since, node)
	if err != nil {
		return nil, fmt.Errorf("reading other servers' parts of budget %s: %w", budget, err)
	}
	defer func() { _ = rows.Close() }()
	held := map[string]int64{}
	for rows.Next() {
		var instance string
		var granted int64
		if err := rows.Scan(&instance, &granted); err != nil {
			return nil, fmt.Errorf("reading other servers' parts of budget %s: %w", budget, err)
		}
		held[instance] = granted
	}
	return held, rows.Err()
}

// Shared reports whether other processes can have the database open, so that
// limits have to be divided.
func (db *DB) Shared() bool { return db.follower != nil }
