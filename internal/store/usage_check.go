package store

import (
	"context"
	"fmt"
	"strings"
)

// Counted returns how far the journal of a node has been summed, and by account
// all that is summed of it, as of one moment.
func (m *Maintenance) Counted(ctx context.Context, node string) (Position, map[string]Usage, error) {
	tx, err := m.snapshot(ctx)
	if err != nil {
		return Position{}, nil, fmt.Errorf("beginning to compare usage: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	at, err := usagePosition(ctx, tx, node)
	if err != nil {
		return Position{}, nil, err
	}
	sums := make([]string, usageFields)
	for i, c := range usageColumns {
		sums[i] = "CAST(sum(" + c + ") AS bigint)"
	}
	rows, err := tx.QueryContext(ctx, "SELECT account, "+strings.Join(sums, ", ")+" FROM usage WHERE node = $1 GROUP BY account", node)
	if err != nil {
		return Position{}, nil, fmt.Errorf("summing usage: %w", err)
	}
	defer func() { _ = rows.Close() }()
	all := map[string]Usage{}
	for rows.Next() {
		var u Usage
		account := ""
		into := []any{&account}
		for _, n := range u.fields() {
			into = append(into, n)
		}
		if err := rows.Scan(into...); err != nil {
			return Position{}, nil, fmt.Errorf("summing usage: %w", err)
		}
		all[account] = u
	}
	if err := rows.Err(); err != nil {
		return Position{}, nil, fmt.Errorf("summing usage: %w", err)
	}
	return at, all, nil
}
