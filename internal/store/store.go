// Package store keeps what must survive: the identity entities, the wrapped
// keyset and settings.
//
// It knows SQL and nothing of policies, protocols or requests. Decisions never
// read it: they read the [identity.Directory] that a [DB] loads when it is
// opened and changes after each commit. [DB.Write] is the only way to change
// either, so that neither half can be forgotten.
//
// The SQL is one text for SQLite and PostgreSQL: $1 placeholders, text,
// bigint, integer and boolean only, times in microseconds, lists as JSON text.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/pressly/goose/v3"

	"hardpan/internal/identity"
)

// DB is an open database with the directory loaded from it. It is safe for
// concurrent use.
type DB struct {
	engine

	dir      *identity.Directory
	follower *follower // PostgreSQL: hears what other nodes write

	closing  sync.Once
	accounts sync.Map // account -> *sync.Mutex: one write at a time in an account

	usageKeys seen
}

// engine is what differs between the databases: how they are reached, and how
// a transaction is had that sees one moment. The SQL does not.
type engine struct {
	name    string // for people: a file or a URL without its password
	dialect goose.Dialect
	write   *sql.DB
	read    *sql.DB
	moment  sql.TxOptions
	lock    *os.File // SQLite: held while this process is the only one
}

// readers is the number of reading connections. Only start-up, settings and
// following read.
const readers = 4

// Open opens the SQLite database at path, making it if it is not there, brings
// its schema up to date and loads the directory. It fails if another process
// has the database open, or if a newer hardpan has written it.
func Open(ctx context.Context, path string) (*DB, error) {
	e, err := lockedSQLite(path)
	if err != nil {
		return nil, err
	}
	return open(ctx, e)
}

// open takes over e, even if it fails.
func open(ctx context.Context, e engine) (*DB, error) {
	db := &DB{engine: e, dir: identity.NewDirectory()}
	if err := migrate(ctx, e); err != nil {
		return nil, errors.Join(fmt.Errorf("opening database %s: %w", e.name, err), db.Close())
	}
	if err := db.load(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("opening database %s: %w", e.name, err), db.Close())
	}
	return db, nil
}

// snapshot begins a transaction that only reads, and reads one moment.
func (e engine) snapshot(ctx context.Context) (*sql.Tx, error) {
	return e.read.BeginTx(ctx, &e.moment)
}

// Directory is what the database holds, in memory, always up to date.
func (db *DB) Directory() *identity.Directory { return db.dir }

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) error { return db.read.PingContext(ctx) }

// Close waits for the running write and closes the database. Closing it again
// does nothing.
func (db *DB) Close() (err error) {
	db.closing.Do(func() {
		if db.follower != nil {
			db.follower.stop()
		}
		err = db.close()
	})
	return err
}

func (e engine) close() error {
	var errs []error
	for _, pool := range []*sql.DB{e.read, e.write} {
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	if e.lock != nil {
		errs = append(errs, e.lock.Close())
	}
	return errors.Join(errs...)
}
