package store

import (
	"context"
	"fmt"

	"hardpan/internal/identity"
)

// LoadAgain loads a second directory from the database.
func (db *DB) LoadAgain(ctx context.Context) (*identity.Directory, error) {
	again := &DB{engine: db.engine, dir: identity.NewDirectory()}
	return again.dir, again.load(ctx)
}

// Reconcile is what a commit of unknown outcome calls for.
func (db *DB) Reconcile(ctx context.Context, account string) error { return db.reconcile(ctx, account) }

// FillDisk lets the SQLite file grow by some pages only, as a full disk does;
// 0 ends it.
func (db *DB) FillDisk(ctx context.Context, pages int) error {
	var have int
	if err := db.write.QueryRowContext(ctx, "PRAGMA page_count").Scan(&have); err != nil {
		return err
	}
	limit := have + pages
	if pages == 0 {
		limit = 1 << 30
	}
	_, err := db.write.ExecContext(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", limit))
	return err
}

// The bounds of an account's change log, in revisions.
const (
	MaxChanged = maxChanged
	PruneEvery = pruneEvery
)

// Pretend makes an account look as if each revision up to one had renamed a user.
func (db *DB) Pretend(ctx context.Context, account string, revision int64, user string) error {
	_, err := db.write.ExecContext(ctx, `INSERT INTO change (partition, account, revision, seq, kind, id, deleted, at)
		WITH RECURSIVE g (n) AS (SELECT CAST($2 AS bigint) UNION ALL SELECT n + 1 FROM g WHERE n < $3)
		SELECT 'aws', $1, n, 0, 'user', $4, false, 0 FROM g`, account, 2, revision, user)
	if err != nil {
		return err
	}
	_, err = db.write.ExecContext(ctx, `UPDATE account SET revision = $2 WHERE account = $1`, account, revision)
	return err
}

// Logged is how many rows an account's change log has, and its oldest revision.
func (db *DB) Logged(ctx context.Context, account string) (rows, oldest int64, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT count(*), coalesce(min(revision), 0) FROM change WHERE account = $1`, account).Scan(&rows, &oldest)
	return rows, oldest, err
}

// Lag keeps a node from following an account until release is called.
func (db *DB) Lag(account string) (release func()) {
	mu := db.accountLock(account)
	mu.Lock()
	return mu.Unlock
}
