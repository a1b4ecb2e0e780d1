package rollup

import (
	"context"
	"errors"

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
	if k.Segments > 0 {
		at := m.Position()
		counted := at.Seq
		if at.Open > 0 {
			counted = at.Open - 1
		}
		dropped, dropErr := audit.Drop(m.opt.DataDir, counted, now.Add(-k.Segments))
		if dropped > 0 {
			m.opt.Log.Info("old segments of the journal were removed; usage, budgets and totals keep what was in them", "segments", dropped)
		}
		err = errors.Join(err, dropErr)
	}
	if err != nil && ctx.Err() == nil {
		m.opt.Log.Warn("what is old could not be summed up or removed; it is tried again later", "error", err)
	}
}
