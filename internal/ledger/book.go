package ledger

import (
	"slices"
	"time"

	"hardpan/internal/identity"
	"hardpan/internal/usage"
)

// A book is what one instance of a budget has settled and holds in reserve. It
// is arithmetic only; the account's lock guards it.

// amounts are what counts of a call, or of many, in each unit.
type amounts struct{ nano, tokens, requests int64 }

func (a amounts) of(u usage.Unit) int64 {
	switch u {
	case usage.USD:
		return a.nano
	case usage.InTokens:
		return a.tokens
	}
	return a.requests
}

func (a amounts) plus(b amounts) amounts {
	return amounts{usage.Add(a.nano, b.nano), usage.Add(a.tokens, b.tokens), usage.Add(a.requests, b.requests)}
}

func (a amounts) minus(b amounts) amounts {
	return amounts{a.nano - b.nano, a.tokens - b.tokens, a.requests - b.requests}
}

// bucket is a piece of the window. Calls are charged to the one in which they
// were reserved, however long they take.
type bucket struct {
	start         int64 // seconds since 1970
	settled, held amounts
	closed        bool // a backend used more than its call could
	expired       bool // it does not count any more; reservations in it may still be open

	// The lease of the bucket; see [Leases].
	unit    usage.Unit // of the lease; "": there is none
	granted int64      // what this server may use
	unsure  bool       // the database may have something else
	seen    int64      // what was used when it was last looked at
}

// book is one instance of one budget.
type book struct {
	period  usage.Period
	buckets []*bucket // those that count, oldest first
	sum     amounts   // settled in them
	held    amounts   // held in them
	told    int       // percent of the limit up to which thresholds were told
	lease   leaseState
	over    []*bucket // with a lease, and not counting any more
}

// at moves the book of a budget on to a time and returns the bucket that is
// charged then.
func (b *book) at(of *identity.Budget, now time.Time) *bucket {
	b.period = of.Period
	if len(b.buckets) > 0 && !b.period.Counts(time.Unix(b.buckets[0].start, 0), now) {
		b.expire(now)
		b.told = min(b.told, of.Limit.Percent(b.sum.of(of.Limit.Unit)))
	}
	return b.bucket(b.period.Bucket(now).Unix())
}

// expire drops what does not count any more.
func (b *book) expire(now time.Time) {
	b.buckets = slices.DeleteFunc(b.buckets, func(p *bucket) bool {
		p.expired = !b.period.Counts(time.Unix(p.start, 0), now)
		if p.expired && p.unit != "" {
			b.over = append(b.over, p)
		}
		return p.expired
	})
	b.lease.elsewhere = 0 // it is known anew when more is asked for
	b.sum, b.held = amounts{}, amounts{}
	for _, p := range b.buckets {
		b.sum, b.held = b.sum.plus(p.settled), b.held.plus(p.held)
	}
}

// bucket returns the bucket with a start, which is made if it is not there.
func (b *book) bucket(start int64) *bucket {
	i := len(b.buckets)
	for i > 0 && b.buckets[i-1].start > start { // never, but after a period was changed
		i--
	}
	if i > 0 && b.buckets[i-1].start == start {
		return b.buckets[i-1]
	}
	p := &bucket{start: start}
	b.buckets = slices.Insert(b.buckets, i, p)
	return p
}

func (b *book) hold(p *bucket, a amounts) {
	p.held = p.held.plus(a)
	if !p.expired {
		b.held = b.held.plus(a)
	}
}

func (b *book) free(p *bucket, a amounts) {
	p.held = p.held.minus(a)
	if !p.expired {
		b.held = b.held.minus(a)
	}
}

func (b *book) settle(p *bucket, a amounts) {
	p.settled = p.settled.plus(a)
	if !p.expired {
		b.sum = b.sum.plus(a)
	}
}

// level is what counts against a limit.
func (b *book) level(u usage.Unit) int64 { return usage.Add(b.sum.of(u), b.held.of(u)) }

// closed reports whether a backend passed a bound in the window.
func (b *book) closed() bool {
	return slices.ContainsFunc(b.buckets, func(p *bucket) bool { return p.closed })
}

// idle reports whether nothing of the book counts any more.
func (b *book) idle(now time.Time) bool {
	b.expire(now)
	if len(b.over) > 0 || slices.ContainsFunc(b.buckets, func(p *bucket) bool { return p.unit != "" }) {
		return false
	}
	return len(b.buckets) == 0 || b.sum == (amounts{}) && b.held == (amounts{}) && !b.closed()
}

// resets is when room comes free: when the oldest bucket that holds something
// expires. Zero is never.
func (b *book) resets(now time.Time) time.Time {
	for _, p := range b.buckets {
		if p.settled != (amounts{}) || p.held != (amounts{}) || p.closed {
			return b.period.Expires(time.Unix(p.start, 0))
		}
	}
	_, end := b.period.Window(now)
	return end
}
