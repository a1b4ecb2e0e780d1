package main

import (
	"net/http"

	"github.com/spf13/cobra"
)

func newBudgetDelete(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "delete NAME",
		Short: "delete a budget",
		Long: `Deletes a budget, and with it what it has counted: one of the same name begins
at zero. From the next call on nothing is limited by it.`,
		Example: `  hardpan budget delete engineers`,
		Args:    args(cobra.ExactArgs(1)),
	}
	var l place
	l.addFlags(cmd)
	form := addOutput(cmd)
	cmd.ValidArgsFunction = p.budgetNames(&l)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := p.connect(cmd.Context(), l)
		if err != nil {
			return err
		}
		if err := c.call(cmd.Context(), http.MethodDelete, budgetPath(args[0]), nil, nil, nil); err != nil {
			return c.explain("deleting the budget "+args[0], err)
		}
		if *form == asJSON {
			return p.printJSON(map[string]string{"deleted": args[0]})
		}
		st := p.stylesFor(p.out)
		st.printf("%s the budget %s is deleted\n", st.mark(true), args[0])
		return nil
	}
	return cmd
}
