package hardpan

import (
	"context"
	"slices"
	"time"

	"hardpan/internal/audit"
	"hardpan/internal/awserr"
	"hardpan/internal/identity"
	"hardpan/internal/ledger"
	"hardpan/internal/op"
	"hardpan/internal/usage"
	"hardpan/internal/wire/rest"
)

// Who may read a budget: whoever falls under it by who they are (the account's,
// their user or role, session, key or tag), without a permission, and of a
// budget with a limit for each value only their own value: it is what a refusal
// would tell them anyway. Anyone in the account with hardpan:GetBudget, all of
// it. Who may neither does not learn whether it exists.

const (
	getBudget   = "hardpan:GetBudget"
	listBudgets = "hardpan:ListBudgets"
)

// GetBudgetInput names a budget.
type GetBudgetInput struct{ Name *string }

// ListBudgetsInput asks for the budgets after a name.
type ListBudgetsInput struct {
	NextToken  *string // a name: what comes after it
	MaxResults *int32  // 1 to 100; default 100
}

// GetBudgetOutput is a budget with where it stands.
type GetBudgetOutput struct {
	Budget *BudgetDescription `json:"budget"`
}

// ListBudgetsOutput is a page of budgets in the order of their names.
type ListBudgetsOutput struct {
	Budgets   []*BudgetDescription `json:"budgets"`
	NextToken *string              `json:"nextToken,omitempty"`
}

// BudgetDescription is a budget for its readers. Amounts are texts with their
// unit, as "25.00USD", and exact.
type BudgetDescription struct {
	Name       *string    `json:"name"`
	Arn        *string    `json:"arn"`
	ID         *string    `json:"id"`
	Scope      *string    `json:"scope"`
	Limit      *string    `json:"limit"`
	Period     *string    `json:"period"`
	Action     *string    `json:"action"`
	Clamp      *bool      `json:"clamp"`
	Thresholds []int32    `json:"thresholds"`
	Notify     *string    `json:"notify,omitempty"`
	Created    *time.Time `json:"created"`
	CreatedBy  *string    `json:"createdBy"`
	Updated    *time.Time `json:"updated"`

	// Standings are where the budget stands: one, or of a limit for each value
	// the fullest, up to 1000 of those that something counts for.
	Standings []BudgetStanding `json:"standings"`
	Values    *int64           `json:"values,omitempty"` // how many there are of a limit for each
}

// BudgetStanding is where a budget, or the limit of one value, stands.
type BudgetStanding struct {
	Value    *string    `json:"value,omitempty"`
	Settled  *string    `json:"settled"`
	Reserved *string    `json:"reserved"` // by calls under way
	Percent  *int64     `json:"percent"`  // of the limit that is settled or elsewhere, rounded down
	Closed   *bool      `json:"closed"`   // until it resets, since a backend used more than it was bound to
	Resets   *time.Time `json:"resets,omitempty"`

	// Elsewhere is what other servers on the same database have: spent, or taken for
	// the next calls and given back if none come. Settled and Reserved are of the
	// server that answers.
	Elsewhere *string `json:"elsewhere,omitempty"`
}

const maxStandings, maxBudgetPage = 1000, 100

var (
	_ = op.AddRaw(&table, "GetBudget", func(s *Service, c *op.Call) (*op.Prepared, error) {
		name := c.Labels["name"]
		check := op.Check{Action: getBudget, Resource: budgetARN(c, name), Region: c.Region}
		b, own := s.budget(c, name)
		prepared := &op.Prepared{Run: func(ctx context.Context) (*op.Response, error) {
			if b == nil {
				return nil, awserr.NotFound("There is no budget %s. hardpan budget list shows them.", name)
			}
			return answer(&GetBudgetOutput{s.describe(c, b, s.seen(ctx, c, b, c.May(check)))})
		}}
		if own {
			prepared.Exempt = "everyone may read where the budgets stand that they fall under"
		} else {
			prepared.Checks = []op.Check{check}
		}
		return prepared, nil
	}, op.Rule[op.Raw]{
		Action: getBudget, Access: op.Read,
		Schema: rest.Operation("GetBudget", "GET", "/budgets/{name}", 200, GetBudgetInput{}, GetBudgetOutput{}),
	})
	_ = op.AddRaw(&table, "ListBudgets", func(s *Service, c *op.Call) (*op.Prepared, error) {
		check := op.Check{Action: listBudgets, Resource: budgetARN(c, "*"), Region: c.Region}
		prepared := &op.Prepared{Run: func(ctx context.Context) (*op.Response, error) { return s.listBudgets(ctx, c, c.May(check)) }}
		if len(s.ownBudgets(c)) > 0 {
			prepared.Exempt = "everyone may list the budgets that they fall under"
		} else {
			prepared.Checks = []op.Check{check}
		}
		return prepared, nil
	}, op.Rule[op.Raw]{
		Action: listBudgets, Access: op.List,
		Schema: rest.Operation("ListBudgets", "GET", "/budgets", 200, ListBudgetsInput{}, ListBudgetsOutput{}),
	})
)

func (s *Service) budget(c *op.Call, name string) (b *identity.Budget, own bool) {
	snapshot, ok := s.DB.Directory().Account(c.Account)
	if !ok {
		return nil, false
	}
	if b, ok = snapshot.Budget(name); !ok {
		return nil, false
	}
	_, own = s.ownBudgets(c)[b]
	return b, own
}

// ownBudgets are those that the caller falls under, with the values.
func (s *Service) ownBudgets(c *op.Call) map[*identity.Budget][]string {
	own := map[*identity.Budget][]string{}
	if snapshot, ok := s.DB.Directory().Account(c.Account); ok {
		for _, found := range snapshot.BudgetsFor(caller(c)) {
			own[found.Budget] = append(own[found.Budget], found.Value)
		}
	}
	return own
}

// caller is what of a call is known without a model.
func caller(c *op.Call) *usage.Call {
	who := c.Caller
	call := &usage.Call{Principal: who.EntityARN, Ancestors: who.Ancestors, Key: who.AccessKeyID, Tags: audit.CallerOf(who).Tags}
	if who.Kind == identity.AssumedRole {
		call.Session = who.ARN
	}
	return call
}

// seen are the standings that the caller may see, the fullest first.
func (s *Service) seen(ctx context.Context, c *op.Call, b *identity.Budget, all bool) []ledger.Standing {
	if s.Standing == nil {
		return nil
	}
	list := s.Standing(ctx, b, c.Time)
	if !all {
		own := s.ownBudgets(c)[b]
		list = slices.DeleteFunc(list, func(st ledger.Standing) bool { return b.Covers.Each && !slices.Contains(own, st.Value) })
	}
	slices.SortStableFunc(list, func(x, y ledger.Standing) int { return y.Percent() - x.Percent() })
	return list
}

func (s *Service) listBudgets(ctx context.Context, c *op.Call, all bool) (*op.Response, error) {
	most, err := pageSize(c.Query.Get("maxResults"))
	if err != nil {
		return nil, err
	}
	out := &ListBudgetsOutput{Budgets: []*BudgetDescription{}}
	snapshot, _ := s.DB.Directory().Account(c.Account)
	own := s.ownBudgets(c)
	for b := range snapshot.Budgets(c.Query.Get("nextToken")) {
		if _, mine := own[b]; !mine && !all {
			continue
		}
		if len(out.Budgets) == most {
			out.NextToken = out.Budgets[most-1].Name
			break
		}
		described := s.describe(c, b, s.seen(ctx, c, b, all))
		described.Standings = described.Standings[:min(len(described.Standings), 1)]
		out.Budgets = append(out.Budgets, described)
	}
	return answer(out)
}
