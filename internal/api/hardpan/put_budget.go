package hardpan

import (
	"context"
	"net/http"
	"regexp"
	"slices"

	"hardpan/internal/awserr"
	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/store"
	"hardpan/internal/usage"
	"hardpan/internal/wire/rest"
)

// PutBudgetInput makes the budget of a name, or changes it. What is left out
// gets its default, also in a change.
type PutBudgetInput struct {
	Name       *string // 1–128 letters, digits and . _ - @ +
	Scope      *string // as usage.ParseScope reads it; cannot be changed
	Limit      *string // as usage.ParseLimit reads it
	Period     *string // as usage.ParsePeriod reads it; cannot be changed
	Action     *string // block, the default, or notify
	Clamp      *bool   // lower maxTokens to what is left; needs block, and USD or tokens
	Thresholds []int32 // percent of the limit, up to 10 of 1–1000; default 80 and 100
	Notify     *string // a webhook of hardpan.yaml
}

// PutBudgetOutput is the budget as it is now.
type PutBudgetOutput struct{ Budget *BudgetDescription }

// MaxBudgets is how many budgets an account may have.
const MaxBudgets = 1000

var _ = op.Add(&table, (*Service).putBudget, op.Rule[PutBudgetInput]{
	Action: "hardpan:PutBudget", Access: op.Write,
	Schema: rest.Operation("PutBudget", "PUT", "/budgets/{name}", 200, PutBudgetInput{}, PutBudgetOutput{}),
	Resources: func(c *op.Call, in *PutBudgetInput) ([]string, error) {
		return []string{budgetARN(c, *in.Name)}, nil
	},
	Keys: budgetKeys,
})

func budgetARN(c *op.Call, name string) string {
	return identity.Scope{Partition: c.Partition, Account: c.Account}.BudgetARN(name)
}

// budgetKeys let a policy say what budgets somebody may make: of which scope,
// and up to which amount. What cannot be read is not given, and refused later.
func budgetKeys(_ *op.Call, in *PutBudgetInput, set op.SetKey) {
	if scope, err := usage.ParseScope(text(in.Scope)); err == nil {
		set("hardpan:BudgetScope", scope.String())
	}
	if limit, err := usage.ParseLimit(text(in.Limit)); err == nil {
		number := limit.String()[:len(limit.String())-len(limit.Unit)]
		set("hardpan:BudgetUnit", string(limit.Unit))
		set("hardpan:BudgetLimit", number)
	}
	if period, err := usage.ParsePeriod(text(in.Period)); err == nil {
		set("hardpan:BudgetPeriod", period.String())
	}
}

func (s *Service) putBudget(ctx context.Context, c *op.Call, in *PutBudgetInput) (*PutBudgetOutput, error) {
	budget, err := s.readBudget(in)
	if err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, c.Account, c.Time, func(tx *store.Tx) error {
		state := tx.State()
		if err := covered(state, budget.Covers); err != nil {
			return err
		}
		budget.Scope = state.Account().Scope
		budget.ID, budget.Created, budget.CreatedBy, budget.Updated = identity.NewBudgetID(), tx.Now, c.Caller.ARN, tx.Now
		if old, ok := state.Budget(budget.Name); ok {
			if old.Covers != budget.Covers || old.Period != budget.Period {
				return awserr.New("ConflictException", http.StatusConflict, "The budget %s counts %s per %s. What it covers and its period cannot be changed, because what was counted so far would mean something else. "+
					"Delete it and make another, or take another name.", old.Name, old.Covers, old.Period)
			}
			budget.ID, budget.Name, budget.Created, budget.CreatedBy = old.ID, old.Name, old.Created, old.CreatedBy
		} else if state.BudgetCount() >= MaxBudgets {
			return awserr.New("LimitExceededException", http.StatusConflict, "The account has %d budgets, which is the most. A scope that ends in * makes one limit for each value with a single budget.", MaxBudgets)
		}
		return tx.Put(budget)
	})
	if err != nil {
		return nil, err
	}
	return &PutBudgetOutput{Budget: s.describe(c, budget, nil)}, nil
}

var (
	budgetName  = regexp.MustCompile(`^[A-Za-z0-9._@+-]{1,128}$`)
	defaultTold = []int{80, 100}
)

// readBudget reads what the caller gives.
func (s *Service) readBudget(in *PutBudgetInput) (*identity.Budget, error) {
	b := &identity.Budget{Name: text(in.Name), Action: identity.BudgetAction(text(in.Action)), Clamp: in.Clamp != nil && *in.Clamp, Notify: text(in.Notify)}
	if !budgetName.MatchString(b.Name) {
		return nil, awserr.Validation("%q cannot be the name of a budget: it has 1 to 128 letters, digits, dots, dashes, underscores, @ or +.", b.Name)
	}
	if b.Action == "" {
		b.Action = identity.Block
	}
	var err error
	if b.Covers, err = usage.ParseScope(text(in.Scope)); err != nil {
		return nil, awserr.Validation("%v.", err)
	}
	if b.Limit, err = usage.ParseLimit(text(in.Limit)); err != nil {
		return nil, awserr.Validation("%v.", err)
	}
	if b.Period, err = usage.ParsePeriod(text(in.Period)); err != nil {
		return nil, awserr.Validation("%v.", err)
	}
	if b.Thresholds, err = thresholds(in.Thresholds); err != nil {
		return nil, err
	}
	switch {
	case b.Action != identity.Block && b.Action != identity.Notify:
		return nil, awserr.Validation("%q is no action of a budget: it is block or notify.", string(b.Action))
	case b.Clamp && b.Action != identity.Block:
		return nil, awserr.Validation("Clamp lowers maxTokens to what is left of a limit that blocks; a budget that only notifies leaves calls as they are.")
	case b.Clamp && b.Limit.Unit == usage.Requests:
		return nil, awserr.Validation("Clamp lowers maxTokens to what is left, and of a limit in requests there is none in tokens. Leave clamp out.")
	case b.Covers.CountsTools() && b.Limit.Unit != usage.Requests:
		return nil, awserr.Validation("A call of a tool has no tokens and no price: a limit on %s is in requests, such as 60requests.", b.Covers)
	case b.Notify != "" && !slices.Contains(s.Webhooks, b.Notify):
		return nil, awserr.Validation("There is no webhook %s. Webhooks are set up in hardpan.yaml under webhooks.", b.Notify)
	}
	return b, nil
}

func thresholds(given []int32) ([]int, error) {
	if len(given) == 0 {
		return defaultTold, nil
	}
	if len(given) > 10 {
		return nil, awserr.Validation("A budget has up to 10 thresholds, not %d.", len(given))
	}
	var list []int
	for _, percent := range given {
		if percent < 1 || percent > 1000 {
			return nil, awserr.Validation("A threshold is 1 to 1000 percent of the limit, not %d.", percent)
		}
		list = append(list, int(percent))
	}
	return list, nil
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
