package ledger

import (
	"context"
	"slices"
	"strings"
	"time"

	"hardpan/internal/identity"
	"hardpan/internal/usage"
)

// Standing is where one instance of a budget stands.
type Standing struct {
	Account string
	Budget  string // id
	Name    string
	Value   string // of a budget with a limit for each
	Scope   usage.Scope
	Limit   usage.Limit
	Period  usage.Period

	Settled  int64 // in the unit of the limit
	Reserved int64 // by calls under way
	Closed   bool  // a backend passed a bound in this window

	// Elsewhere is what other servers on the same database have of the limit. They
	// have spent it, but for a part that they give back when they do not need it.
	Elsewhere int64

	At     time.Time // when this was so
	Start  time.Time // of the bucket that is charged now
	Resets time.Time // when room comes free at the latest; zero: never
}

// Covers is the scope's text, with the value of one of each.
func (s *Standing) Covers() string { return s.Scope.Of(s.Value) }

// Percent is how much of the limit is settled here, or is elsewhere.
func (s *Standing) Percent() int { return s.Limit.Percent(usage.Add(s.Settled, s.Elsewhere)) }

func (h *hold) standing(now time.Time) Standing {
	return standing(h.budget, h.value, h.book, now)
}

func standing(b *identity.Budget, value string, k *book, now time.Time) Standing {
	return Standing{
		Account: b.Account, Budget: b.ID, Name: b.Name, Value: value, Scope: b.Covers, Limit: b.Limit, Period: b.Period,
		Settled: k.sum.of(b.Limit.Unit), Reserved: k.held.of(b.Limit.Unit), Closed: k.closed(), Elsewhere: k.lease.elsewhere,
		At: now, Start: b.Period.Bucket(now), Resets: k.resets(now),
	}
}

// Status says where a budget stands: one standing, or of a limit for each value
// one for each that something counts for, in the order of the values. now is
// the time of asking. Where several servers share a database it is asked what
// the others have; while it is away, what they had when it last answered counts.
func (l *Ledger) Status(ctx context.Context, b *identity.Budget, now time.Time) []Standing {
	elsewhere, known := l.elsewhere(ctx, b, now)
	a := l.account(b.Account)
	a.mu.Lock()
	defer a.mu.Unlock()
	now, _ = a.clock(now)
	var list []Standing
	for of, k := range a.books {
		if of.budget != b.ID {
			continue
		}
		k.at(b, now)
		s := standing(b, of.value, k, now)
		if known {
			s.Elsewhere = elsewhere[of.value]
			delete(elsewhere, of.value)
		}
		if !b.Covers.Each || k.sum != (amounts{}) || k.held != (amounts{}) || s.Closed || s.Elsewhere > 0 {
			list = append(list, s)
		}
	}
	if len(list) == 0 && !b.Covers.Each && len(elsewhere) == 0 {
		elsewhere = map[string]int64{"": 0}
	}
	for value, held := range elsewhere { // nothing was charged to them here
		k := new(book)
		k.at(b, now)
		s := standing(b, value, k, now)
		s.Elsewhere = held
		list = append(list, s)
	}
	slices.SortFunc(list, func(x, y Standing) int { return strings.Compare(x.Value, y.Value) })
	return list
}

// elsewhere is what other servers have of a budget, by instance; known is false
// if nobody can say.
func (l *Ledger) elsewhere(ctx context.Context, b *identity.Budget, now time.Time) (held map[string]int64, known bool) {
	if l.opt.Leases == nil {
		return nil, false
	}
	since, _ := b.Period.Window(now)
	held, err := l.opt.Leases.Elsewhere(ctx, b.Account, b.ID, b.Limit.Unit, since.Unix())
	if err != nil {
		l.opt.Log.Warn("what other servers have of a budget is not known", "budget", b.Name, "error", err)
		return nil, false
	}
	return held, true
}
