package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hardpan/internal/config"
	"hardpan/internal/seal"
	"hardpan/internal/server"
	"hardpan/internal/store"
)

// The db commands are for those who run a server. They reach its database
// themselves, found by the same settings as the server's, whether or not one
// runs: who may read the database and the seal key may do all of this anyway.

func newDB(p *program) *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "db",
		Short: "migrate, check, back up and restore the database",
		Long: `Look after a server's database: accounts, users, policies, keys. It is the
file hardpan.db in the data folder, or the PostgreSQL of --database-url. All but
migrate and restore may be done while servers run.

The journal of calls is no part of it: it is the folder journal beside it, files
that only grow, to be copied by any means.`,
		Example: `  hardpan db check
  hardpan db backup hardpan-backup.jsonl
  hardpan db restore hardpan-backup.jsonl --data-dir other-folder`,
	})
	addDatabaseFlags(cmd.PersistentFlags())
	cmd.AddCommand(newDBMigrate(p), newDBCheck(p), newDBBackup(p), newDBRestore(p), newDBRotate(p))
	return cmd
}

func addDatabaseFlags(flags *pflag.FlagSet) {
	all := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	config.AddFlags(all)
	for _, name := range []string{"config", "data-dir", "database-url"} {
		flags.AddFlag(all.Lookup(name))
	}
}

// database is what the db commands work on.
type database struct {
	store.Place
	dataDir string
}

// database finds it by the settings of serve.
func (p *program) database(cmd *cobra.Command) (database, error) {
	cfg, err := config.Resolve(cmd.Flags(), p.lookup)
	if err != nil {
		return database{}, err
	}
	url, err := cfg.DatabaseURL.Resolve(p.lookup)
	if err != nil {
		return database{}, err
	}
	return database{store.Place{File: server.DatabaseFile(cfg.DataDir), URL: url}, cfg.DataDir}, nil
}

// maintain reaches a database that is there.
func (d database) maintain(ctx context.Context) (*store.Maintenance, error) {
	m, err := store.Maintain(ctx, d.Place)
	if errors.Is(err, os.ErrNotExist) {
		return nil, failed("name the server's data folder with --data-dir or HARDPAN_DATA_DIR,\nor its PostgreSQL with --database-url or HARDPAN_DATABASE_URL", "there is no database %s", d.File)
	}
	return m, err
}

// presentSealKey finds the key as serve does, but never makes one. file is where
// it was found, "" if in the environment.
func (p *program) presentSealKey(dataDir string) (key seal.Key, file string, err error) {
	text := p.getenv("HARDPAN_SEAL_KEY")
	file = p.getenv("HARDPAN_SEAL_KEY_FILE")
	switch {
	case text != "" && file != "":
		return key, "", errors.New("HARDPAN_SEAL_KEY and HARDPAN_SEAL_KEY_FILE are both set; keep one")
	case text != "":
		if key, err = seal.ParseKey(text); err != nil {
			err = fmt.Errorf("HARDPAN_SEAL_KEY: %w", err)
		}
		return key, "", err
	case file == "":
		file = filepath.Join(dataDir, sealKeyFile)
	}
	if key, err = readSealKey(file); errors.Is(err, os.ErrNotExist) {
		err = failed("name it with HARDPAN_SEAL_KEY_FILE or HARDPAN_SEAL_KEY, or put it there", "the seal key is not in %s", file)
	}
	return key, file, err
}

func newDBMigrate(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "bring the schema up to this program's version",
		Long: `Brings the schema of the database up to the version that this program knows. A
server does the same when it starts; this is for those who want it done before.
A schema of a newer program is refused. There is no way back but a backup.`,
		Example: `  hardpan db migrate
  hardpan db migrate --database-url postgres://hardpan@db.example.com/hardpan`,
		Args: args(cobra.NoArgs),
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		d, err := p.database(cmd)
		if err != nil {
			return err
		}
		if d.URL == "" {
			if err := os.MkdirAll(d.dataDir, 0o700); err != nil {
				return fmt.Errorf("making the data folder: %w", err)
			}
		}
		before, after, err := store.Migrate(cmd.Context(), d.Place)
		if err != nil {
			return err
		}
		if before == after {
			fmt.Fprintf(p.out, "The schema has version %d already.\n", after)
			return nil
		}
		fmt.Fprintf(p.out, "The schema went from version %d to %d.\n", before, after)
		return nil
	}
	return cmd
}
