package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"hardpan/internal/identity"
)

// log writes what the transaction changed, so that other nodes can follow.
func (tx *Tx) log() error {
	partition := tx.state.Account().Partition
	for seq, c := range tx.changes {
		ref := c.Entity.Ref()
		_, err := tx.exec(`INSERT INTO change (partition, account, revision, seq, kind, id, deleted, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			partition, tx.account, tx.revision, seq, string(ref.Kind), ref.ID, c.Delete, micros(tx.Now))
		if err != nil {
			return fmt.Errorf("logging the change of %s %s: %w", ref.Kind, ref.ID, err)
		}
	}
	return nil
}

func revisionOf(ctx context.Context, q querier, account string) (int64, error) {
	var revision int64
	err := q.QueryRowContext(ctx, `SELECT revision FROM account WHERE account = $1`, account).Scan(&revision)
	if err != nil {
		return 0, fmt.Errorf("reading the revision of account %s: %w", account, err)
	}
	return revision, nil
}

// reconcile makes the directory agree with the database after a commit whose
// outcome is unknown.
func (db *DB) reconcile(ctx context.Context, account string) error {
	tx, err := db.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("reading account %s again: %w", account, err)
	}
	defer func() { _ = tx.Rollback() }()
	revision, err := revisionOf(ctx, tx, account)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // the account was to be made, and was not
	}
	if err != nil {
		return err
	}
	if state, ok := db.dir.Account(account); ok && state.Revision() == revision {
		return nil
	}
	return db.reload(ctx, tx, account, revision)
}

// reload replaces an account in the directory by what the database has.
func (db *DB) reload(ctx context.Context, q querier, account string, revision int64) error {
	var entities []identity.Entity
	err := loadEntities(ctx, q, account, func(e identity.Entity) error {
		entities = append(entities, e)
		return nil
	})
	if err != nil {
		return err
	}
	return db.dir.Replace(account, revision, entities)
}
