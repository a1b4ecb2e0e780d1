package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"hardpan/internal/seal"
)

// keysetName is the row of meta that holds the wrapped keyset.
const keysetName = "keyset"

// Box opens the keyset that the database's secrets are sealed with, and makes
// it on the first call ever. The error wraps [seal.ErrWrongKey] if the
// database belongs to another key.
func (db *DB) Box(ctx context.Context, key seal.Key) (*seal.Box, error) {
	wrapped, found, err := db.Setting(ctx, keysetName)
	if err != nil {
		return nil, err
	}
	if found {
		return seal.Open(key, []byte(wrapped))
	}
	box, fresh, err := seal.Create(key)
	if err != nil {
		return nil, err
	}
	_, err = db.write.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ($1, $2)`, keysetName, string(fresh))
	if brokenRule(err) == Unique { // another node was first
		return db.Box(ctx, key)
	}
	if err != nil {
		return nil, fmt.Errorf("storing the keyset: %w", err)
	}
	return box, nil
}

// Setting reads a setting that concerns the whole database.
func (db *DB) Setting(ctx context.Context, name string) (value string, found bool, err error) {
	return setting(ctx, db.read, name)
}

func setting(ctx context.Context, q querier, name string) (value string, found bool, err error) {
	err = q.QueryRowContext(ctx, `SELECT value FROM meta WHERE name = $1`, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("reading setting %s: %w", name, err)
	}
	return value, true, nil
}

// PutSetting stores a setting. It must not be called within [DB.Write].
func (db *DB) PutSetting(ctx context.Context, name, value string) error {
	if name == keysetName {
		return fmt.Errorf("setting %s is not to be overwritten: every secret depends on it", name)
	}
	_, err := db.write.ExecContext(ctx, `INSERT INTO meta (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	if err != nil {
		return fmt.Errorf("storing setting %s: %w", name, err)
	}
	return nil
}
