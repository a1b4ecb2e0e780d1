package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/pressly/goose/v3"

	"hardpan/internal/gateway"
	"hardpan/internal/identity"
	"hardpan/internal/seal"
)

// Report is what a check found.
type Report struct {
	Database string   `json:"database"` // without a password
	Schema   int64    `json:"schema"`   // version
	Accounts int      `json:"accounts"`
	Entities int      `json:"entities"`
	Sealed   int      `json:"sealed"` // secrets that opened
	Problems []string `json:"problems"`
}

func (r *Report) problem(format string, args ...any) {
	r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
}

// Check looks at everything as of one moment: the schema and its version, that
// every reference is met, that every entity can be read and every secret opened
// with key. What is wrong is in the report; the error is for what could not be
// looked at. Servers go on meanwhile.
func (m *Maintenance) Check(ctx context.Context, key seal.Key) (*Report, error) {
	tx, err := m.snapshot(ctx)
	if err != nil {
		return nil, fmt.Errorf("beginning a check: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	r := &Report{Database: m.name}
	if r.Schema, err = m.version(ctx, tx); err != nil {
		return nil, err
	}
	newest, err := newestVersion()
	if err != nil {
		return nil, err
	}
	if r.Schema != newest {
		r.problem("the schema has version %d and this hardpan's has %d: run hardpan db migrate, or the hardpan that wrote it", r.Schema, newest)
		return r, nil
	}
	tables, err := schemaAt(ctx, newest)
	if err != nil {
		return nil, err
	}
	have, err := m.tables(ctx, tx)
	if err != nil {
		return nil, err
	}
	if r.Problems = compare(tables, have); len(r.Problems) > 0 {
		return r, nil // what follows would fail on it
	}
	if err := m.health(ctx, tx, r); err != nil {
		return nil, err
	}
	return r, r.contents(ctx, tx, tables, key)
}

// health asks the database about itself.
func (e engine) health(ctx context.Context, q querier, r *Report) error {
	if e.dialect == goose.DialectPostgres {
		var fsync string
		if err := q.QueryRowContext(ctx, `SELECT current_setting('fsync')`).Scan(&fsync); err != nil {
			return fmt.Errorf("asking PostgreSQL about its settings: %w", err)
		}
		if fsync == "off" {
			r.problem("PostgreSQL runs with fsync = off: a loss of power may destroy the database")
		}
		return nil
	}
	rows, err := q.QueryContext(ctx, `PRAGMA integrity_check(20)`)
	if err != nil {
		return fmt.Errorf("checking the file: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var said string
		if err := rows.Scan(&said); err != nil {
			return fmt.Errorf("checking the file: %w", err)
		}
		if said != "ok" {
			r.problem("the file is damaged: %s", said)
		}
	}
	return rows.Err()
}

// contents checks what is in the tables.
func (r *Report) contents(ctx context.Context, q querier, tables []table, key seal.Key) error {
	for _, t := range tables {
		for _, ref := range t.references {
			if err := r.reference(ctx, q, t.name, ref); err != nil {
				return err
			}
		}
	}
	var ahead int
	err := q.QueryRowContext(ctx, `SELECT count(*) FROM account a
		WHERE a.revision < (SELECT max(c.revision) FROM change c WHERE c.account = a.account)`).Scan(&ahead)
	if err != nil {
		return fmt.Errorf("checking the change log: %w", err)
	}
	if ahead > 0 {
		r.problem("the change log of %d accounts is ahead of the account: servers would miss writes", ahead)
	}
	return r.entities(ctx, q, key)
}

// reference counts the rows that refer to nothing.
func (r *Report) reference(ctx context.Context, q querier, from string, ref reference) error {
	var set, same []string
	for i, c := range ref.columns {
		set = append(set, "c."+c+" IS NOT NULL")
		same = append(same, "p."+ref.targets[i]+" = c."+c)
	}
	query := fmt.Sprintf("SELECT count(*) FROM %s c WHERE %s AND NOT EXISTS (SELECT 1 FROM %s p WHERE %s)",
		from, strings.Join(set, " AND "), ref.table, strings.Join(same, " AND "))
	var orphans int
	if err := q.QueryRowContext(ctx, query).Scan(&orphans); err != nil {
		return fmt.Errorf("checking what %s refers to: %w", from, err)
	}
	if orphans > 0 {
		r.problem("%d rows of %s refer to a row of %s that is not there (%s)", orphans, from, ref.table, strings.Join(ref.columns, ", "))
	}
	return nil
}

// entities reads every entity and opens every secret.
func (r *Report) entities(ctx context.Context, q querier, key seal.Key) error {
	wrapped, found, err := setting(ctx, q, keysetName)
	if err != nil {
		return err
	}
	var box *seal.Box
	if found {
		if box, err = seal.Open(key, []byte(wrapped)); err != nil {
			r.problem("%v", err)
		}
	}
	sealed := 0
	err = loadEntities(ctx, q, all, func(e identity.Entity) error {
		r.Entities++
		switch e := e.(type) {
		case *identity.Account:
			r.Accounts++
		case *identity.AccessKey:
			sealed++
			r.sealed(box, "access key", e.Ref(), e.Sealed, e.AssociatedData())
		case *gateway.Provider:
			sealed++
			r.sealed(box, "credential provider", e.Ref(), e.Sealed, e.AssociatedData())
		}
		return nil
	})
	if err != nil {
		r.problem("%v", err)
	}
	if sealed > 0 && !found {
		r.problem("there are %d sealed secrets and no keyset to open them with", sealed)
	}
	return nil
}

func (r *Report) sealed(box *seal.Box, what string, ref identity.Ref, secret, associated []byte) {
	if box == nil {
		return // said once
	}
	if _, err := box.Open(secret, associated); err != nil {
		r.problem("the secret of %s %s in account %s: %v", what, ref.ID, ref.Account, err)
		return
	}
	r.Sealed++
}
