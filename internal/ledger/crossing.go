package ledger

import (
	"slices"
	"time"

	"hardpan/internal/usage"
)

// Crossing is a threshold of a budget that was reached.
type Crossing struct {
	Standing
	Percent int  // the threshold
	Refused bool // a call was refused: there is no room, although less than the limit may be settled
}

// crossed lists the thresholds that what is settled has reached since it was
// last asked. One that is told of is told of again only after the level was
// below it.
func (h *hold) crossed(now time.Time) (list []Crossing) {
	if h.bucket.expired {
		return nil
	}
	percent := h.budget.Limit.Percent(usage.Add(h.book.sum.of(h.budget.Limit.Unit), h.book.lease.elsewhere))
	for _, threshold := range h.budget.Thresholds {
		if threshold > h.book.told && threshold <= percent {
			list = append(list, Crossing{Standing: h.standing(now), Percent: threshold})
		}
	}
	h.book.told = percent
	return list
}

// full is from how much of a limit on a refusal means that it is reached: what
// is settled may stay a little below it for ever, while no call fits any more.
const full = 90

// reached is the threshold of the whole limit, when a call was refused because
// of what is settled.
func (h *hold) reached(r *RefusalError) []Crossing {
	used := usage.Add(r.Settled, r.Elsewhere)
	spent := (r.Why == Spent || r.Why == Elsewhere) && r.Percent() >= full && usage.Add(used, r.Need) > r.Limit.Amount
	if !spent || h.book.told >= 100 || !slices.Contains(h.budget.Thresholds, 100) {
		return nil
	}
	h.book.told = 100
	return []Crossing{{Standing: r.Standing, Percent: 100, Refused: true}}
}

// tell passes crossings on. It is called without the account's lock.
func (l *Ledger) tell(list ...Crossing) {
	if l.opt.Notifier == nil {
		return
	}
	for _, c := range list {
		l.opt.Notifier.Crossed(c)
	}
}
