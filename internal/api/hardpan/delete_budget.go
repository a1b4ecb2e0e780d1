package hardpan

import (
	"context"

	"hardpan/internal/awserr"
	"hardpan/internal/op"
	"hardpan/internal/store"
	"hardpan/internal/wire/rest"
)

// DeleteBudgetInput names the budget that goes, and with it what it has counted.
type DeleteBudgetInput struct{ Name *string }

// DeleteBudgetOutput is empty.
type DeleteBudgetOutput struct{}

var _ = op.Add(&table, (*Service).deleteBudget, op.Rule[DeleteBudgetInput]{
	Action: "hardpan:DeleteBudget", Access: op.Write,
	Schema: rest.Operation("DeleteBudget", "DELETE", "/budgets/{name}", 200, DeleteBudgetInput{}, DeleteBudgetOutput{}),
	Resources: func(c *op.Call, in *DeleteBudgetInput) ([]string, error) {
		return []string{budgetARN(c, *in.Name)}, nil
	},
})

func (s *Service) deleteBudget(ctx context.Context, c *op.Call, in *DeleteBudgetInput) (*DeleteBudgetOutput, error) {
	return &DeleteBudgetOutput{}, s.DB.Write(ctx, c.Account, c.Time, func(tx *store.Tx) error {
		b, ok := tx.State().Budget(*in.Name)
		if !ok {
			return awserr.NotFound("There is no budget %s. hardpan budget list shows them.", *in.Name)
		}
		return tx.Delete(b)
	})
}
