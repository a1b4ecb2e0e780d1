package store

import (
	"context"
	"errors"
	"fmt"

	"hardpan/internal/identity"
	"hardpan/internal/usage"
)

func (tx *Tx) putBudget(b *identity.Budget) error {
	thresholds, err := jsonText(b.Thresholds)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO budget (partition, account, id, name, name_key, scope, amount, period, action, clamp, thresholds, notify, created, created_by, updated)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (account, id) DO UPDATE SET partition = excluded.partition, name = excluded.name, name_key = excluded.name_key,
			scope = excluded.scope, amount = excluded.amount, period = excluded.period, action = excluded.action, clamp = excluded.clamp,
			thresholds = excluded.thresholds, notify = excluded.notify, created = excluded.created, created_by = excluded.created_by,
			updated = excluded.updated`,
		b.Partition, b.Account, b.ID, b.Name, identity.FoldName(b.Name), b.Covers.String(), b.Limit.String(), b.Period.String(),
		string(b.Action), b.Clamp, thresholds, b.Notify, micros(b.Created), b.CreatedBy, micros(b.Updated))
	return err
}

func loadBudgets(ctx context.Context, q querier, x extent, out emit) error {
	return each(ctx, q, "budgets", `SELECT partition, account, id, name, scope, amount, period, action, clamp, thresholds, notify, created, created_by, updated
		FROM budget`, "id", x,
		func(scan func(...any) error) error {
			b := &identity.Budget{}
			var scope, limit, period, action, thresholds string
			var created, updated int64
			err := scan(&b.Partition, &b.Account, &b.ID, &b.Name, &scope, &limit, &period, &action, &b.Clamp, &thresholds,
				&b.Notify, &created, &b.CreatedBy, &updated)
			if err != nil {
				return err
			}
			b.Action, b.Created, b.Updated = identity.BudgetAction(action), fromMicros(created), fromMicros(updated)
			if err := readBudget(b, scope, limit, period, thresholds); err != nil {
				return fmt.Errorf("budget %s of account %s: %w", b.ID, b.Account, err)
			}
			return out(b)
		})
}

// readBudget reads the parts of a budget that are stored as texts.
func readBudget(b *identity.Budget, scope, limit, period, thresholds string) error {
	var errs [4]error
	b.Covers, errs[0] = usage.ParseScope(scope)
	b.Limit, errs[1] = usage.ParseLimit(limit)
	b.Period, errs[2] = usage.ParsePeriod(period)
	b.Thresholds, errs[3] = fromJSON[int](thresholds)
	return errors.Join(errs[:]...)
}
