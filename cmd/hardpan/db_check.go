package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"hardpan/internal/audit"
	"hardpan/internal/rollup"
	"hardpan/internal/store"
)

// checkReport is what db check prints.
type checkReport struct {
	*store.Report
	Journal *journalReport     `json:"journal"` // null: there is none in the data folder
	Usage   *rollup.Comparison `json:"usage"`   // null: there is nothing that it could be held against
}

type journalReport struct {
	Folder  string `json:"folder"`
	Records uint64 `json:"records"`
	Head    string `json:"head"` // hash of the last record
}

func newDBCheck(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "check schema, references, secrets, the journal and sums of it",
		Long: `Checks the schema and its version, that every reference is met, that every
entity can be read, that every sealed secret opens with the seal key, and the
chain of the journal in the data folder. If all of that is well, usage in the
database is held against the calls in this journal, to the nano-dollar. Nothing
is changed. A check of a server that runs sees it as of one moment. The exit
code is 1 if anything is wrong.`,
		Example: `  hardpan db check
  hardpan db check --output json`,
		Args: args(cobra.NoArgs),
	}
	form := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		d, err := p.database(cmd)
		if err != nil {
			return err
		}
		report, err := p.checkDatabase(cmd.Context(), d)
		if err != nil {
			return err
		}
		if *form == asJSON {
			err = p.printJSON(report)
		} else {
			p.showCheck(report)
		}
		if err == nil && len(report.Problems) > 0 {
			err = failed("restore a backup into an empty database: see doc/storage.md", "%d problems found", len(report.Problems))
		}
		return err
	}
	return cmd
}

func (p *program) checkDatabase(ctx context.Context, d database) (*checkReport, error) {
	key, _, err := p.presentSealKey(d.dataDir)
	if err != nil {
		return nil, err
	}
	m, err := d.maintain(ctx)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	found, err := m.Check(ctx, key)
	if err != nil {
		return nil, err
	}
	report := &checkReport{Report: found}
	return report, report.checkJournal(ctx, d.dataDir, m)
}

func (r *checkReport) checkJournal(ctx context.Context, dataDir string, m *store.Maintenance) error {
	folder := filepath.Join(dataDir, "journal")
	if _, err := os.Stat(folder); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	head, err := audit.Verify(dataDir)
	r.Journal = &journalReport{Folder: folder, Records: head.Seq, Head: head.Hash.String()}
	if _, damaged := errors.AsType[*audit.DamageError](err); damaged {
		r.Problems = append(r.Problems, err.Error())
		return nil
	}
	if err != nil || len(r.Problems) > 0 {
		return err
	}
	if r.Usage, err = rollup.Compare(ctx, m, dataDir, head); err == nil {
		r.Problems = append(r.Problems, r.Usage.Problems...)
	}
	return err
}

func (p *program) showCheck(r *checkReport) {
	st := p.stylesFor(p.out)
	st.printf("%s\n", st.bold.Render(r.Database))
	st.printf("  schema     version %d\n", r.Schema)
	st.printf("  entities   %d in %d accounts\n", r.Entities, r.Accounts)
	st.printf("  secrets    %d opened\n", r.Sealed)
	if r.Journal == nil {
		st.printf("  journal    none in the data folder\n")
	} else {
		st.printf("  journal    %d records, the last is %s\n", r.Journal.Records, r.Journal.Head)
	}
	if r.Usage != nil && r.Usage.Counted > 0 {
		st.printf("  usage      counted up to record %d, with %d calls of models\n", r.Usage.Counted, r.Usage.Calls)
	}
	for _, problem := range r.Problems {
		st.printf("%s %s\n", st.bad.Render("problem:"), problem)
	}
	if len(r.Problems) == 0 {
		fmt.Fprintln(p.out, "All is well.")
	}
}
