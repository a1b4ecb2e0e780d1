package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to the version this program was built with. A
// newer one is refused: a program that does not know a column would lose it.
func migrate(ctx context.Context, e engine) error {
	return e.exclusively(ctx, func() error {
		p, err := migrator(e)
		if err != nil {
			return err
		}
		have, know, err := versions(ctx, p)
		if err != nil || have == know {
			return err
		}
		if _, err := p.Up(ctx); err != nil {
			return fmt.Errorf("upgrading the schema from version %d to %d: %w", have, know, err)
		}
		return nil
	})
}

func migrator(e engine) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("reading the embedded schema: %w", err)
	}
	p, err := goose.NewProvider(e.dialect, e.write, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("reading the embedded schema: %w", err)
	}
	return p, nil
}

// versions returns the version of the database's schema, 0 for none, and the
// newest that this program knows. It fails if the database's is newer.
func versions(ctx context.Context, p *goose.Provider) (have, know int64, err error) {
	have, know, err = p.GetVersions(ctx)
	if err != nil {
		return 0, 0, fmt.Errorf("reading the schema version: %w", err)
	}
	if have > know {
		return have, know, fmt.Errorf("its schema has version %d, but this hardpan knows versions up to %d only: a newer hardpan has written it; run that one, or restore a backup made before the upgrade", have, know)
	}
	return have, know, nil
}
