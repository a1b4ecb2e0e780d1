package ledger

import (
	"hardpan/internal/identity"
	"hardpan/internal/usage"
)

// clamp lowers the call's output bound to what is left in a budget that says
// so. Where nothing is left for an answer, the bound stays, and check refuses.
// When last is set, this server's lease is all there is.
func (h *hold) clamp(res *Reservation, last bool) {
	if !h.clamps(res) {
		return
	}
	limit := h.budget.Limit
	left := limit.Amount - h.book.level(limit.Unit)
	if last && h.leased(res.ledger) {
		left = min(left, h.granted()-h.own())
	}
	if res.needs().of(limit.Unit) <= left {
		return
	}
	if n := res.mostOutput(limit.Unit, left); n > 0 {
		res.bound.Output = n
		res.most, _ = bound(res.price, res.bound)
	}
}

// clamps reports whether the budget can lower the output bound of the call.
func (h *hold) clamps(res *Reservation) bool {
	unit := h.budget.Limit.Unit
	return res.clampable && h.budget.Clamp && h.budget.Action == identity.Block && res.bound.Output > 0 &&
		unit != usage.Requests && (unit != usage.USD || res.priced)
}

// least is what the call needs of the limit at least: with an answer of one token
// where the budget can lower its output bound, else all of it.
func (h *hold) least(res *Reservation) int64 {
	small := Reservation{bound: res.bound, most: res.most}
	if h.clamps(res) {
		small.bound.Output = 1
		small.most, _ = bound(res.price, small.bound)
	}
	return small.needs().of(h.budget.Limit.Unit)
}

// mostOutput is the largest output bound with which the call needs no more than
// left; 0 if none does.
func (res *Reservation) mostOutput(unit usage.Unit, left int64) int64 {
	var most, step int64 = 0, MaxBound
	for ; step > 0; step /= 2 {
		n := most + step
		if n > res.bound.Output {
			continue
		}
		b := Bound{res.bound.Input, n, res.bound.Images}
		need := usage.Add(b.Input, b.Output)
		if unit == usage.USD {
			need, _ = bound(res.price, b)
		}
		if need <= left {
			most = n
		}
	}
	return most
}
