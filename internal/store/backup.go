package store

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"

	"hardpan/internal/seal"
)

// A backup is text, a JSON value a line: the head, then for each table its name
// and columns and a line for each row, then the end with a checksum of all lines
// before. It is the same for both databases, so that one can be filled from a
// backup of the other. Secrets are in it as they are stored, sealed, and so is
// the keyset that opens them, wrapped by the seal key. The seal key is not.

// backupFormat is raised when a program that knows the older could not read it.
const backupFormat = 1

// BackupHead is the first line of a backup.
type BackupHead struct {
	Hardpan string    `json:"hardpan"` // "backup"
	Format  int       `json:"format"`
	Schema  int64     `json:"schema"`  // version of the schema
	SealKey string    `json:"sealKey"` // id of the key that is needed; empty: nothing is sealed
	Created time.Time `json:"created"`
}

type backupTable struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
}

type backupEnd struct {
	End    bool   `json:"end"`
	Rows   int    `json:"rows"`
	SHA256 string `json:"sha256"` // of all lines before
}

// Backup writes everything as of one moment to out and returns how many rows
// that was. Servers go on meanwhile.
func (m *Maintenance) Backup(ctx context.Context, out io.Writer, now time.Time) (rows int, err error) {
	tx, err := m.snapshot(ctx)
	if err != nil {
		return 0, fmt.Errorf("beginning a backup: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	head := BackupHead{Hardpan: "backup", Format: backupFormat, Created: now.UTC().Truncate(time.Second)}
	if head.Schema, err = m.version(ctx, tx); err != nil {
		return 0, err
	}
	if newest, err := newestVersion(); err != nil || head.Schema > newest {
		return 0, errors.Join(fmt.Errorf("the schema has version %d, but this hardpan knows versions up to %d: back up with the newer hardpan", head.Schema, newest), err)
	}
	if wrapped, found, err := setting(ctx, tx, keysetName); err != nil {
		return 0, err
	} else if found {
		if head.SealKey, err = seal.WrappedBy([]byte(wrapped)); err != nil {
			return 0, err
		}
	}
	tables, err := schemaAt(ctx, head.Schema)
	if err != nil {
		return 0, err
	}
	w := &backupWriter{out: bufio.NewWriter(out), sum: sha256.New()}
	w.line(head)
	for _, t := range tables {
		if err := w.table(ctx, tx, t); err != nil {
			return 0, err
		}
	}
	w.line(backupEnd{true, w.rows, hex.EncodeToString(w.sum.Sum(nil))})
	if w.err == nil {
		w.err = w.out.Flush()
	}
	if w.err != nil {
		return 0, fmt.Errorf("writing the backup: %w", w.err)
	}
	return w.rows, nil
}

type backupWriter struct {
	out  *bufio.Writer
	sum  hash.Hash
	rows int
	err  error // the first
}

func (w *backupWriter) line(v any) {
	if w.err != nil {
		return
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text) // ends a line
	encoder.SetEscapeHTML(false)
	if w.err = encoder.Encode(v); w.err != nil {
		return
	}
	_, _ = w.sum.Write(text.Bytes()) // never fails
	_, w.err = w.out.Write(text.Bytes())
}

func (w *backupWriter) table(ctx context.Context, q querier, t table) error {
	names := t.columnNames()
	w.line(backupTable{t.name, names})
	// In an order of its own, so that two backups of one state are alike.
	list := strings.Join(names, ", ")
	rows, err := q.QueryContext(ctx, "SELECT "+list+" FROM "+t.name+" ORDER BY "+list)
	if err != nil {
		return fmt.Errorf("backing up table %s: %w", t.name, err)
	}
	defer func() { _ = rows.Close() }()
	values := make([]any, len(names))
	into := make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return fmt.Errorf("backing up table %s: %w", t.name, err)
		}
		for i, v := range values {
			if n, ok := v.(int64); ok && t.columns[i].kind == "boolean" { // SQLite has none
				values[i] = n != 0
			}
		}
		w.line(values)
		w.rows++
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("backing up table %s: %w", t.name, err)
	}
	return w.err
}
