package store

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// UsageSum is what one key used, in one row or over all of a span.
type UsageSum struct {
	Key   *UsageKey
	Grain Grain     // of the row; "" over the span
	Start time.Time // of the row; zero over the span
	Usage Usage
}

// SumUsage calls each for every key of an account that used something from
// since on and before until, with all that it used then. An hour, day or month
// that the span only touches at its beginning counts as a whole: old usage is
// known by the day or month only.
func (db *DB) SumUsage(ctx context.Context, account string, since, until time.Time, each func(UsageSum) error) error {
	return db.queryUsage(ctx, account, since, until, false, each)
}

// ListUsage is [DB.SumUsage] row by row, oldest first.
func (db *DB) ListUsage(ctx context.Context, account string, since, until time.Time, each func(UsageSum) error) error {
	return db.queryUsage(ctx, account, since, until, true, each)
}

func (db *DB) queryUsage(ctx context.Context, account string, since, until time.Time, rowByRow bool, each func(UsageSum) error) error {
	tx, err := db.snapshot(ctx)
	if err != nil {
		return fmt.Errorf("beginning to read usage: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	keys, err := loadUsageKeys(ctx, tx, account)
	if err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, usageQuery(rowByRow), account, Hour.Start(since).Unix(), Day.Start(since).Unix(), Month.Start(since).Unix(), until.Unix())
	if err != nil {
		return fmt.Errorf("reading usage: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var s UsageSum
		var id string
		var start int64
		into := []any{&id, &start, &s.Grain}
		for _, n := range s.Usage.fields() {
			into = append(into, n)
		}
		if err := rows.Scan(into...); err != nil {
			return fmt.Errorf("reading usage: %w", err)
		}
		if s.Key = keys[id]; s.Key == nil {
			return fmt.Errorf("reading usage: key %s of account %s is missing: run hardpan db check", id, account)
		}
		if rowByRow {
			s.Start = time.Unix(start, 0).UTC()
		}
		if err := each(s); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("reading usage: %w", err)
	}
	return nil
}

func usageQuery(rowByRow bool) string {
	what, group := "usage_key, 0, ''", " GROUP BY usage_key"
	if rowByRow {
		what, group = "usage_key, start, grain", " GROUP BY start, grain, usage_key ORDER BY start, grain, usage_key" // of all nodes
	}
	sums := make([]string, usageFields)
	for i, c := range usageColumns {
		sums[i] = "CAST(sum(" + c + ") AS bigint)"
	}
	return "SELECT " + what + ", " + strings.Join(sums, ", ") + ` FROM usage
		WHERE account = $1 AND (start >= $2 OR start >= $3 AND grain = 'day' OR start >= $4 AND grain = 'month') AND start < $5` + group
}

func loadUsageKeys(ctx context.Context, q querier, account string) (map[string]*UsageKey, error) {
	rows, err := q.QueryContext(ctx, `SELECT id, partition, account, region, principal, principal_id, session, person, access_key,
		tags, model, profile, profile_kind, backend FROM usage_key WHERE account = $1`, account)
	if err != nil {
		return nil, fmt.Errorf("reading who used something: %w", err)
	}
	defer func() { _ = rows.Close() }()
	keys := map[string]*UsageKey{}
	for rows.Next() {
		k, id := &UsageKey{}, ""
		err := rows.Scan(&id, &k.Partition, &k.Account, &k.Region, &k.Principal, &k.PrincipalID, &k.Session, &k.Person, &k.AccessKey,
			&k.Tags, &k.Model, &k.Profile, &k.ProfileKind, &k.Backend)
		if err != nil {
			return nil, fmt.Errorf("reading who used something: %w", err)
		}
		keys[id] = k
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading who used something: %w", err)
	}
	return keys, nil
}
