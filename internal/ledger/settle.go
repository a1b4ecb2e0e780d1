package ledger

import (
	"slices"
	"sync"

	"hardpan/internal/audit"
	"hardpan/internal/identity"
	"hardpan/internal/usage"
)

// Reservation is what one call holds. Exactly one of Settle and Release ends
// it; what is called after the first of them does nothing.
type Reservation struct {
	ledger  *Ledger
	account *account // nil: the call falls under no budget
	id      string

	bound     Bound
	clampable bool
	clamped   int64 // the lowered output bound; 0: it was not lowered
	free      bool
	price     usage.Price
	row       string // id of the price row
	most      int64  // nano-dollars
	priced    bool
	amounts   amounts // what is held in each of held
	held      []hold

	once sync.Once
}

// hold is the part of a reservation that lies in one budget.
type hold struct {
	budget *identity.Budget
	value  string
	book   *book
	bucket *bucket
}

// Outcome says how the call that is settled ended.
type Outcome uint8

const (
	Complete   Outcome = iota // the model's whole answer passed
	Incomplete                // the answer was cut, or the client left
)

// Settled is what a call was charged, and where.
type Settled struct {
	Tokens    usage.Tokens // as charged: not what the backend said, if that cannot be
	Cost      int64        // nano-dollars; 0 unless Priced
	Priced    bool
	Price     string // id of the price row
	Budgets   []audit.Charge
	Estimated bool // Tokens are not what the backend counted
	Overrun   bool // the backend used more than the call could have
}

// MaxOutput is the output bound in tokens if budgets lowered it, else 0: the
// call must not be forwarded with a larger maxTokens.
func (res *Reservation) MaxOutput() int64 { return res.clamped }

// absurd is how many times its bound a call may use before that is taken for a
// mistake of the backend's.
const absurd = 100

// Settle charges what a call used and frees the rest. counted says that the
// backend reported t; else t was counted by Hardpan, and zero means that nobody
// knows. It takes no context: what was used is owed, whether or not the client
// still listens. What it returns has to be in the call's event.
//
// A count that cannot be, negative or beyond 100 times the bound, is charged as
// the bound. What is above the bound is charged in full, and closes the budgets.
func (res *Reservation) Settle(t usage.Tokens, counted bool, o Outcome) Settled {
	var s Settled
	res.once.Do(func() {
		s = res.reckon(t, counted, o)
		s.Budgets = res.charges()
		res.end(&s)
		if s.Overrun {
			res.ledger.opt.Log.Error("a backend used more than the call could have; it is charged in full, and its budgets are closed until their windows are over",
				"call", res.id, "used", s.Tokens, "bound", res.bound, "budgets", s.Budgets)
		}
	})
	return s
}

// Release frees a reservation whose call was never answered by a model.
func (res *Reservation) Release() {
	res.once.Do(func() { res.end(nil) })
}

// reckon works out what the call is charged.
func (res *Reservation) reckon(t usage.Tokens, counted bool, o Outcome) Settled {
	if !counted { // another tokenizer may find a little more than was allowed
		t.Output = min(t.Output, res.bound.Output)
	}
	s := Settled{Tokens: t, Price: res.row, Priced: res.priced, Estimated: !counted}
	log := res.ledger.opt.Log
	switch {
	case res.free:
		return Settled{Priced: true}
	case res.impossible(t):
		log.Error("a backend reported counts that cannot be; the call is charged at its bound",
			"call", res.id, "reported", t, "bound", res.bound)
		return res.atBound(res.bound)
	case !counted && t.IsZero() && o == Complete:
		return res.atBound(res.bound)
	case !counted && t.IsZero(): // nothing is known to have been answered
		return res.atBound(Bound{Input: res.bound.Input})
	}
	s.Overrun = res.exceeds(t, 1)
	if !res.priced {
		return s
	}
	cost, priced := res.price.Cost(t)
	if !priced {
		log.Error("a call used something that has no price; it is charged at its bound",
			"call", res.id, "used", t, "price", res.row)
		cost, s.Estimated = res.most, true
	}
	s.Cost = cost
	return s
}

// atBound charges the most that a call within b can use.
func (res *Reservation) atBound(b Bound) Settled {
	s := Settled{
		Tokens: usage.Tokens{Input: b.Input, Output: b.Output, Images: b.Images},
		Price:  res.row, Priced: res.priced, Estimated: true,
	}
	if res.priced {
		s.Cost, _ = bound(res.price, b)
	}
	return s
}

// impossible reports whether no call can have used t.
func (res *Reservation) impossible(t usage.Tokens) bool {
	return t.Check() != nil || res.exceeds(t, absurd)
}

// exceeds reports whether t is beyond so many times the bound.
func (res *Reservation) exceeds(t usage.Tokens, times int64) bool {
	input := usage.Add(t.Input, usage.Add(t.CacheRead, t.CacheWrite))
	beyond := func(used, bound int64) bool { return used > times*max(bound, min(1, times-1)) }
	return beyond(input, res.bound.Input) || beyond(t.Output, res.bound.Output) || beyond(t.Images, res.bound.Images)
}

// end frees what is held, and charges s if it is there.
func (res *Reservation) end(s *Settled) {
	if res.account == nil {
		return
	}
	var crossed []Crossing
	a := res.account
	a.mu.Lock()
	for i := range res.held {
		h := &res.held[i]
		h.book.free(h.bucket, res.amounts)
		if s == nil {
			continue
		}
		h.book.settle(h.bucket, amounts{s.Cost, s.Tokens.Total(), 1})
		h.bucket.closed = h.bucket.closed || s.Overrun
		crossed = append(crossed, h.crossed(a.latest)...)
	}
	a.mu.Unlock()
	res.ledger.tell(crossed...)
}

// charges says where the call counts.
func (res *Reservation) charges() []audit.Charge {
	if len(res.held) == 0 {
		return nil
	}
	list := make([]audit.Charge, len(res.held))
	for i, h := range res.held {
		list[i] = audit.Charge{Budget: h.budget.ID, Instance: h.value, Start: h.bucket.start}
	}
	return slices.Clip(list)
}
