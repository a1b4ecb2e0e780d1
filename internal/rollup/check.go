package rollup

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"hardpan/internal/audit"
	"hardpan/internal/store"
	"hardpan/internal/usage"
)

// Comparison is what was found when the sums in the database were held against
// the journal that they were made from.
type Comparison struct {
	Node     string   `json:"node"`    // name of the journal, "" if nothing was ever counted of it
	Counted  uint64   `json:"counted"` // records that the database has summed
	Calls    int64    `json:"calls"`   // of models, among those that the journal still has
	Problems []string `json:"-"`
}

// Compare holds the sums of the journal in the data folder dir, which is whole and
// ends at head, against its events. A server may count meanwhile. Of a journal
// whose old segments were removed, the sums hold at least what it has. The error
// is for what could not be looked at.
func Compare(ctx context.Context, db *store.Maintenance, dir string, head audit.Head) (*Comparison, error) {
	node, err := audit.KnownNode(dir)
	if errors.Is(err, os.ErrNotExist) {
		return &Comparison{}, nil
	}
	if err != nil {
		return nil, err
	}
	at, counted, err := db.Counted(ctx, node)
	if err != nil {
		return nil, err
	}
	c := &Comparison{Node: node, Counted: at.Seq}
	if at.Seq == 0 {
		return c, nil
	}
	if problem := follows(dir, at, head); problem != nil {
		c.Problems = append(c.Problems, problem.Error())
		return c, nil
	}
	raw, whole, err := rawSums(ctx, dir, at.Seq)
	if err != nil {
		return nil, err
	}
	for _, u := range raw {
		c.Calls += u.Requests
	}
	accounts := maps.Clone(counted)
	maps.Copy(accounts, raw)
	for _, account := range slices.Sorted(maps.Keys(accounts)) {
		has, journal := counted[account], raw[account]
		if whole && has != journal || !whole && !atLeast(&has, &journal) {
			c.Problems = append(c.Problems, differ(account, at.Seq, &has, &journal))
		}
	}
	return c, nil
}

// remedyOfMoved is what to do with a journal that is not the one that was counted.
const remedyOfMoved = "either restore the journal, or move the journal folder away: a new one is begun, and what has been counted stays counted"

// follows says why a journal that ends at head is not the one that was counted up
// to a position.
func follows(dir string, at store.Position, head audit.Head) error {
	if head.Seq < at.Seq {
		return fmt.Errorf("the journal ends at record %d, but the database has counted %d of its records: it was restored from an older copy, or its end was lost; %s", head.Seq, at.Seq, remedyOfMoved)
	}
	hash, err := audit.HashOf(dir, at.Seq)
	if err != nil {
		return fmt.Errorf("looking for the last record that was counted: %w; %s", err, remedyOfMoved)
	}
	if hash.String() != at.Hash {
		return fmt.Errorf("record %d of the journal is not the one that the database has counted: the journal was replaced or changed; %s", at.Seq, remedyOfMoved)
	}
	return nil
}

// rawSums adds up a journal's events by account, up to a record. whole tells
// whether it has all from the first on.
func rawSums(ctx context.Context, dir string, last uint64) (sums map[string]store.Usage, whole bool, err error) {
	sums, first := map[string]store.Usage{}, true
	for rec, err := range audit.Read(dir, 1) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, false, fmt.Errorf("adding up the journal: %w", err)
		}
		if first {
			first, whole = false, rec.Seq == 1
		}
		if rec.Seq > last {
			break
		}
		if rec.Kind() != audit.EventRecord {
			continue
		}
		e, err := rec.Event()
		if err != nil {
			return nil, false, err
		}
		if Counts(e) {
			one, all := Sum(e), sums[e.Account]
			all.Add(&one)
			sums[e.Account] = all
		}
	}
	return sums, whole, nil
}

// atLeast tells whether a sum holds another one.
func atLeast(a, b *store.Usage) bool {
	return a.Requests >= b.Requests && a.Errors >= b.Errors && a.Incomplete >= b.Incomplete && a.Estimated >= b.Estimated &&
		a.Unpriced >= b.Unpriced && a.Input >= b.Input && a.Output >= b.Output && a.CacheRead >= b.CacheRead &&
		a.CacheWrite >= b.CacheWrite && a.Images >= b.Images && a.Seconds >= b.Seconds && a.Nano >= b.Nano
}

func differ(account string, last uint64, has, journal *store.Usage) string {
	say := func(u *store.Usage) string {
		return fmt.Sprintf("%d calls, %d tokens in, %d out, %s USD", u.Requests, u.Input, u.Output, usage.FormatUSD(u.Nano))
	}
	return fmt.Sprintf("usage of account %s: the journal has %s up to record %d, the database %s: it was changed by other hands than hardpan's. "+
		"The journal is what holds: restore a backup of the database from before, beside this journal; what the journal has behind the backup is counted again",
		account, say(journal), last, say(has))
}
