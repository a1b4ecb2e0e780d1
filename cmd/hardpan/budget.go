package main

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/smithy-go/encoding/httpbinding"
	"github.com/spf13/cobra"
)

func newBudget(p *program) *cobra.Command {
	cmd := group(&cobra.Command{
		Use:   "budget",
		Short: "limit what model calls may cost, and see what is left",
		Long: `A budget limits the money, the tokens or the number of calls of an account, a
user, role or session, a key, a profile, a model, or of whoever has a tag. A
call for which there is no room is refused before it is forwarded.`,
		Example: `  hardpan budget create --name team --scope tag:Department=Research \
    --limit 500.00USD --period month
  hardpan budget list
  hardpan budget show team
  hardpan budget delete team`,
	})
	cmd.AddCommand(newBudgetCreate(p), newBudgetList(p), newBudgetShow(p), newBudgetDelete(p), newBudgetRecovered(p))
	return cmd
}

// budget is one as the server tells it.
type budget struct {
	Name       string     `json:"name"`
	ARN        string     `json:"arn"`
	ID         string     `json:"id"`
	Scope      string     `json:"scope"`
	Limit      string     `json:"limit"`
	Period     string     `json:"period"`
	Action     string     `json:"action"`
	Clamp      bool       `json:"clamp"`
	Thresholds []int      `json:"thresholds"`
	Notify     string     `json:"notify,omitempty"`
	Created    time.Time  `json:"created"`
	CreatedBy  string     `json:"createdBy"`
	Updated    time.Time  `json:"updated"`
	Standings  []standing `json:"standings"`
	Values     *int       `json:"values,omitempty"` // of a limit for each value, how many there are
}

// standing is where a budget, or the limit of one value, stands.
type standing struct {
	Value    *string   `json:"value,omitempty"`
	Settled  string    `json:"settled"`
	Reserved string    `json:"reserved"`
	Percent  int       `json:"percent"`
	Closed   bool      `json:"closed"`
	Resets   time.Time `json:"resets,omitzero"`

	Elsewhere string `json:"elsewhere,omitempty"` // what other servers have
}

func budgetPath(name string) string { return "/budgets/" + httpbinding.EscapePath(name, true) }

func (c *client) getBudget(ctx context.Context, name string) (budget, error) {
	var out struct{ Budget budget }
	err := c.call(ctx, http.MethodGet, budgetPath(name), nil, nil, &out)
	return out.Budget, err
}

func (c *client) budgets(ctx context.Context) ([]budget, error) {
	list, query := []budget{}, url.Values{}
	for {
		var page struct {
			Budgets   []budget
			NextToken string
		}
		if err := c.call(ctx, http.MethodGet, "/budgets", query, nil, &page); err != nil {
			return nil, err
		}
		list = append(list, page.Budgets...)
		if page.NextToken == "" {
			return list, nil
		}
		query.Set("nextToken", page.NextToken)
	}
}

// budgetNames completes the name of a budget.
func (p *program) budgetNames(l *place) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		c, err := p.connect(cmd.Context(), *l)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		list, _ := c.budgets(cmd.Context()) // without a server there is nothing to offer
		var names []cobra.Completion
		for i := range list {
			names = append(names, cobra.CompletionWithDesc(list[i].Name, list[i].Limit+" "+list[i].Period+" "+list[i].Scope))
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}
