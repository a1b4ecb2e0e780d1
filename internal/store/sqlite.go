package store

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the "sqlite" driver
)

// lockedSQLite reaches the SQLite database at path for the only process that
// may serve it, and makes the file if it is not there.
func lockedSQLite(path string) (engine, error) {
	lock, err := lockDatabase(path)
	if err != nil {
		return engine{}, err
	}
	if err := createPrivate(path); err != nil {
		return engine{}, errors.Join(fmt.Errorf("opening database %s: %w", path, err), lock.Close())
	}
	e, err := sqliteEngine(path)
	e.lock = lock
	if err != nil {
		err = errors.Join(err, e.close())
	}
	return e, err
}

// sqliteEngine reaches a SQLite database beside whoever has it open.
func sqliteEngine(path string) (e engine, err error) {
	e = engine{name: path, dialect: goose.DialectSQLite3, moment: sql.TxOptions{ReadOnly: true}}
	if e.write, err = sql.Open("sqlite", sqliteDSN(path, "immediate")); err != nil {
		return e, fmt.Errorf("opening database %s: %w", path, err)
	}
	e.write.SetMaxOpenConns(1) // SQLite has one writer at a time
	if e.read, err = sql.Open("sqlite", sqliteDSN(path, "deferred")+"&_pragma=query_only(1)"); err != nil {
		return e, fmt.Errorf("opening database %s: %w", path, err)
	}
	e.read.SetMaxOpenConns(readers)
	return e, nil
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
