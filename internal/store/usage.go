package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"
)

// Usage is what some calls used together. All are counts, but Nano: billionths
// of a US dollar.
type Usage struct {
	Requests   int64 // calls that reached a model, however they ended
	Errors     int64 // those answered with an error
	Incomplete int64 // those whose answer was cut, or whose client left
	Estimated  int64 // those whose tokens Hardpan counted itself, or charged at their bound
	Unpriced   int64 // those whose price was not known: Nano lacks them

	Input, Output, CacheRead, CacheWrite int64 // tokens
	Images, Seconds                      int64
	Nano                                 int64
}

// fields lists the numbers of u in the order of the table's columns.
func (u *Usage) fields() [usageFields]*int64 {
	return [...]*int64{
		&u.Requests, &u.Errors, &u.Incomplete, &u.Estimated, &u.Unpriced,
		&u.Input, &u.Output, &u.CacheRead, &u.CacheWrite, &u.Images, &u.Seconds, &u.Nano,
	}
}

// usageColumns are the columns of table usage that hold numbers.
var usageColumns = [usageFields]string{
	"requests", "errors", "incomplete", "estimated", "unpriced",
	"input", "output", "cache_read", "cache_write", "images", "seconds", "nano",
}

const usageFields = 12

// Add adds o to u. A sum that no int64 holds stays at the largest there is: a
// backend that reports nonsense must not turn a total into a credit.
func (u *Usage) Add(o *Usage) {
	other := o.fields()
	for i, n := range u.fields() {
		*n = addUp(*n, *other[i])
	}
}

func addUp(a, b int64) int64 {
	if b > 0 && a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// UsageKey says who used what. Empty fields were not there or are not known.
type UsageKey struct {
	Partition   string
	Account     string
	Region      string // the region called, which is the one billed
	Principal   string // ARN of the user or role
	PrincipalID string // unique id of the caller: two users who had one name, one after the other, are two
	Session     string // ARN of the session, of a call with a role
	Person      string // the tag UserEmail, else the session's or user's name
	AccessKey   string // id of the access key or API key
	Tags        string // of principal and profile as JSON: an object of texts
	Model       string // foundation-model id that answered
	Profile     string // ARN or id of the inference profile that was named
	ProfileKind string // how the model is billed: regional, geographic or global
	Backend     string
}

// Position is how far a node's journal has been summed. The zero value is
// before its first record.
type Position struct {
	Seq  uint64
	Hash string // of that record, in hexadecimal

	// Open is the oldest record up to Seq that reserves for a call whose event is
	// not among them, or 0 if every call has ended: who counts what is reserved
	// has to read from there.
	Open uint64
}

// Bucket is what was charged to one instance of a budget in one piece of its
// window, on one node.
type Bucket struct {
	Account  string
	Budget   string
	Instance string // the value, of a budget for each value
	Start    int64  // seconds since 1970; 0 of a total
	Node     string

	Nano, Tokens, Requests int64
	Overruns               int64 // calls whose backend used more than they could
}

// UsagePosition returns how far the journal of a node has been summed.
func (db *DB) UsagePosition(ctx context.Context, node string) (Position, error) {
	return usagePosition(ctx, db.read, node)
}

func usagePosition(ctx context.Context, q querier, node string) (Position, error) {
	var seq, open int64
	var p Position
	err := q.QueryRowContext(ctx, `SELECT seq, hash, open_from FROM usage_node WHERE node = $1`, node).Scan(&seq, &p.Hash, &open)
	if errors.Is(err, sql.ErrNoRows) {
		return Position{}, nil
	}
	if err != nil {
		return Position{}, fmt.Errorf("reading how far the journal has been summed: %w", err)
	}
	p.Seq, p.Open = uint64(seq), uint64(open)
	return p, nil
}

// LoadBuckets calls each for every bucket that starts at since or later, and for
// every total; of all nodes. It returns how far the journal of node is contained
// in them: what is behind that is still to be counted. Both are of one moment.
func (db *DB) LoadBuckets(ctx context.Context, node string, since time.Time, each func(Bucket)) (Position, error) {
	tx, err := db.snapshot(ctx)
	if err != nil {
		return Position{}, fmt.Errorf("beginning to load what was charged to budgets: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	position, err := usagePosition(ctx, tx, node)
	if err != nil {
		return Position{}, err
	}
	rows, err := tx.QueryContext(ctx, `SELECT account, budget, instance, start, node, nano, tokens, requests, overruns
		FROM budget_bucket WHERE start >= $1 OR start = 0`, since.Unix())
	if err != nil {
		return Position{}, fmt.Errorf("loading what was charged to budgets: %w", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var b Bucket
		if err := rows.Scan(&b.Account, &b.Budget, &b.Instance, &b.Start, &b.Node, &b.Nano, &b.Tokens, &b.Requests, &b.Overruns); err != nil {
			return Position{}, fmt.Errorf("loading what was charged to budgets: %w", err)
		}
		each(b)
	}
	if err := rows.Err(); err != nil {
		return Position{}, fmt.Errorf("loading what was charged to budgets: %w", err)
	}
	return position, nil
}
