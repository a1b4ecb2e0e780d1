package rollup

import (
	"context"
	"errors"
	"fmt"
	"io"

	"hardpan/internal/audit"
	"hardpan/internal/store"
)

// batchOf is maxRecords, but in a test.
var batchOf = maxRecords

// maxRecords bounds a batch, and so the memory it takes and the time for which
// its transaction keeps other writers of a SQLite waiting.
const maxRecords = 8192

// counter reads the journal and counts it, batch by batch.
type counter struct {
	m    *Materialiser
	keys keys
	from *audit.Follower

	at     store.Position // read up to here
	stored store.Position // what the database says; between the two nothing is to be added
	open   opens          // calls that have begun and not ended at at
}

// mostUnsaid is how many records that add nothing are read before the database
// is told: denied calls and questions cost it no write each.
const mostUnsaid = 100_000

func newCounter(m *Materialiser) *counter {
	return &counter{m: m, keys: newKeys()}
}

func (c *counter) close() {
	if c.from != nil {
		c.from.Close()
	}
}

// start reads again which calls were under way at the position.
func (c *counter) start() error {
	c.at = c.m.stored()
	c.stored = c.at
	c.open = newOpens()
	before := c.at.Seq
	if c.at.Open > 0 {
		before = c.at.Open - 1
	}
	c.from = audit.Follow(c.m.opt.DataDir, before)
	for seq := before; seq < c.at.Seq; {
		rec, err := c.from.Next()
		if err != nil {
			return fmt.Errorf("reading the calls that were under way: %w", err)
		}
		seq = rec.Seq
		if rec.Kind() == audit.ReservationRecord {
			call, err := rec.Reserved()
			if err != nil {
				return err
			}
			c.open.begin(call, rec.Seq)
			continue
		}
		e, err := rec.Event()
		if err != nil {
			return err
		}
		c.open.end(e.ID)
	}
	return nil
}

// catchUp counts what the journal holds. After an error the counter begins anew
// where the database stands.
func (c *counter) catchUp(ctx context.Context) (err error) {
	for {
		if c.from == nil {
			if err := c.start(); err != nil {
				c.close()
				c.from = nil
				return err
			}
		}
		if c.m.opt.Head().Seq == c.at.Seq {
			return nil
		}
		b, err := c.batch()
		if err == nil && c.adds(b) {
			err = c.m.store(ctx, b)
			c.stored = b.To
		}
		if err != nil {
			c.close()
			c.from = nil
			return err
		}
		if b.To.Seq == c.at.Seq {
			return nil
		}
		c.at = b.To
		c.m.set(c.at, c.stored, nil)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// adds tells whether a batch has to be stored.
func (c *counter) adds(b *store.UsageBatch) bool {
	return len(b.Usage) > 0 || len(b.Buckets) > 0 || b.To.Seq-b.From.Seq > mostUnsaid
}

// batch sums the next records, as many as there are or as one batch takes.
func (c *counter) batch() (*store.UsageBatch, error) {
	b := &store.UsageBatch{
		Node: c.m.node, From: c.stored, To: c.at,
		Usage: map[store.UsageCell]*store.Usage{}, Buckets: map[store.BucketCell]*store.Bucket{},
	}
	var hash audit.Hash
	for range batchOf {
		rec, err := c.from.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := c.record(b, rec); err != nil {
			return nil, err
		}
		b.To.Seq, hash = rec.Seq, rec.Hash
	}
	if b.To.Seq > c.at.Seq {
		b.To.Hash = hash.String()
	}
	b.To.Open = c.open.oldest()
	return b, nil
}

func (c *counter) record(b *store.UsageBatch, rec *audit.Record) error {
	if rec.Kind() == audit.ReservationRecord {
		call, err := rec.Reserved()
		if err != nil {
			return err
		}
		c.open.begin(call, rec.Seq)
		return nil
	}
	e, err := c.event(rec)
	if err != nil {
		return err
	}
	c.open.end(e.ID)
	c.keys.count(b, e)
	return nil
}

// event returns the event of a record: as it was written, if that is still at hand.
func (c *counter) event(rec *audit.Record) (*audit.Event, error) {
	if take := c.m.opt.Take; take != nil {
		if e := take(rec.Seq); e != nil {
			return e, nil
		}
	}
	return rec.Event()
}
