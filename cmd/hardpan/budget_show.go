package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newBudgetShow(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "show a budget and what is left of it",
		Long: `Shows a budget: what is settled, what calls under way have reserved, and when it
resets. Of a budget with a limit for each value, the fullest thousand.

Of several servers on one database the one that answers shows what it settled
itself. What is elsewhere the others spent, or hold for their next calls.

Whoever falls under a budget may see it; of a limit for each value, their own.
All of it takes hardpan:GetBudget.`,
		Example: `  hardpan budget show engineers
  hardpan budget show engineers --output json`,
		Args: args(cobra.ExactArgs(1)),
	}
	var l place
	l.addFlags(cmd)
	form := addSheetOutput(cmd)
	cmd.ValidArgsFunction = p.budgetNames(&l)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := p.connect(cmd.Context(), l)
		if err != nil {
			return err
		}
		b, err := c.getBudget(cmd.Context(), args[0])
		if err != nil {
			return c.explain("reading the budget "+args[0], err)
		}
		switch *form {
		case asJSON:
			return p.printJSON(b)
		case asSheet:
			return p.printCSV(budgetRows([]budget{b}))
		}
		p.showBudget(&b)
		return nil
	}
	return cmd
}

func (p *program) showBudget(b *budget) {
	st := p.stylesFor(p.out)
	st.printf("%s\n", st.bold.Render("Budget "+b.Name))
	st.describeBudget(b)
	if b.Values == nil && len(b.Standings) > 0 {
		s := &b.Standings[0]
		st.printf("\n  %s %d %%\n", st.bar(b.Limit, s), s.Percent)
		st.field("settled", s.Settled)
		if s.Elsewhere != "" {
			st.field("elsewhere", s.Elsewhere+", with other servers")
		}
		st.field("reserved", s.Reserved)
		st.field("resets", resets(s.Resets))
		if s.Closed {
			st.paragraph(2, st.bad, "Closed until it resets: a backend used more than a call was bound to.")
		}
		return
	}
	if len(b.Standings) == 0 {
		st.printf("\nNothing was charged to it yet.\n")
		return
	}
	st.printf("\n")
	rows := [][]string{{"VALUE", "SETTLED", "RESERVED", "USED", "", "RESETS"}}
	for i := range b.Standings {
		s := &b.Standings[i]
		rows = append(rows, []string{shown(*s.Value), s.settled(), s.Reserved, fmt.Sprintf("%d %%", s.Percent), st.bar(b.Limit, s), resets(s.Resets)})
	}
	st.table(rows)
	if more := *b.Values - len(b.Standings); more > 0 {
		st.printf("and %d more\n", more)
	}
}
