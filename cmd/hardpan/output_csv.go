package main

import (
	"encoding/csv"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// asSheet is the form for spreadsheets.
const asSheet output = "csv"

// sheetOutput is --output of a command that prints rows.
type sheetOutput struct{ *output }

// addSheetOutput gives cmd the flag --output with csv beside the usual forms.
func addSheetOutput(cmd *cobra.Command) *output {
	o := asText
	cmd.Flags().VarP(sheetOutput{&o}, "output", "o", "text for people, json for programs, csv for spreadsheets")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{string(asText), string(asJSON), string(asSheet)}, cobra.ShellCompDirectiveNoFileComp))
	return &o
}

// Type implements pflag.Value.
func (o sheetOutput) Type() string { return "text|json|csv" }

// Set implements pflag.Value.
func (o sheetOutput) Set(text string) error {
	if output(text) == asSheet {
		*o.output = asSheet
		return nil
	}
	if o.output.Set(text) != nil {
		return fmt.Errorf("it is text, json or csv")
	}
	return nil
}

// printCSV prints rows, the first of which are the names of the columns. A text
// that a spreadsheet would take for a formula gets an apostrophe before it.
func (p *program) printCSV(rows [][]string) error {
	w := csv.NewWriter(p.out)
	for _, row := range rows {
		safe := make([]string, len(row))
		for i, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				cell = "'" + cell
			}
			safe[i] = cell
		}
		if err := w.Write(safe); err != nil {
			return fmt.Errorf("writing CSV: %w", err)
		}
	}
	w.Flush()
	return w.Error()
}
