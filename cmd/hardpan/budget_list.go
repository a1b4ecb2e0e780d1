package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

func newBudgetList(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "list budgets and how full they are",
		Long: `Lists the budgets of the account; without hardpan:ListBudgets, those that the
caller falls under. Of a budget with a limit for each value the fullest is
shown.

In the bar █ is settled and ▒ reserved by calls under way. Where several servers
share a database, what the others have comes after a +.`,
		Example: `  hardpan budget list
  hardpan budget list --output csv > budgets.csv`,
		Args: args(cobra.NoArgs),
	}
	var l place
	l.addFlags(cmd)
	form := addSheetOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := p.connect(cmd.Context(), l)
		if err != nil {
			return err
		}
		list, err := c.budgets(cmd.Context())
		if err != nil {
			return c.explain("listing budgets", err)
		}
		switch *form {
		case asJSON:
			return p.printJSON(struct {
				Budgets []budget `json:"budgets"`
			}{list})
		case asSheet:
			return p.printCSV(budgetRows(list))
		}
		p.listBudgets(list)
		return nil
	}
	return cmd
}

func (p *program) listBudgets(list []budget) {
	st := p.stylesFor(p.out)
	if len(list) == 0 {
		st.printf("No budgets. Make one: hardpan budget create --help\n")
		return
	}
	rows := [][]string{{"NAME", "SETTLED", "LIMIT", "USED", "", "COVERS"}}
	for i := range list {
		b := &list[i]
		row := []string{b.Name, "-", b.Limit + " " + perPeriod(b.Period), "0 %", st.bar(b.Limit, &standing{}), shown(b.Scope)}
		if len(b.Standings) > 0 {
			first := &b.Standings[0]
			row[1], row[3], row[4] = first.settled(), fmt.Sprintf("%d %%", first.Percent), st.bar(b.Limit, first)
			if first.Value != nil {
				row[5] += " (" + shown(*first.Value) + ")"
			}
		}
		rows = append(rows, row)
	}
	st.table(rows)
}

// budgetRows are budgets for a spreadsheet, a row for each standing.
func budgetRows(list []budget) [][]string {
	rows := [][]string{{"name", "scope", "value", "limit", "period", "action", "clamp", "settled", "elsewhere", "reserved", "percent", "resets"}}
	for i := range list {
		b := &list[i]
		for _, s := range b.Standings {
			value, resets := "", ""
			if s.Value != nil {
				value = *s.Value
			}
			if !s.Resets.IsZero() {
				resets = s.Resets.UTC().Format(time.RFC3339)
			}
			rows = append(rows, []string{b.Name, b.Scope, value, b.Limit, b.Period, b.Action, strconv.FormatBool(b.Clamp), s.Settled, s.Elsewhere, s.Reserved, strconv.Itoa(s.Percent), resets})
		}
		if len(b.Standings) == 0 {
			rows = append(rows, []string{b.Name, b.Scope, "", b.Limit, b.Period, b.Action, strconv.FormatBool(b.Clamp), "", "", "", "", ""})
		}
	}
	return rows
}
