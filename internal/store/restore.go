package store

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"

	"hardpan/internal/seal"
)

const (
	maxBackupLine = 64 << 20 // bytes; a row holds a few policy documents at most
	restoreBatch  = 200      // rows a statement
)

// Restore fills an empty database from a backup, checks the whole, and only then
// keeps it. It refuses a database that holds anything, a seal key that is not
// the backup's (the error wraps [seal.ErrWrongKey]), a backup that is damaged or
// cut, and one of a newer hardpan. It returns the backup's head and how many
// rows there were.
func Restore(ctx context.Context, place Place, in io.Reader, key seal.Key) (head BackupHead, rows int, err error) {
	r := newBackupReader(in)
	if head, err = r.head(key); err != nil {
		return head, 0, err
	}
	e, err := place.alone(ctx)
	if err != nil {
		return head, 0, err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	if err := e.checkEmpty(ctx); err != nil {
		return head, 0, err
	}
	p, err := migrator(e)
	if err != nil {
		return head, 0, err
	}
	if _, err := p.UpTo(ctx, head.Schema); err != nil {
		return head, 0, fmt.Errorf("making the schema of version %d: %w", head.Schema, err)
	}
	if rows, err = e.fill(ctx, r, head, key); err != nil {
		return head, 0, err
	}
	if _, err := p.Up(ctx); err != nil {
		return head, 0, fmt.Errorf("upgrading the restored schema: %w", err)
	}
	return head, rows, nil
}

// checkEmpty refuses a database that holds rows.
func (e engine) checkEmpty(ctx context.Context) error {
	have, err := e.tables(ctx, e.read)
	if err != nil {
		return err
	}
	for _, t := range have {
		var some int
		err := e.read.QueryRowContext(ctx, "SELECT 1 FROM "+quoted(t.name)+" LIMIT 1").Scan(&some)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return fmt.Errorf("looking whether the database is empty: %w", err)
		}
		return fmt.Errorf("database %s is not empty (table %s holds rows): restore into an empty one, so that nothing is lost", e.name, t.name)
	}
	return nil
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// fill reads the tables in one transaction.
func (e engine) fill(ctx context.Context, r *backupReader, head BackupHead, key seal.Key) (int, error) {
	tables, err := schemaAt(ctx, head.Schema)
	if err != nil {
		return 0, err
	}
	tx, err := e.write.BeginTx(ctx, nil)
	if err != nil {
		return 0, fmt.Errorf("beginning to restore: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	if err := r.tables(ctx, tx, tables); err != nil {
		return 0, err
	}
	newest, err := newestVersion()
	if err != nil {
		return 0, err
	}
	if head.Schema == newest { // what an older one means, its own program knew
		report := &Report{}
		if err := report.contents(ctx, tx, tables, key); err != nil {
			return 0, err
		}
		if len(report.Problems) > 0 {
			return 0, fmt.Errorf("the backup is not sound, nothing was restored: %s", strings.Join(report.Problems, "; "))
		}
	}
	if err := tx.Commit(); err != nil {
		return 0, fmt.Errorf("keeping what was restored: %w", err)
	}
	return r.rows, nil
}

type backupReader struct {
	lines *bufio.Scanner
	sum   hash.Hash
	rows  int
}

func newBackupReader(in io.Reader) *backupReader {
	r := &backupReader{lines: bufio.NewScanner(in), sum: sha256.New()}
	r.lines.Buffer(make([]byte, 0, 64<<10), maxBackupLine)
	return r
}

var errCutBackup = errors.New("the backup is cut: it has no end line")

// next returns the next line, and the checksum of those before it.
func (r *backupReader) next() (line []byte, before string, err error) {
	if !r.lines.Scan() {
		if r.lines.Err() != nil {
			return nil, "", fmt.Errorf("reading the backup: %w", r.lines.Err())
		}
		return nil, "", errCutBackup
	}
	before = hex.EncodeToString(r.sum.Sum(nil))
	_, _ = r.sum.Write(append(r.lines.Bytes(), '\n')) // never fails
	return r.lines.Bytes(), before, nil
}

func (r *backupReader) head(key seal.Key) (h BackupHead, err error) {
	line, _, err := r.next()
	if err != nil {
		return h, err
	}
	newest, err := newestVersion()
	if err != nil {
		return h, err
	}
	switch err := json.Unmarshal(line, &h); {
	case err != nil || h.Hardpan != "backup":
		return h, errors.New("this is no backup of hardpan's: give a file that hardpan db backup has written")
	case h.Format != backupFormat || h.Schema > newest:
		return h, fmt.Errorf("the backup has format %d and schema version %d, but this hardpan knows %d and versions up to %d: restore with a newer hardpan", h.Format, h.Schema, backupFormat, newest)
	case h.SealKey != "" && h.SealKey != key.ID():
		return h, fmt.Errorf("%w: the backup is sealed with key %s, but key %s was given; give the seal key that was in use when the backup was made", seal.ErrWrongKey, h.SealKey, key.ID())
	}
	return h, nil
}

// tables reads everything up to the end and checks it against the checksum.
func (r *backupReader) tables(ctx context.Context, tx *sql.Tx, tables []table) error {
	var in *inserter
	for {
		line, before, err := r.next()
		if err != nil {
			return err
		}
		if len(line) > 0 && line[0] == '[' && in != nil {
			if err := in.row(ctx, line); err != nil {
				return err
			}
			r.rows++
			continue
		}
		if in != nil {
			if err := in.flush(ctx); err != nil {
				return err
			}
		}
		var l struct {
			backupTable
			backupEnd
		}
		if err := json.Unmarshal(line, &l); err != nil {
			return fmt.Errorf("the backup is damaged: %w", err)
		}
		if l.End {
			if l.SHA256 != before || l.Rows != r.rows {
				return fmt.Errorf("the backup is damaged: %d rows with checksum %s, and its end says %d and %s", r.rows, before, l.Rows, l.SHA256)
			}
			return nil
		}
		if in, err = newInserter(tx, tables, l.backupTable); err != nil {
			return err
		}
	}
}

// inserter puts the rows of one table, many at once.
type inserter struct {
	tx     *sql.Tx
	table  backupTable
	values []any
}

func newInserter(tx *sql.Tx, tables []table, t backupTable) (*inserter, error) {
	i := slices.IndexFunc(tables, func(known table) bool { return known.name == t.Table })
	if i < 0 || !slices.Equal(tables[i].columnNames(), t.Columns) {
		return nil, fmt.Errorf("the backup is damaged: its schema has no table %s with the columns %s", t.Table, strings.Join(t.Columns, ", "))
	}
	return &inserter{tx: tx, table: t}, nil
}

func (in *inserter) row(ctx context.Context, line []byte) error {
	var values []any
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	if err := decoder.Decode(&values); err != nil || len(values) != len(in.table.Columns) {
		return errors.Join(fmt.Errorf("the backup is damaged: a row of table %s has not %d columns", in.table.Table, len(in.table.Columns)), err)
	}
	for i, v := range values {
		if n, ok := v.(json.Number); ok {
			whole, err := n.Int64()
			if err != nil {
				return fmt.Errorf("the backup is damaged: %w", err)
			}
			values[i] = whole
		}
	}
	in.values = append(in.values, values...)
	if len(in.values) >= restoreBatch*len(in.table.Columns) {
		return in.flush(ctx)
	}
	return nil
}

func (in *inserter) flush(ctx context.Context) error {
	if len(in.values) == 0 {
		return nil
	}
	var query strings.Builder
	fmt.Fprintf(&query, "INSERT INTO %s (%s) VALUES ", in.table.Table, strings.Join(in.table.Columns, ", "))
	for i := range in.values {
		switch {
		case i == 0:
			query.WriteString("(")
		case i%len(in.table.Columns) == 0:
			query.WriteString("), (")
		default:
			query.WriteString(", ")
		}
		fmt.Fprintf(&query, "$%d", i+1)
	}
	query.WriteString(")")
	if _, err := in.tx.ExecContext(ctx, query.String(), in.values...); err != nil {
		return fmt.Errorf("restoring table %s: %w", in.table.Table, err)
	}
	in.values = in.values[:0]
	return nil
}
