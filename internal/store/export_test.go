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
