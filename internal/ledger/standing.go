package ledger

import (
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

	// Elsewhere is what other servers on the same database have of the limit, spent
	// or not, as far as it is known.
	Elsewhere int64

	At     time.Time // when this was so
	Start  time.Time // of the bucket that is charged now
	Resets time.Time // when room comes free at the latest; zero: never
}

// Covers is the scope's text, with the value of one of each.
func (s *Standing) Covers() string { return s.Scope.Of(s.Value) }

// Percent is how much of the limit is settled.
func (s *Standing) Percent() int { return s.Limit.Percent(s.Settled) }

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
// the time of asking. On several servers it is what this one knows: what the
// others spend of their leases is not in it.
func (l *Ledger) Status(b *identity.Budget, now time.Time) []Standing {
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
		if b.Covers.Each && k.sum == (amounts{}) && k.held == (amounts{}) && !k.closed() {
			continue
		}
		list = append(list, standing(b, of.value, k, now))
	}
	if len(list) == 0 && !b.Covers.Each {
		k := new(book)
		k.at(b, now)
		list = append(list, standing(b, "", k, now))
	}
	slices.SortFunc(list, func(x, y Standing) int { return strings.Compare(x.Value, y.Value) })
	return list
}
