package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"hardpan/internal/audit"
	money "hardpan/internal/usage"
)

func newBudgetRecovered(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "recovered",
		Short: "list calls that a crash cut off, charged at their bound",
		Long: `Lists the calls of models, and of tools with a limit, that were under way when a
server was killed. What became of them nobody knows, so each was charged the
most that it could cost, when the server started again; a tool's call counts as
one request. Compare them with the bill of the model's provider.

This reads the journal in the server's data folder on this machine, whether or
not the server runs.`,
		Example: `  hardpan budget recovered
  hardpan budget recovered --data-dir /var/lib/hardpan --output csv`,
		Args: args(cobra.NoArgs),
	}
	var l place
	cmd.Flags().StringVar(&l.dataDir, "data-dir", "", "data folder of the server (or HARDPAN_DATA_DIR; else ./"+defaultDataDir+")")
	_ = cmd.MarkFlagDirname("data-dir")
	form := addSheetOutput(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		list, err := readRecovered(l.folder(p))
		if err != nil {
			return err
		}
		switch *form {
		case asJSON:
			return p.printJSON(struct {
				Recovered []recovered `json:"recovered"`
			}{list})
		case asSheet:
			return p.printCSV(recoveredRows(list, "id", "time", "account", "caller", "model", "input_bound", "output_bound", "usd"))
		}
		st := p.stylesFor(p.out)
		if len(list) == 0 {
			st.printf("No call was cut off by a crash.\n")
			return nil
		}
		st.table(recoveredRows(list, "CALL", "TIME", "ACCOUNT", "CALLER", "MODEL", "INPUT", "OUTPUT", "USD"))
		return nil
	}
	return cmd
}

// recovered is a call that was charged at its bound.
type recovered struct {
	ID      string    `json:"id"`
	Time    time.Time `json:"time"`
	Account string    `json:"account"`
	Caller  string    `json:"caller"`
	Model   string    `json:"model"`
	Input   int64     `json:"inputBound"`
	Output  int64     `json:"outputBound"`
	Cost    string    `json:"cost"` // US dollars, or "unknown"
}

// readRecovered reads a journal from its beginning.
func readRecovered(dataDir string) ([]recovered, error) {
	list := []recovered{}
	for record, err := range audit.Read(dataDir, 1) {
		if err != nil {
			return nil, fmt.Errorf("reading the journal: %w", err)
		}
		if record.Kind() != audit.EventRecord {
			continue
		}
		e, err := record.Event()
		if err != nil {
			return nil, err
		}
		if !e.Recovered {
			continue
		}
		cost := "unknown"
		if e.Priced {
			cost = money.FormatUSD(e.Cost)
		}
		list = append(list, recovered{
			e.ID, time.UnixMicro(e.Time).UTC(), e.Account, e.Caller.ARN, e.UsedModel, e.Tokens.Input, e.Tokens.Output, cost,
		})
	}
	return list, nil
}

func recoveredRows(list []recovered, head ...string) [][]string {
	rows := [][]string{head}
	for _, r := range list {
		rows = append(rows, []string{
			r.ID, r.Time.Format(time.RFC3339), r.Account, r.Caller, r.Model,
			strconv.FormatInt(r.Input, 10), strconv.FormatInt(r.Output, 10), r.Cost,
		})
	}
	return rows
}
