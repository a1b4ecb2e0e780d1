package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// Grain is how coarse a row of usage is: how much time it sums.
type Grain string

// The grains. Days and months are of UTC.
const (
	Hour  Grain = "hour"
	Day   Grain = "day"
	Month Grain = "month"
)

// Start returns the beginning of the hour, day or month that t is in.
func (g Grain) Start(t time.Time) time.Time {
	t = t.UTC()
	switch g {
	case Month:
		return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
	case Day:
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	}
	return t.Truncate(time.Hour)
}

// Next returns the beginning of the hour, day or month after the one that t is
// in.
func (g Grain) Next(t time.Time) time.Time {
	t = g.Start(t)
	switch g {
	case Month:
		return t.AddDate(0, 1, 0)
	case Day:
		return t.AddDate(0, 0, 1)
	}
	return t.Add(time.Hour)
}

// AgeUsage sums the rows of grain fine that began before the given time into
// rows of grain coarse: whole days or months only, each in a transaction, so
// that every call stays in exactly one row and totals stay what they are. What
// is added later to a time that has been summed is summed the next time.
func (db *DB) AgeUsage(ctx context.Context, fine, coarse Grain, before time.Time) error {
	limit := coarse.Start(before)
	for {
		var oldest sql.NullInt64
		err := db.read.QueryRowContext(ctx, `SELECT min(start) FROM usage WHERE grain = $1 AND start < $2`,
			string(fine), limit.Unix()).Scan(&oldest)
		if err != nil {
			return fmt.Errorf("looking for old usage: %w", err)
		}
		if !oldest.Valid {
			return nil
		}
		start := coarse.Start(time.Unix(oldest.Int64, 0))
		err = db.ageOne(ctx, fine, coarse, start)
		if err != nil && unavailable(err) {
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		if err != nil {
			return err
		}
	}
}

// ageOne sums one day or month. It sees one moment: what another node adds
// meanwhile is neither summed nor removed, or the transaction fails.
func (db *DB) ageOne(ctx context.Context, fine, coarse Grain, start time.Time) error {
	tx, err := db.write.BeginTx(ctx, &sql.TxOptions{Isolation: db.moment.Isolation})
	if err != nil {
		return fmt.Errorf("beginning to sum old usage: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	sums, set := make([]string, usageFields), make([]string, usageFields)
	for i, c := range usageColumns {
		sums[i] = "CAST(sum(" + c + ") AS bigint)"
		set[i] = fmt.Sprintf("%s = usage.%s + excluded.%s", c, c, c)
	}
	from, to := start.Unix(), coarse.Next(start).Unix()
	_, err = tx.ExecContext(ctx, fmt.Sprintf(`INSERT INTO usage (account, start, grain, usage_key, node, %s)
		SELECT account, CAST($1 AS bigint), '%s', usage_key, node, %s FROM usage WHERE grain = $2 AND start >= $3 AND start < $4
		GROUP BY account, usage_key, node
		ON CONFLICT (account, start, grain, usage_key, node) DO UPDATE SET %s`,
		strings.Join(usageColumns[:], ", "), coarse, strings.Join(sums, ", "), strings.Join(set, ", ")),
		from, string(fine), from, to)
	if err != nil {
		return fmt.Errorf("summing usage of %s: %w", start.Format(time.DateOnly), err)
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM usage WHERE grain = $1 AND start >= $2 AND start < $3`, string(fine), from, to)
	if err != nil {
		return fmt.Errorf("removing usage of %s that has been summed: %w", start.Format(time.DateOnly), err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("summing usage of %s: %w", start.Format(time.DateOnly), err)
	}
	return nil
}

// DropBuckets removes what was charged to budgets in buckets that began before
// the time that oldest gives for the budget; totals stay.
func (db *DB) DropBuckets(ctx context.Context, oldest func(account, budget string) time.Time) error {
	rows, err := db.read.QueryContext(ctx, `SELECT DISTINCT account, budget FROM budget_bucket WHERE start <> 0`)
	if err != nil {
		return fmt.Errorf("looking for what was charged to budgets long ago: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var charged [][2]string
	for rows.Next() {
		var c [2]string
		if err := rows.Scan(&c[0], &c[1]); err != nil {
			return fmt.Errorf("looking for what was charged to budgets long ago: %w", err)
		}
		charged = append(charged, c)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("looking for what was charged to budgets long ago: %w", err)
	}
	for _, c := range charged {
		_, err := db.write.ExecContext(ctx, `DELETE FROM budget_bucket WHERE account = $1 AND budget = $2 AND start < $3 AND start <> 0`,
			c[0], c[1], oldest(c[0], c[1]).Unix())
		if err != nil {
			return fmt.Errorf("removing what was charged to budget %s long ago: %w", c[1], err)
		}
	}
	return nil
}
