package ledger_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"hardpan/internal/identity"
	"hardpan/internal/ledger"
	"hardpan/internal/usage"
)

// madeCall is a call as the property test remembers it, by itself.
type madeCall struct {
	*ledger.Reservation
	bound   ledger.Bound
	at      time.Time // when it was reserved
	open    bool
	counts  int64 // tokens: the bound while it is open, then what was charged
	overran bool
}

// tokenBudget is a budget as the property test reckons it, from its calls only.
type tokenBudget struct {
	*identity.Budget
	calls []*madeCall
}

// within sums what calls that were reserved from a time on count for.
func (b *tokenBudget) within(from time.Time) (sum int64, overran bool) {
	for _, c := range b.calls {
		if !c.at.Before(from) {
			sum, overran = sum+c.counts, overran || c.overran
		}
	}
	return sum, overran
}

// since is when the window that ends at a time began: for a rolling one exactly
// its length ago, whatever pieces it is counted in.
func (b *tokenBudget) since(at time.Time) time.Time {
	if b.Period.Kind == usage.Rolling {
		return at.Add(-b.Period.Length + 1)
	}
	start, _ := b.Period.Window(at)
	return start
}

// Whatever happens, a call is admitted only where settled + reserved stays
// within each limit, reckoned by addition from all calls that there were.
func TestWithinEveryLimit(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var budgets []*tokenBudget
		var entities []*identity.Budget
		for _, period := range []string{"minute", "day", "rolling:96m", "total"} {
			b := budget(t, "b-"+period[:3], "account", "2000tokens", period)
			b.Limit.Amount = rapid.Int64Range(60, 3000).Draw(rt, "limit of a "+period)
			budgets, entities = append(budgets, &tokenBudget{Budget: b}), append(entities, b)
		}
		w := newWorld(t, entities...)
		now, latest := start, start
		var open []*madeCall
		end := func(rt *rapid.T, how func(c *madeCall)) {
			if len(open) == 0 {
				rt.Skip()
			}
			i := rapid.IntRange(0, len(open)-1).Draw(rt, "call")
			c := open[i]
			open = append(open[:i], open[i+1:]...)
			c.open = false
			how(c)
		}
		rt.Repeat(map[string]func(*rapid.T){
			"reserve": func(rt *rapid.T) {
				bound := ledger.Bound{Input: rapid.Int64Range(0, 50).Draw(rt, "in"), Output: rapid.Int64Range(0, 200).Draw(rt, "out")}
				latest = later(latest, now)
				res, err := w.reserve(now, func(r *ledger.Request) { r.Bound = bound })
				need := bound.Input + bound.Output
				fits := true
				for _, b := range budgets {
					sum, overran := b.within(b.since(latest))
					room := sum+need <= b.Limit.Amount && !overran
					if err == nil && !room {
						rt.Fatalf("%s: admitted %d on top of %d, overrun %v, limit %d", b.ID, need, sum, overran, b.Limit.Amount)
					}
					fits = fits && room && b.Period.Kind != usage.Rolling
				}
				if err != nil {
					if ledger.AsRefusal(err) == nil || fits {
						rt.Fatal(err)
					}
					return
				}
				c := &madeCall{Reservation: res, bound: bound, at: latest, open: true, counts: need}
				open = append(open, c)
				for _, b := range budgets {
					b.calls = append(b.calls, c)
				}
			},
			"settle": func(rt *rapid.T) {
				end(rt, func(c *madeCall) {
					n := rapid.Int64Range(0, c.counts).Draw(rt, "used")
					c.counts = c.Settle(c.within(n), true, ledger.Complete).Tokens.Total()
				})
			},
			"overrun": func(rt *rapid.T) {
				end(rt, func(c *madeCall) {
					s := c.Settle(usage.Tokens{Output: 201 + c.counts}, true, ledger.Complete)
					c.counts, c.overran = s.Tokens.Total(), s.Overrun
				})
			},
			"nonsense": func(rt *rapid.T) {
				end(rt, func(c *madeCall) { c.counts = c.Settle(usage.Tokens{Input: -1}, true, ledger.Complete).Tokens.Total() })
			},
			"release": func(rt *rapid.T) { end(rt, func(c *madeCall) { c.Release(); c.counts = 0 }) },
			"time": func(rt *rapid.T) {
				seconds := rapid.OneOf(rapid.Int64Range(-90, 300), rapid.Int64Range(-20_000, 100_000)).Draw(rt, "seconds")
				now = now.Add(time.Duration(seconds) * time.Second)
			},
			"limit": func(rt *rapid.T) {
				b := budgets[rapid.IntRange(0, len(budgets)-1).Draw(rt, "budget")]
				changed := *b.Budget
				changed.Limit.Amount = rapid.Int64Range(60, 3000).Draw(rt, "new limit")
				b.Budget = &changed
				w.put(&changed)
			},
			"": func(rt *rapid.T) {
				latest = later(latest, now)
				for _, b := range budgets {
					checkStanding(rt, w, b, latest)
				}
			},
		})
	})
}

// within is n tokens that the call may use.
func (c *madeCall) within(n int64) usage.Tokens {
	input := min(n, c.bound.Input)
	return usage.Tokens{Input: input, Output: n - input}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// checkStanding holds the ledger's sums against those of the calls. A rolling
// window counts in pieces, so there it may only be more.
func checkStanding(rt *rapid.T, w *world, b *tokenBudget, at time.Time) {
	var settled, reserved int64
	from := b.since(at)
	for _, c := range b.calls {
		switch {
		case c.at.Before(from):
		case c.open:
			reserved += c.counts
		default:
			settled += c.counts
		}
	}
	s := w.standing(b.Budget, at)
	exact := s.Settled == settled && s.Reserved == reserved
	if b.Period.Kind == usage.Rolling {
		exact = s.Settled >= settled && s.Reserved >= reserved
	}
	if !exact {
		rt.Fatalf("%s: settled %d and reserved %d, by the calls %d and %d", b.ID, s.Settled, s.Reserved, settled, reserved)
	}
}
