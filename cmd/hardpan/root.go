package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

func newRoot(p *program) *cobra.Command {
	root := group(&cobra.Command{
		Use:   "hardpan",
		Short: "access control for language models that speaks AWS's own language",
		Long: `Hardpan answers the way Amazon Bedrock, IAM and STS do, decides every model
call by IAM policy, and explains every denial.`,
		Example: `  hardpan demo                                      # watch it happen
  hardpan serve                                     # start a server
  eval "$(hardpan env)"                             # point this shell at it
  hardpan key create --expires 30d --region us-west-2
  hardpan profile create --model claude-3-5-haiku   # a model with one's own tags
  hardpan budget create --help                      # limit what calls may cost
  hardpan why --last                                # why was that denied?`,
		SilenceErrors: true,
		SilenceUsage:  true,
	})
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usage(cmd, "%v", err)
	})
	root.AddCommand(
		newServe(p),
		newDemo(p),
		newEnv(p),
		newKey(p),
		newProfile(p),
		newGateway(p),
		newBudget(p),
		newPrices(p),
		newUsage(p),
		newWhoAmI(p),
		newWhy(p),
		newDoctor(p),
		newCan(p),
		newTest(p),
		newLint(p),
		newDB(p),
		newHealth(p),
		newMan(p),
		newVersion(p),
	)
	return root
}

// group makes cmd one that only holds others: alone it prints its help, and a
// word that it does not know is a usage error.
func group(cmd *cobra.Command) *cobra.Command {
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		message := fmt.Sprintf("there is no command %q", args[0])
		if like := cmd.SuggestionsFor(args[0]); len(like) > 0 {
			message += "; is it " + strings.Join(like, " or ") + "?"
		}
		return usage(cmd, "%s", message)
	}
	cmd.SuggestionsMinimumDistance = 2
	return cmd
}

// args turns cobra's complaint about the number of arguments into a usage error.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usage(cmd, "%v", err)
		}
		return nil
	}
}
