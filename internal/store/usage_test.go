package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hardpan/internal/realtools"
	"hardpan/internal/store"
)

// batch is a stretch of a journal in which n keys made one call each.
func batch(node string, from, to uint64, keys ...store.UsageKey) *store.UsageBatch {
	b := &store.UsageBatch{
		Node: node, From: position(from), To: position(to),
		Usage: map[store.UsageCell]*store.Usage{}, Buckets: map[store.BucketCell]*store.Bucket{},
	}
	for _, k := range keys {
		b.Usage[store.UsageCell{Hour: hour.Unix(), Key: k}] = &store.Usage{Requests: 1, Input: 10, Output: 20, Nano: 7}
		b.Buckets[store.BucketCell{Account: k.Account, Budget: "b-1", Instance: k.Person, Start: hour.Unix()}] = &store.Bucket{Nano: 7, Tokens: 30, Requests: 1}
	}
	return b
}

func position(seq uint64) store.Position {
	if seq == 0 {
		return store.Position{}
	}
	return store.Position{Seq: seq, Hash: fmt.Sprintf("hash of %d", seq)}
}

var hour = time.Date(2026, 11, 3, 4, 0, 0, 0, time.UTC)

func key(person string) store.UsageKey {
	return store.UsageKey{Partition: "aws", Account: account, Region: "us-west-2", Person: person, Tags: `{"UserEmail":"` + person + `"}`, Model: "m"}
}

func addUsage(t *testing.T, db *store.DB, b *store.UsageBatch) {
	t.Helper()
	if err := db.AddUsage(t.Context(), b, now); err != nil {
		t.Fatal(err)
	}
}

func buckets(t *testing.T, db *store.DB, node string, since time.Time) (map[store.BucketCell]store.Bucket, store.Position) {
	t.Helper()
	all := map[store.BucketCell]store.Bucket{}
	p, err := db.LoadBuckets(t.Context(), node, since, func(b store.Bucket) {
		cell := store.BucketCell{Account: b.Account, Budget: b.Budget, Instance: b.Node + ":" + b.Instance, Start: b.Start}
		all[cell] = store.Bucket{Nano: b.Nano, Tokens: b.Tokens, Requests: b.Requests}
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, p
}

func aBatchCountsOnce(t *testing.T, fresh func(*testing.T) *store.DB) {
	db := fresh(t)
	addUsage(t, db, batch("n1", 0, 5, key("a"), key("b")))
	if err := db.AddUsage(t.Context(), batch("n1", 0, 5, key("a")), now); !errors.Is(err, store.ErrMoved) {
		t.Fatalf("the same batch again: got %v", err)
	}
	wrong := batch("n1", 5, 9, key("a"))
	wrong.From.Hash = "of another journal"
	if err := db.AddUsage(t.Context(), wrong, now); !errors.Is(err, store.ErrMoved) {
		t.Fatalf("another journal's batch: got %v", err)
	}
	addUsage(t, db, batch("n1", 5, 9, key("a")))
	addUsage(t, db, batch("n2", 0, 3, key("a")))
	got, p := buckets(t, db, "n1", hour)
	cell := func(node, person string) store.BucketCell {
		return store.BucketCell{Account: account, Budget: "b-1", Instance: node + ":" + person, Start: hour.Unix()}
	}
	want := map[store.BucketCell]store.Bucket{
		cell("n1", "a"): {Nano: 14, Tokens: 60, Requests: 2},
		cell("n1", "b"): {Nano: 7, Tokens: 30, Requests: 1},
		cell("n2", "a"): {Nano: 7, Tokens: 30, Requests: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" || p != position(9) {
		t.Errorf("at %+v: %s", p, diff)
	}
	if got, _ := buckets(t, db, "n1", hour.Add(time.Second)); len(got) != 0 {
		t.Errorf("buckets of before: %v", got)
	}
	if _, p := buckets(t, db, "n3", hour); p != (store.Position{}) {
		t.Errorf("a node that never was stands at %+v", p)
	}
}

// More keys than a statement takes rows.
func manyKeysInOneBatch(t *testing.T, fresh func(*testing.T) *store.DB) {
	db := fresh(t)
	var keys []store.UsageKey
	for i := range 777 {
		keys = append(keys, key(fmt.Sprintf("person %d \"<é>", i)))
	}
	addUsage(t, db, batch("n1", 0, 777, keys...))
	addUsage(t, db, batch("n1", 777, 1554, keys...))
	got, _ := buckets(t, db, "n1", hour)
	if len(got) != 777 {
		t.Fatalf("%d buckets", len(got))
	}
	for cell, b := range got {
		if b.Requests != 2 {
			t.Fatalf("%v has %+v", cell, b)
		}
	}
}

func usageConformance(t *testing.T, fresh func(*testing.T) *store.DB) {
	t.Run("a batch counts once", func(t *testing.T) { aBatchCountsOnce(t, fresh) })
	t.Run("many keys in one batch", func(t *testing.T) { manyKeysInOneBatch(t, fresh) })
}

func TestUsageOnSQLite(t *testing.T) {
	usageConformance(t, func(t *testing.T) *store.DB { return open(t, file(t)) })
}

func TestUsageOnPostgreSQL(t *testing.T) {
	server := realtools.StartPostgres(t)
	usageConformance(t, func(t *testing.T) *store.DB { return node(t, server.Database()) })
}
