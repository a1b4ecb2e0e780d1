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
	"net/url"
	"os"
	"path/filepath"
	"sync"

	_ "modernc.org/sqlite" // the "sqlite" driver

	"hardpan/internal/identity"
)

// DB is an open database with the directory loaded from it. It is safe for
// concurrent use.
type DB struct {
	write *sql.DB // SQLite: one connection, since it has one writer at a time
	read  *sql.DB
	lock  *os.File
	dir   *identity.Directory

	closing  sync.Once
	accounts sync.Map // account -> *sync.Mutex: one write at a time in an account
}

// readers is the number of reading connections. Only start-up and settings read.
const readers = 4

// Open opens the SQLite database at path, making it if it is not there, brings
// its schema up to date and loads the directory. It fails if another process
// has the database open, or if a newer hardpan has written it.
func Open(ctx context.Context, path string) (*DB, error) {
	lock, err := lockDatabase(path)
	if err != nil {
		return nil, err
	}
	db := &DB{lock: lock, dir: identity.NewDirectory()}
	if err := db.open(ctx, path); err != nil {
		return nil, errors.Join(fmt.Errorf("opening database %s: %w", path, err), db.Close())
	}
	return db, nil
}

func (db *DB) open(ctx context.Context, path string) error {
	if err := createPrivate(path); err != nil {
		return err
	}
	var err error
	if db.write, err = sql.Open("sqlite", sqliteDSN(path, "immediate")); err != nil {
		return err
	}
	db.write.SetMaxOpenConns(1)
	if err := migrate(ctx, db.write, sqliteDialect); err != nil {
		return err
	}
	if db.read, err = sql.Open("sqlite", sqliteDSN(path, "deferred")+"&_pragma=query_only(1)"); err != nil {
		return err
	}
	db.read.SetMaxOpenConns(readers)
	return db.load(ctx)
}

// createPrivate makes the database file readable for its owner only; SQLite
// gives its side files the same mode.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// sqliteDSN names the database and what each connection sets: synchronous=FULL
// makes an answered write survive power loss too, not only a killed process.
func sqliteDSN(path, txlock string) string {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()}
	u.RawQuery = "_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_txlock=" + txlock
	return u.String()
}

// Directory is what the database holds, in memory, always up to date.
func (db *DB) Directory() *identity.Directory { return db.dir }

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) error { return db.read.PingContext(ctx) }

// Close waits for the running write and closes the database. Closing it again
// does nothing.
func (db *DB) Close() (err error) {
	db.closing.Do(func() { err = db.close() })
	return err
}

func (db *DB) close() error {
	var errs []error
	for _, pool := range []*sql.DB{db.read, db.write} {
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	if db.lock != nil {
		errs = append(errs, db.lock.Close())
	}
	return errors.Join(errs...)
}
