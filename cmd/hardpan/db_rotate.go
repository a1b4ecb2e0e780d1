package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"hardpan/internal/seal"
)

func newDBRotate(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rotate-seal-key",
		Short: "replace the seal key while servers run",
		Long: `Replaces the seal key. Servers that run go on, and need the new key when they
next start. The seal key wraps the keys that secrets are sealed with, so nothing
is sealed anew, and API keys, access keys and sessions stay as they are.

The new key is in --new-key FILE, which is made if it is not there. Without it,
when the key in use is <data-dir>/seal.key, a new one takes its place and the
old one is kept beside it under another name.

Backups made before need the old key. Whoever has the old key and a copy of the
database from before can still read its secrets: then replace those too.`,
		Example: `  hardpan db rotate-seal-key
  hardpan db rotate-seal-key --new-key /run/secrets/hardpan-seal-2`,
		Args: args(cobra.NoArgs),
	}
	newKey := cmd.Flags().String("new-key", "", "file of the new key, made if it is not there")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		d, err := p.database(cmd)
		if err != nil {
			return err
		}
		old, file, err := p.presentSealKey(d.dataDir)
		if err != nil {
			return err
		}
		inPlace := *newKey == "" && file == filepath.Join(d.dataDir, sealKeyFile)
		if *newKey == "" && !inPlace {
			return usage(cmd, "the seal key in use is in %s: say with --new-key FILE where the new one is to be", cmp.Or(file, "HARDPAN_SEAL_KEY"))
		}
		next := cmp.Or(*newKey, file+".next")
		key, err := nextSealKey(next)
		if err != nil {
			return err
		}
		if key.ID() == old.ID() {
			return usage(cmd, "the key in %s is the one in use", next)
		}
		if err := p.rotate(cmd.Context(), d, old, key); err != nil {
			return err
		}
		if inPlace {
			return p.replaceSealKey(file, next, old)
		}
		fmt.Fprintf(p.out, "The seal key is now %s, in %s.\nServers need it when they next start: HARDPAN_SEAL_KEY_FILE=%s\nKey %s opens backups made before.\n", key.ID(), next, next, old.ID())
		return nil
	}
	return cmd
}

func (p *program) rotate(ctx context.Context, d database, old, next seal.Key) error {
	m, err := d.maintain(ctx)
	if err != nil {
		return err
	}
	defer m.Close()
	return m.RotateSealKey(ctx, old, next)
}

// nextSealKey reads the new key, or makes it. It is on disk before the database
// needs it: what a rotation that was cut short has left is taken up again.
func nextSealKey(file string) (seal.Key, error) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return readSealKey(file)
	}
	if err != nil {
		return seal.Key{}, fmt.Errorf("making the new seal key's file: %w", err)
	}
	key := seal.NewKey()
	_, err = f.WriteString(key.Text() + "\n")
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return seal.Key{}, fmt.Errorf("writing the new seal key: %w", err)
	}
	return key, nil
}

// replaceSealKey puts the new key where servers look, and the old one aside.
func (p *program) replaceSealKey(file, next string, old seal.Key) error {
	aside := file + "." + old.ID()
	if err := os.Link(file, aside); err != nil && !errors.Is(err, os.ErrExist) {
		return failed("move "+next+" to "+file+" by hand: servers need it when they next start", "putting the old seal key aside: %w", err)
	}
	if err := os.Rename(next, file); err != nil {
		return failed("move "+next+" to "+file+" by hand: servers need it when they next start", "putting the new seal key in its place: %w", err)
	}
	fmt.Fprintf(p.out, "The seal key in %s is new; servers read it when they next start.\nThe old one, which opens backups made before, is %s.\n", file, aside)
	return nil
}
