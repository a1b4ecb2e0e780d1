package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// UsageBatch is a stretch of one node's journal, summed: what to add, and where
// the stretch begins and ends.
type UsageBatch struct {
	Node     string
	From, To Position
	Usage    map[UsageCell]*Usage
	Buckets  map[BucketCell]*Bucket
}

// UsageCell is what is summed together: one hour of one key.
type UsageCell struct {
	Hour int64 // its start, seconds since 1970
	Key  UsageKey
}

// BucketCell names a bucket of a budget on the batch's node.
type BucketCell struct {
	Account, Budget, Instance string
	Start                     int64
}

// ErrMoved is wrapped by the error of a batch that does not begin where the last
// one ended. Nothing of it was added.
var ErrMoved = errors.New("the journal has been summed up to another record")

// usageTime bounds the transaction of one batch.
const usageTime = 30 * time.Second

// AddUsage adds a batch, all of it or nothing. A batch is added once: with the
// same From it fails with [ErrMoved] the next time. An error that wraps
// [ErrUnavailable] leaves open whether it was added; ask [DB.UsagePosition].
func (db *DB) AddUsage(ctx context.Context, b *UsageBatch, now time.Time) error {
	limited, cancel := context.WithTimeout(ctx, usageTime)
	defer cancel()
	err := db.addUsage(limited, b, now)
	if err != nil && (unavailable(err) || limited.Err() != nil && ctx.Err() == nil) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

func (db *DB) addUsage(ctx context.Context, b *UsageBatch, now time.Time) error {
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("beginning to add usage: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	if err := advance(ctx, tx, b, now); err != nil {
		return err
	}
	ids, err := db.putUsageKeys(ctx, tx, b)
	if err != nil {
		return err
	}
	if err := putUsage(ctx, tx, b, ids); err != nil {
		return err
	}
	if err := putBuckets(ctx, tx, b); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("adding usage: %w", err)
	}
	for _, id := range ids { // only now: a key that was rolled back is not there
		db.usageKeys.remember(id)
	}
	return nil
}

// advance moves the node's position from the batch's beginning to its end.
func advance(ctx context.Context, tx *sql.Tx, b *UsageBatch, now time.Time) error {
	if b.From.Seq == 0 {
		_, err := tx.ExecContext(ctx, `INSERT INTO usage_node (node, seq, hash, open_from, updated) VALUES ($1, 0, '', 0, $2)
			ON CONFLICT (node) DO NOTHING`, b.Node, micros(now))
		if err != nil {
			return fmt.Errorf("making room for the usage of node %s: %w", b.Node, err)
		}
	}
	done, err := tx.ExecContext(ctx, `UPDATE usage_node SET seq = $1, hash = $2, open_from = $3, updated = $4
		WHERE node = $5 AND seq = $6 AND hash = $7`,
		int64(b.To.Seq), b.To.Hash, int64(b.To.Open), micros(now), b.Node, int64(b.From.Seq), b.From.Hash)
	if err != nil {
		return fmt.Errorf("moving the position of node %s: %w", b.Node, err)
	}
	if n, err := done.RowsAffected(); err != nil || n != 1 {
		return errors.Join(fmt.Errorf("adding the usage of node %s behind record %d: %w", b.Node, b.From.Seq, ErrMoved), err)
	}
	return nil
}

// id names the key: a hash of its fields, so that every node finds the same.
func (k *UsageKey) id() string {
	// A list of texts as JSON has one form, and no two lists share one.
	text, err := json.Marshal(k.texts())
	if err != nil {
		panic(err) // texts are always encoded
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// texts lists the fields in the order of the table's columns behind id.
func (k *UsageKey) texts() []string {
	return []string{
		k.Partition, k.Account, k.Region, k.Principal, k.PrincipalID, k.Session, k.Person, k.AccessKey,
		k.Tags, k.Model, k.Profile, k.ProfileKind, k.Backend,
	}
}

// putUsageKeys stores the batch's keys that are new, and returns the ids of all.
func (db *DB) putUsageKeys(ctx context.Context, tx *sql.Tx, b *UsageBatch) (map[UsageKey]string, error) {
	ids := map[UsageKey]string{}
	in := inserts{into: "usage_key (partition, account, region, principal, principal_id, session, person, access_key, tags, model, profile, profile_kind, backend, id)", behind: "ON CONFLICT (account, id) DO NOTHING"}
	for cell := range b.Usage {
		if _, ok := ids[cell.Key]; ok {
			continue
		}
		id := cell.Key.id()
		ids[cell.Key] = id
		if !db.usageKeys.has(id) {
			row := make([]any, 0, 14)
			for _, text := range cell.Key.texts() {
				row = append(row, text)
			}
			in.rows = append(in.rows, append(row, id))
		}
	}
	// In one order on every node: two that add the same keys must not wait for
	// each other.
	slices.SortFunc(in.rows, func(a, b []any) int { return cmp.Compare(a[13].(string), b[13].(string)) })
	if err := in.run(ctx, tx); err != nil {
		return nil, fmt.Errorf("storing who used something: %w", err)
	}
	return ids, nil
}

func putUsage(ctx context.Context, tx *sql.Tx, b *UsageBatch, ids map[UsageKey]string) error {
	set := make([]string, usageFields)
	for i, c := range usageColumns {
		set[i] = fmt.Sprintf("%s = usage.%s + excluded.%s", c, c, c)
	}
	in := inserts{
		into:   "usage (account, start, grain, usage_key, node, " + strings.Join(usageColumns[:], ", ") + ")",
		behind: "ON CONFLICT (account, start, grain, usage_key, node) DO UPDATE SET " + strings.Join(set, ", "),
	}
	cells := slices.SortedFunc(maps.Keys(b.Usage), func(x, y UsageCell) int {
		return cmp.Or(cmp.Compare(x.Hour, y.Hour), cmp.Compare(ids[x.Key], ids[y.Key]))
	})
	for _, cell := range cells {
		row := make([]any, 0, 5+usageFields)
		row = append(row, cell.Key.Account, cell.Hour, string(Hour), ids[cell.Key], b.Node)
		for _, n := range b.Usage[cell].fields() {
			row = append(row, *n)
		}
		in.rows = append(in.rows, row)
	}
	if err := in.run(ctx, tx); err != nil {
		return fmt.Errorf("adding what was used: %w", err)
	}
	return nil
}

func putBuckets(ctx context.Context, tx *sql.Tx, b *UsageBatch) error {
	in := inserts{
		into: "budget_bucket (account, budget, instance, start, node, nano, tokens, requests, overruns)",
		behind: `ON CONFLICT (account, budget, instance, start, node) DO UPDATE SET nano = budget_bucket.nano + excluded.nano,
			tokens = budget_bucket.tokens + excluded.tokens, requests = budget_bucket.requests + excluded.requests,
			overruns = budget_bucket.overruns + excluded.overruns`,
	}
	cells := slices.SortedFunc(maps.Keys(b.Buckets), func(x, y BucketCell) int {
		return cmp.Or(cmp.Compare(x.Account, y.Account), cmp.Compare(x.Budget, y.Budget), cmp.Compare(x.Instance, y.Instance), cmp.Compare(x.Start, y.Start))
	})
	for _, c := range cells {
		n := b.Buckets[c]
		in.rows = append(in.rows, []any{c.Account, c.Budget, c.Instance, c.Start, b.Node, n.Nano, n.Tokens, n.Requests, n.Overruns})
	}
	if err := in.run(ctx, tx); err != nil {
		return fmt.Errorf("adding what was charged to budgets: %w", err)
	}
	return nil
}

// inserts puts rows into a table, many with one statement.
type inserts struct {
	into, behind string
	rows         [][]any
}

// insertRows is how many rows a statement takes: with more, SQLite's library
// takes longer to bind the values than the database to run it.
const insertRows = 25

func (in *inserts) run(ctx context.Context, tx *sql.Tx) error {
	whole := len(in.rows) / insertRows * insertRows
	if err := in.prepared(ctx, tx, in.rows[:whole]); err != nil {
		return err
	}
	rest := in.rows[whole:]
	if len(rest) == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, in.statement(rest), slices.Concat(rest...)...)
	return err
}

// prepared puts rows, a multiple of insertRows, with one prepared statement.
func (in *inserts) prepared(ctx context.Context, tx *sql.Tx, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	full, err := tx.PrepareContext(ctx, in.statement(rows[:insertRows]))
	if err != nil {
		return err
	}
	defer func() { _ = full.Close() }()
	for some := range slices.Chunk(rows, insertRows) {
		if _, err := full.ExecContext(ctx, slices.Concat(some...)...); err != nil {
			return err
		}
	}
	return nil
}

func (in *inserts) statement(rows [][]any) string {
	var text strings.Builder
	text.WriteString("INSERT INTO " + in.into + " VALUES ")
	n := 0
	for i, row := range rows {
		if i > 0 {
			text.WriteString(", ")
		}
		for j := range row {
			n++
			text.WriteString(map[bool]string{true: "(", false: ", "}[j == 0])
			text.WriteString("$" + strconv.Itoa(n))
		}
		text.WriteString(")")
	}
	return text.String() + " " + in.behind
}
