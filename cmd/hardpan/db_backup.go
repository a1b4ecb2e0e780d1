package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"hardpan/internal/seal"
	"hardpan/internal/store"
)

func newDBBackup(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "write everything in the database to a file",
		Long: `Writes everything in the database, as of one moment, to a new file that only you
can read; - is standard output. Servers go on meanwhile. The file is the same
for SQLite and PostgreSQL, and either can be filled from it.

The seal key is not in it: keep that apart, and keep it as long as the backup,
which is worth nothing without it. Nor is the journal of calls in it, nor TLS
certificates, nor hardpan.yaml.`,
		Example: `  hardpan db backup hardpan-backup.jsonl
  hardpan db backup - | gzip > hardpan-backup.jsonl.gz`,
		Args: args(cobra.ExactArgs(1)),
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		d, err := p.database(cmd)
		if err != nil {
			return err
		}
		m, err := d.maintain(cmd.Context())
		if err != nil {
			return err
		}
		defer m.Close()
		if args[0] == "-" {
			_, err := m.Backup(cmd.Context(), p.out, time.Now())
			return err
		}
		rows, err := backUp(cmd.Context(), m, args[0])
		if err != nil {
			return err
		}
		fmt.Fprintf(p.out, "Backed up %s: %d rows in %s.\nKeep the seal key as long as this file, and apart from it.\n", m.Name(), rows, args[0])
		return nil
	}
	return cmd
}

// backUp writes beside the file's place and moves it there when it is whole and
// on disk.
func backUp(ctx context.Context, m *store.Maintenance, path string) (rows int, err error) {
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		return 0, errors.Join(failed("give a name that is free", "%s is there already and is not overwritten", path), err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".partial-*") // with mode 0600
	if err != nil {
		return 0, fmt.Errorf("making the backup's file: %w", err)
	}
	defer os.Remove(f.Name()) // fails when it was moved
	rows, err = m.Backup(ctx, f, time.Now())
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return 0, fmt.Errorf("putting the backup in its place: %w", err)
	}
	return rows, nil
}

func newDBRestore(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "fill an empty database from a backup",
		Long: `Fills an empty database from a backup; - is standard input. The whole is checked
before it is kept. Refused are a database that holds anything, a seal key that
is not the backup's, and a file that is damaged or cut. A backup of an older
hardpan is brought up to date.`,
		Example: `  hardpan db restore hardpan-backup.jsonl --data-dir other-folder
  hardpan db restore - --database-url postgres://db/hardpan < backup.jsonl`,
		Args: args(cobra.ExactArgs(1)),
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		d, err := p.database(cmd)
		if err != nil {
			return err
		}
		in := p.in
		if args[0] != "-" {
			f, err := os.Open(args[0])
			if err != nil {
				return fmt.Errorf("reading the backup: %w", err)
			}
			defer f.Close()
			in = f
		}
		return p.restore(cmd.Context(), d, in)
	}
	return cmd
}

func (p *program) restore(ctx context.Context, d database, in io.Reader) error {
	key, _, err := p.presentSealKey(d.dataDir)
	if err != nil {
		return err
	}
	if d.URL == "" {
		if err := os.MkdirAll(d.dataDir, 0o700); err != nil {
			return fmt.Errorf("making the data folder: %w", err)
		}
	}
	head, rows, err := store.Restore(ctx, d.Place, in, key)
	if errors.Is(err, seal.ErrWrongKey) {
		return failed("name it with HARDPAN_SEAL_KEY_FILE or HARDPAN_SEAL_KEY", "%w", err)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "Restored %d rows of the backup of %s.\n", rows, head.Created.Format(displayedTime))
	return nil
}
