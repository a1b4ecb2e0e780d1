// Package rollup turns the journal into sums: what was used by the hour, by whom
// and of what, and what each budget was charged. The sums lie in the database,
// with how far the journal is in them, and both change in one transaction: a
// call is counted once, whatever dies when.
//
// It knows which event counts how. It must not know prices, limits or policies:
// cost and charges stand in the event. It never changes the journal, but drops
// segments that are old and wholly counted.
package rollup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"hardpan/internal/audit"
	"hardpan/internal/store"
)

// Options are what a [Materialiser] is made of; all but Take and the
// durations have to be given.
type Options struct {
	DB      *store.DB
	DataDir string
	Head    func() audit.Head             // of the journal, as written
	Take    func(seq uint64) *audit.Event // [audit.Journal.Take]; nil: each event is decoded
	Now     func() time.Time
	Log     *slog.Logger

	Keep Keep

	// Exported is the last record that others have read who need the journal; nil:
	// there are none.
	Exported func() uint64

	// Oldest tells before which time the buckets of a budget count no more; nil:
	// all are kept.
	Oldest func(account, budget string, now time.Time) time.Time
}

// Keep says how long things are kept as they are. A zero field means the default.
type Keep struct {
	Hours    time.Duration // usage by the hour, then by the day; default 7 days
	Days     time.Duration // usage by the day, then by the month; default 400 days
	Segments time.Duration // segments of the journal; default for ever
}

func (k Keep) withDefaults() Keep {
	if k.Hours == 0 {
		k.Hours = 7 * 24 * time.Hour
	}
	if k.Days == 0 {
		k.Days = 400 * 24 * time.Hour
	}
	return k
}

// Materialiser sums one node's journal. Everything but [Materialiser.Run] may be
// called at any time.
type Materialiser struct {
	opt  Options
	node string
	wake chan struct{}

	mu      sync.Mutex
	at      store.Position // counted up to here
	saved   store.Position // of what the database holds; nothing between them adds to it
	changed chan struct{}  // closed when at or err changes
	err     error          // why nothing more is counted
}

// Open finds out how far the journal has been counted, and that it is the one
// that was. The journal is open in this process.
func Open(ctx context.Context, opt Options) (*Materialiser, error) {
	opt.Keep = opt.Keep.withDefaults()
	node, err := audit.Node(opt.DataDir)
	if err != nil {
		return nil, err
	}
	m := &Materialiser{opt: opt, node: node, wake: make(chan struct{}, 1), changed: make(chan struct{})}
	if m.at, err = opt.DB.UsagePosition(ctx, node); err != nil {
		return nil, err
	}
	m.saved = m.at
	return m, m.same()
}

// same refuses a journal that is not the one the database has counted: its
// records would be taken for counted ones.
func (m *Materialiser) same() error {
	if m.at.Seq == 0 {
		return nil
	}
	return follows(m.opt.DataDir, m.at, m.opt.Head())
}

// Node returns the name that this journal is counted under.
func (m *Materialiser) Node() string { return m.node }

// Position returns how far the journal has been counted.
func (m *Materialiser) Position() store.Position {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.at
}

// Err returns why nothing more is counted, or nil.
func (m *Materialiser) Err() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.err
}

// Flush returns when everything that the journal holds now has been counted. The
// error is that of ctx, or why nothing more is counted.
func (m *Materialiser) Flush(ctx context.Context) error {
	head := m.opt.Head()
	for {
		m.mu.Lock()
		at, err, changed := m.at, m.err, m.changed
		m.mu.Unlock()
		switch {
		case at.Seq >= head.Seq:
			return nil
		case err != nil:
			return err
		}
		select {
		case m.wake <- struct{}{}:
		default:
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("counting the calls up to record %d: %w", head.Seq, ctx.Err())
		}
	}
}

// stored returns how far the database says that the journal has been counted.
func (m *Materialiser) stored() store.Position {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.saved
}

// set notes where counting stands.
func (m *Materialiser) set(at, saved store.Position, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at, m.saved, m.err = at, saved, err
	close(m.changed)
	m.changed = make(chan struct{})
}

const (
	pause     = time.Second      // between batches that are not full
	retry     = 2 * time.Second  // of a database that is away
	housework = 10 * time.Minute // between rounds of retention
)

// Run counts until ctx ends, and then what is left, if the database takes it at
// once. A journal that is damaged ends the counting, not the program: calls are
// still written down, and the log says what to do.
func (m *Materialiser) Run(ctx context.Context) {
	c := newCounter(m)
	defer c.close()
	tick := time.NewTicker(pause)
	defer tick.Stop()
	var kept time.Time
	for ctx.Err() == nil {
		if err := c.catchUp(ctx); err != nil {
			if ctx.Err() == nil {
				m.opt.Log.Error("the journal is no longer summed: usage and budgets in the database stay behind until the cause is gone and the server is started again; calls are still written down",
					"record", m.Position().Seq+1, "error", err)
				m.set(m.Position(), m.stored(), err)
			}
			return
		}
		if now := m.opt.Now(); now.Sub(kept) >= housework {
			kept = now
			m.keep(ctx)
		}
		select {
		case <-tick.C:
		case <-m.wake:
		case <-ctx.Done():
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), retry)
	defer cancel()
	if err := c.catchUp(last); err != nil {
		m.opt.Log.Warn("the end of the journal has not been summed yet; it will be at the next start", "error", err)
	}
}

// store adds a batch, however long the database is away. What has been read
// waits meanwhile, and no more is.
func (m *Materialiser) store(ctx context.Context, b *store.UsageBatch) error {
	away := false
	for {
		err := m.opt.DB.AddUsage(ctx, b, m.opt.Now())
		if err == nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		if !errors.Is(err, store.ErrUnavailable) {
			return err
		}
		if !away {
			away = true
			m.opt.Log.Warn("the database does not take what was used; the journal keeps it until then", "record", b.From.Seq+1, "error", err)
		}
		select {
		case <-time.After(retry):
		case <-ctx.Done():
			return ctx.Err()
		}
		// The commit may have been done after all.
		if at, err := m.opt.DB.UsagePosition(ctx, m.node); err == nil && at.Seq == b.To.Seq && at.Hash == b.To.Hash {
			return nil
		}
	}
}
