package main

import (
	"context"
	"net/http"

	"github.com/spf13/cobra"
)

func newBudgetCreate(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "create",
		Short: "make a budget, or change the one of that name",
		Long: `Makes a budget, or changes the one that has the name: its limit, its action,
whom it tells. What it covers and its period cannot be changed; what it has
counted stays counted. A change holds from the next call on.

The scope is one of
  account                every model that is called in the account
  principal:ARN          a user or role, as AWSReservedSSO_…
  session:ARN            a session, and those made from it
  key:ID                 an access key or API key
  profile:ARN            an inference profile
  model:ID               a foundation model
  tag:KEY=VALUE          who has the tag, and calls through profiles with it
for calls of models, and for calls of tools, whose limits are in requests,
  gateway:ID             what is called through a tool gateway
  tool:TARGET___TOOL     a tool, by its name at the gateway
With * in place of ARN, ID or VALUE there is one limit for each: with
tag:UserEmail=* each person has their own.

A limit of a minute is a rate: what is over it is refused with
ThrottlingException and may be tried again. Above the others a call is refused
for good, with ServiceQuotaExceededException. Days, weeks (from Monday) and
months are in UTC.`,
		Example: `  hardpan budget create --name engineers --scope 'tag:UserEmail=*' \
    --limit 25.00USD --period month --clamp
  hardpan budget create --name pace --scope 'principal:*' \
    --limit 60requests --period minute
  hardpan budget create --name all --scope account --limit 5000USD \
    --period month --action notify --notify ops --threshold 50,80,100`,
		Args: args(cobra.NoArgs),
	}
	var l place
	l.addFlags(cmd)
	var order budgetOrder
	order.addFlags(cmd)
	form := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		for _, f := range []struct{ flag, value string }{
			{"name", order.Name}, {"scope", order.Scope}, {"limit", order.Limit}, {"period", order.Period},
		} {
			if f.value == "" {
				return usage(cmd, "--%s is missing", f.flag)
			}
		}
		c, err := p.connect(cmd.Context(), l)
		if err != nil {
			return err
		}
		made, err := c.putBudget(cmd.Context(), order)
		if err != nil {
			return c.explain("making the budget "+order.Name, err)
		}
		if *form == asJSON {
			return p.printJSON(made)
		}
		st := p.stylesFor(p.out)
		st.printf("%s %s\n\n", st.mark(true), st.bold.Render("Budget "+made.Name))
		st.describeBudget(&made)
		st.printf("\nWhat is left of it: hardpan budget show %s\n", made.Name)
		return nil
	}
	return cmd
}

// budgetOrder is what to make.
type budgetOrder struct {
	Name       string  `json:"-"`
	Scope      string  `json:"scope"`
	Limit      string  `json:"limit"`
	Period     string  `json:"period"`
	Action     string  `json:"action"`
	Clamp      bool    `json:"clamp"`
	Thresholds []int32 `json:"thresholds,omitempty"`
	Notify     string  `json:"notify,omitempty"`
}

func (o *budgetOrder) addFlags(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&o.Name, "name", "", "name of the budget")
	fs.StringVar(&o.Scope, "scope", "", "what is charged to it: tag:KEY=VALUE, principal:ARN, …")
	fs.StringVar(&o.Limit, "limit", "", "25.00USD, 1000000tokens or 60requests")
	fs.StringVar(&o.Period, "period", "", "minute, day, week, month, rolling:24h or total")
	fs.StringVar(&o.Action, "action", "block", "block refuses, notify only tells")
	fs.BoolVar(&o.Clamp, "clamp", false, "lower maxTokens to what is left instead of refusing")
	fs.Int32SliceVar(&o.Thresholds, "threshold", nil, "percent of the limit at which to tell (default 80,100)")
	fs.StringVar(&o.Notify, "notify", "", "webhook of hardpan.yaml that is told")
	for flag, values := range map[string][]cobra.Completion{
		"scope":  {"account", "principal:", "session:", "key:", "profile:", "model:", "tag:", "gateway:", "tool:"},
		"period": {"minute", "day", "week", "month", "rolling:24h", "total"},
		"action": {"block", "notify"},
	} {
		_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace))
	}
	for _, flag := range []string{"name", "limit", "threshold", "notify"} {
		_ = cmd.RegisterFlagCompletionFunc(flag, cobra.NoFileCompletions)
	}
}

func (c *client) putBudget(ctx context.Context, order budgetOrder) (budget, error) {
	var out struct{ Budget budget }
	err := c.call(ctx, http.MethodPut, budgetPath(order.Name), nil, order, &out)
	return out.Budget, err
}
