package ledger

import (
	"sync"
	"time"

	"hardpan/internal/identity"
)

// account is the books of one account, under one lock.
type account struct {
	ledger *Ledger
	id     string

	mu      sync.Mutex
	latest  time.Time // the latest time that was seen; the books never go back behind it
	behind  bool      // the clock is behind it, and the operator was told
	books   map[instance]*book
	sweepAt int // when there are as many books, those that are idle are dropped
}

// instance names a book: a budget, and the value if it has a limit for each.
type instance struct{ budget, value string }

func instanceOf(c identity.Charged) instance {
	if !c.Budget.Covers.Each {
		return instance{c.Budget.ID, ""}
	}
	return instance{c.Budget.ID, c.Value}
}

// leastBooks is how many books are worth a sweep.
const leastBooks = 64

func newAccount(l *Ledger, id string) *account {
	return &account{ledger: l, id: id, books: map[instance]*book{}, sweepAt: leastBooks}
}

// jump is how far a clock may be behind before it is said: calls that come at
// once may pass each other.
const jump = 5 * time.Second

// clock returns the time of the books at a moment of the clock: time that never
// goes back, since a window that was left must not be entered again. back is
// how far the clock jumped back, the first time that it is seen behind.
func (a *account) clock(now time.Time) (at time.Time, back time.Duration) {
	if !now.Before(a.latest) {
		a.latest, a.behind = now, false
		return now, 0
	}
	if late := a.latest.Sub(now); late > jump && !a.behind {
		a.behind = true
		back = late
	}
	return a.latest, back
}

// book returns the book of an instance, which is made if it is not there.
func (a *account) book(of instance) *book {
	b := a.books[of]
	if b == nil {
		a.sweep()
		b = new(book)
		a.books[of] = b
	}
	return b
}

// sweep drops books in which nothing counts any more. Its cost is spread over
// the books that were made since the last one.
func (a *account) sweep() {
	if len(a.books) < a.sweepAt {
		return
	}
	for of, b := range a.books {
		if b.idle(a.latest) {
			delete(a.books, of)
		}
	}
	a.sweepAt = max(leastBooks, 2*len(a.books))
}
