package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

const sqliteDialect = goose.DialectSQLite3

// migrate brings the schema up to the version this program was built with. A
// newer one is refused: a program that does not know a column would lose it.
func migrate(ctx context.Context, db *sql.DB, dialect goose.Dialect) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("reading the embedded schema: %w", err)
	}
	p, err := goose.NewProvider(dialect, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("reading the embedded schema: %w", err)
	}
	have, know, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("reading the schema version: %w", err)
	}
	if have > know {
		return fmt.Errorf("its schema has version %d, but this hardpan knows versions up to %d only: a newer hardpan has written it; run that one, or restore a backup made before the upgrade", have, know)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("upgrading the schema from version %d to %d: %w", have, know, err)
	}
	return nil
}
