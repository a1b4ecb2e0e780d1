package store

import (
	"context"
	"errors"
	"fmt"
	"os"

	"hardpan/internal/seal"
)

// Place is where a database is: the file of a SQLite, or the URL of a
// PostgreSQL if there is one.
type Place struct{ File, URL string }

// Maintenance is a database as those see it who look after it, beside the
// servers that have it open: it loads nothing, changes no schema and takes no
// lock that a server needs.
type Maintenance struct{ engine }

// Maintain reaches a database that is there. A SQLite file may be in use.
func Maintain(ctx context.Context, place Place) (*Maintenance, error) {
	e, err := place.beside(ctx)
	if err != nil {
		return nil, err
	}
	have, err := e.version(ctx, e.read)
	if err == nil && have == 0 {
		err = errors.New("it holds nothing of hardpan's: start a server on it, or fill it with hardpan db restore")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening database %s: %w", e.name, err), e.close())
	}
	return &Maintenance{e}, nil
}

// beside reaches a database without being the only one.
func (p Place) beside(ctx context.Context) (engine, error) {
	if p.URL != "" {
		e, _, err := postgresEngine(ctx, p.URL)
		return e, err
	}
	if _, err := os.Stat(p.File); err != nil {
		return engine{}, fmt.Errorf("finding the database: %w", err)
	}
	return sqliteEngine(p.File)
}

// alone reaches a database that no server has open, and makes a SQLite file
// that is not there. A PostgreSQL cannot tell.
func (p Place) alone(ctx context.Context) (engine, error) {
	if p.URL != "" {
		e, _, err := postgresEngine(ctx, p.URL)
		return e, err
	}
	return lockedSQLite(p.File)
}

// Name says which database it is, without a password.
func (m *Maintenance) Name() string { return m.name }

// Close closes the connections.
func (m *Maintenance) Close() error { return m.close() }

// Migrate brings the schema up to date and returns the versions before and
// after. It refuses a SQLite file that a server has open.
func Migrate(ctx context.Context, place Place) (before, after int64, err error) {
	e, err := place.alone(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	if before, err = e.version(ctx, e.read); err != nil {
		return 0, 0, err
	}
	if err := migrate(ctx, e); err != nil {
		return before, before, fmt.Errorf("migrating database %s: %w", e.name, err)
	}
	after, err = e.version(ctx, e.read)
	return before, after, err
}

// RotateSealKey wraps the keyset with another master key, so that from the next
// start on servers need that one. No sealed value changes, and servers that run
// go on: they hold the keyset. A rotation that was cut short may be repeated.
func (m *Maintenance) RotateSealKey(ctx context.Context, old, next seal.Key) error {
	wrapped, err := keyset(ctx, m.read)
	if err != nil {
		return err
	}
	if _, err := seal.Open(next, []byte(wrapped)); err == nil {
		return nil // it was done before
	}
	box, err := seal.Open(old, []byte(wrapped))
	if err != nil {
		return err
	}
	fresh, err := box.Wrap(next)
	if err != nil {
		return err
	}
	done, err := m.write.ExecContext(ctx, `UPDATE meta SET value = $1 WHERE name = $2 AND value = $3`, string(fresh), keysetName, wrapped)
	if err != nil {
		return fmt.Errorf("storing the keyset under the new seal key: %w", err)
	}
	if n, err := done.RowsAffected(); err != nil || n != 1 {
		return errors.Join(errors.New("the seal key was rotated by someone else at the same moment: nothing was changed"), err)
	}
	return nil
}

func keyset(ctx context.Context, q querier) (string, error) {
	value, found, err := setting(ctx, q, keysetName)
	if err == nil && !found {
		err = errors.New("the database has no keyset yet: no server was ever started on it")
	}
	return value, err
}
