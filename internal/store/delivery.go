package store

import (
	"context"
	"fmt"
	"time"
)

// Delivery is something that a webhook is told.
type Delivery struct {
	ID      string // of what it is about; the same is told once
	Account string
	Webhook string // by its name in the configuration
	Body    string
	Created time.Time
	Expires time.Time // until when the same may not be told again

	Attempts int // those made, the present one included
}

// AddDelivery puts a delivery that is due at once, unless one with its id is
// there, or most are due already; it returns whether it did.
func (db *DB) AddDelivery(ctx context.Context, d *Delivery, most int) (bool, error) {
	done, err := db.write.ExecContext(ctx, `INSERT INTO webhook_delivery (account, id, webhook, body, created, expires, due, attempts, failure)
		SELECT $1, $2, $3, $4, $5, $6, $5, 0, '' WHERE (SELECT count(*) FROM webhook_delivery WHERE due > 0) < $7
		ON CONFLICT (id) DO NOTHING`, d.Account, d.ID, d.Webhook, d.Body, micros(d.Created), micros(d.Expires), most)
	if err != nil {
		return false, fmt.Errorf("storing a delivery: %w", err)
	}
	n, err := done.RowsAffected()
	return n > 0, err
}

// TakeDeliveries takes up to n deliveries that are due, the oldest first. Until
// lease has passed no other node takes them; one that ends meanwhile leaves them
// to the others.
func (db *DB) TakeDeliveries(ctx context.Context, now time.Time, lease time.Duration, n int) ([]Delivery, error) {
	due, list, err := db.dueDeliveries(ctx, now, n)
	if err != nil {
		return nil, fmt.Errorf("looking for deliveries: %w", err)
	}
	var taken []Delivery
	for i := range list {
		done, err := db.write.ExecContext(ctx, `UPDATE webhook_delivery SET due = $1, attempts = attempts + 1 WHERE id = $2 AND due = $3`,
			micros(now.Add(lease)), list[i].ID, due[i])
		if err != nil {
			return taken, fmt.Errorf("taking a delivery: %w", err)
		}
		if mine, err := done.RowsAffected(); err != nil {
			return taken, fmt.Errorf("taking a delivery: %w", err)
		} else if mine > 0 {
			list[i].Attempts++
			taken = append(taken, list[i])
		}
	}
	return taken, nil
}

func (db *DB) dueDeliveries(ctx context.Context, now time.Time, n int) (due []int64, list []Delivery, err error) {
	rows, err := db.read.QueryContext(ctx, `SELECT account, id, webhook, body, created, expires, due, attempts
		FROM webhook_delivery WHERE due > 0 AND due <= $1 ORDER BY due, id LIMIT $2`, micros(now), n)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var d Delivery
		var created, expires, at int64
		if err := rows.Scan(&d.Account, &d.ID, &d.Webhook, &d.Body, &created, &expires, &at, &d.Attempts); err != nil {
			return nil, nil, err
		}
		d.Created, d.Expires = fromMicros(created), fromMicros(expires)
		due, list = append(due, at), append(list, d)
	}
	return due, list, rows.Err()
}

// EndDelivery says that a delivery needs no further attempt: it was taken, or is
// given up because of failure.
func (db *DB) EndDelivery(ctx context.Context, id, failure string) error {
	return db.setDelivery(ctx, id, 0, failure)
}

// RetryDelivery has a delivery tried again at a time.
func (db *DB) RetryDelivery(ctx context.Context, id string, at time.Time, failure string) error {
	return db.setDelivery(ctx, id, micros(at), failure)
}

func (db *DB) setDelivery(ctx context.Context, id string, due int64, failure string) error {
	_, err := db.write.ExecContext(ctx, `UPDATE webhook_delivery SET due = $1, failure = $2 WHERE id = $3`, due, failure, id)
	if err != nil {
		return fmt.Errorf("noting the outcome of a delivery: %w", err)
	}
	return nil
}

// ForgetDeliveries removes the deliveries that are at their end and have expired.
func (db *DB) ForgetDeliveries(ctx context.Context, now time.Time) error {
	_, err := db.write.ExecContext(ctx, `DELETE FROM webhook_delivery WHERE due = 0 AND expires < $1`, micros(now))
	if err != nil {
		return fmt.Errorf("forgetting deliveries: %w", err)
	}
	return nil
}
