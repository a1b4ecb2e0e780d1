package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"
)

// The schema is written down once, in the migrations. Whoever has to know its
// tables, to copy or to check them, reads them from an empty database in memory
// that the same migrations have made.

// table is one table of the schema.
type table struct {
	name       string
	columns    []column
	references []reference
}

type column struct{ name, kind string }

// reference is a foreign key: these columns name a row of another table.
type reference struct {
	columns []string
	table   string
	targets []string
}

func (t *table) columnNames() []string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return names
}

// schemaAt returns the tables of a version of the schema, each behind those it
// refers to: PostgreSQL would not have made them in another order.
func schemaAt(ctx context.Context, version int64) ([]table, error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, fmt.Errorf("making the schema in memory: %w", err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // each connection would have a memory of its own
	p, err := migrator(engine{dialect: goose.DialectSQLite3, write: db})
	if err != nil {
		return nil, err
	}
	if _, err := p.UpTo(ctx, version); err != nil {
		return nil, fmt.Errorf("making the schema in memory: %w", err)
	}
	tables, err := readTables(ctx, db, sqliteColumns)
	if err != nil {
		return nil, err
	}
	for i := range tables {
		if tables[i].references, err = readReferences(ctx, db, tables[i].name); err != nil {
			return nil, err
		}
	}
	return tables, nil
}

// What the two databases say about their own tables; the answers are alike.
const (
	sqliteColumns = `SELECT t.name, c.name, c.type FROM sqlite_master t, pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite@_%' ESCAPE '@' ORDER BY t.rowid, c.cid`
	postgresColumns = `SELECT table_name, column_name, data_type FROM information_schema.columns
		WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position`
)

// versionTable is goose's own.
const versionTable = "goose_db_version"

func readTables(ctx context.Context, q querier, query string) ([]table, error) {
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("reading the schema: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var tables []table
	for rows.Next() {
		var name string
		var c column
		if err := rows.Scan(&name, &c.name, &c.kind); err != nil {
			return nil, fmt.Errorf("reading the schema: %w", err)
		}
		if name == versionTable {
			continue
		}
		if len(tables) == 0 || tables[len(tables)-1].name != name {
			tables = append(tables, table{name: name})
		}
		last := &tables[len(tables)-1]
		last.columns = append(last.columns, c)
	}
	return tables, rows.Err()
}

func readReferences(ctx context.Context, q querier, name string) ([]reference, error) {
	rows, err := q.QueryContext(ctx, `SELECT id, "table", "from", "to" FROM pragma_foreign_key_list($1) ORDER BY id, seq`, name)
	if err != nil {
		return nil, fmt.Errorf("reading the references of %s: %w", name, err)
	}
	defer func() { _ = rows.Close() }()
	var all []reference
	last := -1
	for rows.Next() {
		var id int
		var to, from, target string
		if err := rows.Scan(&id, &to, &from, &target); err != nil {
			return nil, fmt.Errorf("reading the references of %s: %w", name, err)
		}
		if id != last {
			all, last = append(all, reference{table: to}), id
		}
		r := &all[len(all)-1]
		r.columns, r.targets = append(r.columns, from), append(r.targets, target)
	}
	return all, rows.Err()
}

// tables are what the database has.
func (e engine) tables(ctx context.Context, q querier) ([]table, error) {
	if e.dialect == goose.DialectPostgres {
		return readTables(ctx, q, postgresColumns)
	}
	return readTables(ctx, q, sqliteColumns)
}

// version returns the version of the schema without making anything: 0 if
// there is none.
func (e engine) version(ctx context.Context, q querier) (int64, error) {
	query := `SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = $1`
	if e.dialect == goose.DialectPostgres {
		query = `SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = $1`
	}
	var there int
	if err := q.QueryRowContext(ctx, query, versionTable).Scan(&there); err != nil {
		return 0, fmt.Errorf("reading the schema version: %w", err)
	}
	if there == 0 {
		return 0, nil
	}
	var version sql.NullInt64
	err := q.QueryRowContext(ctx, `SELECT max(version_id) FROM goose_db_version WHERE is_applied`).Scan(&version)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("reading the schema version: %w", err)
	}
	return version.Int64, nil
}

// newestVersion is that of the schema which this program was built with.
func newestVersion() (int64, error) {
	p, err := migrator(engine{dialect: goose.DialectSQLite3, write: new(sql.DB)})
	if err != nil {
		return 0, err
	}
	sources := p.ListSources()
	return sources[len(sources)-1].Version, nil
}

// compare tells how the tables that are there differ from those that should be.
func compare(want, have []table) (problems []string) {
	describe := func(tables []table) map[string][]string {
		all := map[string][]string{}
		for _, t := range tables {
			for _, c := range t.columns {
				all[t.name] = append(all[t.name], c.name+" "+strings.ToLower(c.kind))
			}
		}
		return all
	}
	is := describe(have)
	for _, t := range want {
		should := describe([]table{t})[t.name]
		switch columns, ok := is[t.name]; {
		case !ok:
			problems = append(problems, fmt.Sprintf("table %s is missing", t.name))
		case !slices.Equal(should, columns):
			problems = append(problems, fmt.Sprintf("table %s has the columns (%s) and should have (%s)", t.name, strings.Join(columns, ", "), strings.Join(should, ", ")))
		}
	}
	return problems
}
