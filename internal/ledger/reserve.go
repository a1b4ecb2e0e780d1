package ledger

import (
	"context"
	"time"

	"hardpan/internal/audit"
	"hardpan/internal/identity"
	"hardpan/internal/usage"
)

// Reserve sets aside the most that a call may cost, and writes that down. If a
// budget has no room for it, nothing is reserved and the error is an
// *awserr.Error that wraps a [*RefusalError]; if the journal does not take it, or a
// lease cannot be had, one with the code ServiceUnavailableException. r and what
// it holds is not kept after the return.
func (l *Ledger) Reserve(ctx context.Context, r *Request) (*Reservation, error) {
	res := &Reservation{ledger: l, id: r.ID, free: r.Free, clampable: r.Clamp, bound: r.Bound.limited()}
	if r.Free {
		res.bound = Bound{}
	}
	l.price(res, r)
	charged := l.charged(r.Account, &r.Call)
	if len(charged) > 0 {
		res.account = l.account(r.Account)
		if err := l.hold(ctx, res, r, charged); err != nil {
			return nil, err
		}
	}
	if err := l.writeDown(res, r); err != nil {
		res.Release()
		return nil, unavailable("The call could not be written to the journal, so it is not forwarded. The operator's log says why.", err)
	}
	return res, nil
}

// price finds what the call costs, and the most that it can cost.
func (l *Ledger) price(res *Reservation, r *Request) {
	if r.Free {
		res.priced = true
		return
	}
	tier := r.Tier
	if tier == "" {
		tier = usage.StandardTier
	}
	price, source, ok := l.opt.Prices.Find(r.Call.Model, r.Kind, tier, r.Time)
	if !ok {
		return
	}
	res.price, res.row = price, source.ID
	res.most, res.priced = bound(price, res.bound)
}

// bound is the most that a call within b can cost; priced is false if that is
// not known.
func bound(p usage.Price, b Bound) (nano int64, priced bool) {
	dear := p
	if b.Input > 0 {
		dear.Input = max(p.Input, p.CacheRead, p.CacheWrite, p.CacheWriteHour)
	}
	return dear.Cost(usage.Tokens{Input: b.Input, Output: b.Output, Images: b.Images})
}

// leaseTries is how often a call asks for a larger lease: its budgets may need
// one each, and other calls take from it meanwhile.
const leaseTries = 4

// hold reserves in all budgets of the call, or in none.
func (l *Ledger) hold(ctx context.Context, res *Reservation, r *Request, charged []identity.Charged) error {
	a, last := res.account, false
	for try := 1; ; try++ {
		a.mu.Lock()
		now, back := a.clock(r.Time)
		refused, short := a.hold(res, charged, now, last)
		a.mu.Unlock()
		if back > 0 {
			l.opt.Log.Warn("the clock jumped back; budgets stay at the later time until it is reached again",
				"account", r.Account, "back", back.String())
		}
		switch {
		case refused != nil:
			refused.Model = r.Call.Model
			l.tell(refused.crossed...)
			return refused.fault()
		case short == nil:
			return nil
		}
		enough, err := l.extend(ctx, a, short)
		if err != nil {
			return unavailable("The budget \""+short.budget.Name+"\" is shared by several servers, and the database that divides it does not answer. Try again later.", err)
		}
		last = !enough || try == leaseTries
	}
}

// hold is [Ledger.hold] under the lock. short is a lease that is too small; it
// is nil when last is set, since then what the lease has is all there is.
func (a *account) hold(res *Reservation, charged []identity.Charged, now time.Time, last bool) (refused *RefusalError, short *shortage) {
	held := res.held[:0]
	for _, c := range charged {
		b := a.book(instanceOf(c))
		held = append(held, hold{budget: c.Budget, value: instanceOf(c).value, book: b, bucket: b.at(c.Budget, now)})
	}
	full := res.bound
	for i := range held {
		held[i].clamp(res, last)
	}
	for i := range held {
		refused, short = held[i].check(res, now, last)
		if refused != nil || short != nil {
			res.bound = full
			res.most, _ = bound(res.price, full)
			if refused != nil {
				refused.crossed = held[i].reached(refused)
			}
			return refused, short
		}
	}
	res.held, res.amounts = held, res.needs()
	if res.bound.Output < full.Output {
		res.clamped = res.bound.Output
	}
	for i := range held {
		held[i].book.hold(held[i].bucket, res.amounts)
	}
	return nil, nil
}

// needs is what the call reserves.
func (res *Reservation) needs() amounts {
	return amounts{nano: res.most, tokens: usage.Add(res.bound.Input, res.bound.Output), requests: 1}
}

// check says whether a budget has room for the call.
func (h *hold) check(res *Reservation, now time.Time, last bool) (*RefusalError, *shortage) {
	limit := h.budget.Limit
	need := res.needs().of(limit.Unit)
	level := h.book.level(limit.Unit)
	refuse := func(why Why) *RefusalError {
		return &RefusalError{Why: why, Need: h.least(res), Least: h.clamps(res), Standing: h.standing(now), budget: h.budget}
	}
	switch {
	case h.budget.Action != identity.Block:
		return nil, nil
	case h.book.closed():
		return refuse(Overrun), nil
	case limit.Unit == usage.USD && !res.priced:
		return refuse(Unpriced), nil
	case usage.Add(level, need) > limit.Amount:
		return refuse(Spent), nil
	case h.leased(res.ledger) && usage.Add(h.own(), need) > h.granted():
		if last {
			return refuse(Elsewhere), nil
		}
		return nil, h.shortage(res)
	}
	return nil, nil
}

// writeDown puts the reservation into the journal, before the call is forwarded.
func (l *Ledger) writeDown(res *Reservation, r *Request) error {
	record := &audit.Reservation{
		ID: r.ID, Time: r.Time.UnixMicro(), Partition: r.Partition, Account: r.Account, Region: r.Region, Service: r.Service, Operation: r.Operation,
		Caller: r.Caller,
		Model:  r.Call.Model, Profile: r.Call.Profile, ProfileKind: string(r.Kind), ProfileTags: r.Call.ProfileTags,
		InputBound: res.bound.Input, OutputBound: res.bound.Output, ImageBound: res.bound.Images,
		Cost: res.most, Priced: res.priced, Price: res.row, Budgets: res.charges(),
	}
	if !res.priced {
		record.Cost = 0
	}
	_, err := l.opt.Journal.AppendReservation(record)
	return err
}
