package store

import (
	"context"

	"hardpan/internal/identity"
)

// LoadAgain loads a second directory from the database.
func (db *DB) LoadAgain(ctx context.Context) (*identity.Directory, error) {
	again := &DB{engine: db.engine, dir: identity.NewDirectory()}
	return again.dir, again.load(ctx)
}

// Reconcile is what a commit of unknown outcome calls for.
func (db *DB) Reconcile(ctx context.Context, account string) error { return db.reconcile(ctx, account) }
