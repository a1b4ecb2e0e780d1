package rollup

import (
	"context"
	"errors"
	"time"

	"hardpan/internal/audit"
	"hardpan/internal/store"
)

// keep does what is due of retention. What fails is tried again in the next
// round.
func (m *Materialiser) keep(ctx context.Context) {
	now, k := m.opt.Now(), m.opt.Keep
	err := m.opt.DB.AgeUsage(ctx, store.Hour, store.Day, now.Add(-k.Hours))
	if err == nil {
		err = m.opt.DB.AgeUsage(ctx, store.Day, store.Month, now.Add(-k.Days))
	}
	if err == nil && m.opt.Oldest != nil {
		err = m.opt.DB.DropBuckets(ctx, func(account, budget string) time.Time { return m.opt.Oldest(account, budget, now) })
	}
	if k.Segments > 0 {
		err = errors.Join(err, m.dropSegments(now.Add(-k.Segments)))
	}
	if err != nil && ctx.Err() == nil {
		m.opt.Log.Warn("what is old could not be summed up or removed; it is tried again later", "error", err)
	}
}

// dropSegments removes segments that are old, wholly counted and exported, and
// without a call that is still under way.
func (m *Materialiser) dropSegments(before time.Time) error {
	at := m.stored()
	counted := at.Seq
	if at.Open > 0 {
		counted = at.Open - 1
	}
	if m.opt.Exported != nil {
		counted = min(counted, m.opt.Exported())
	}
	dropped, err := audit.Drop(m.opt.DataDir, counted, before)
	if dropped > 0 {
		m.opt.Log.Info("old segments of the journal were removed; usage, budgets and totals keep what was in them", "segments", dropped)
	}
	return err
}
