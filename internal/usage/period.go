package usage

import (
	"fmt"
	"strings"
	"time"
)

// PeriodKind is a sort of span over which a limit counts.
type PeriodKind string

// The kinds of periods. All are reckoned in UTC.
const (
	Minute  PeriodKind = "minute"  // a minute of the clock: a limit on it is a rate
	Day     PeriodKind = "day"     // from midnight
	Week    PeriodKind = "week"    // from Monday
	Month   PeriodKind = "month"   // from the first
	Rolling PeriodKind = "rolling" // the time just passed, in [Period.Bucket] pieces
	Total   PeriodKind = "total"   // for ever
)

// Period is the span over which a limit counts: "minute", "day", "week",
// "month", "rolling:24h" or "total".
type Period struct {
	Kind   PeriodKind
	Length time.Duration // of Rolling only
}

// The bounds of a rolling period, which is a whole number of seconds.
const (
	MinRolling = time.Minute
	MaxRolling = 366 * 24 * time.Hour
)

// ParsePeriod reads a period's text.
func ParsePeriod(text string) (Period, error) {
	kind, length, rolling := strings.Cut(text, ":")
	p := Period{Kind: PeriodKind(kind)}
	switch {
	case !rolling && (p.Kind == Minute || p.Kind == Day || p.Kind == Week || p.Kind == Month || p.Kind == Total):
		return p, nil
	case p.Kind != Rolling:
		return Period{}, fmt.Errorf("period %q: write minute, day, week, month, rolling:24h or total", text)
	}
	var err error
	p.Length, err = time.ParseDuration(length)
	if err != nil || p.Length < MinRolling || p.Length > MaxRolling || p.Length%time.Second != 0 {
		return Period{}, fmt.Errorf("period %q: write how long it is in hours, minutes or seconds, as in rolling:24h, from 1m to 8784h (366 days)", text)
	}
	return p, nil
}

// String is the period's text; [ParsePeriod] reads it back.
func (p Period) String() string {
	if p.Kind != Rolling {
		return string(p.Kind)
	}
	text := p.Length.String() // "24h0m0s"
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return string(Rolling) + ":" + text
}

// Buckets of a rolling period: it is counted in pieces of 1/96 of its length.
const buckets = 96

// bucket is how long a piece of a rolling period is: a whole number of seconds.
func (p Period) bucket() time.Duration {
	return (p.Length/buckets + time.Second - 1).Truncate(time.Second)
}

// Bucket is the start of the piece of time that a call is charged to: the
// period itself, a 96th of a rolling one, and 1970 for a total.
func (p Period) Bucket(at time.Time) time.Time {
	at = at.UTC()
	year, month, day := at.Date()
	switch p.Kind {
	case Minute:
		return at.Truncate(time.Minute)
	case Day:
		return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	case Week:
		return time.Date(year, month, day-(int(at.Weekday())+6)%7, 0, 0, 0, 0, time.UTC)
	case Month:
		return time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
	case Rolling:
		return at.Truncate(p.bucket())
	}
	return time.Unix(0, 0).UTC()
}

// Expires is when a bucket, given by its start, does not count any more; zero
// for never. A bucket of a rolling period counts until all of it is past the
// length of the period, so that a limit is never passed in any span as long.
func (p Period) Expires(bucket time.Time) time.Time {
	bucket = bucket.UTC()
	switch p.Kind {
	case Minute:
		return bucket.Add(time.Minute)
	case Day:
		return bucket.AddDate(0, 0, 1)
	case Week:
		return bucket.AddDate(0, 0, 7)
	case Month:
		return bucket.AddDate(0, 1, 0)
	case Rolling:
		return bucket.Add(p.bucket() + p.Length)
	}
	return time.Time{}
}

// Counts reports whether what a bucket was charged with still counts at a time.
func (p Period) Counts(bucket, at time.Time) bool {
	expires := p.Expires(bucket)
	return expires.IsZero() || at.Before(expires)
}

// Window is the span that counts at a time: the start of its oldest bucket, and
// the time at which it moves on. A total has neither a start nor an end: 1970
// and zero.
func (p Period) Window(at time.Time) (start, end time.Time) {
	bucket := p.Bucket(at)
	if p.Kind != Rolling {
		return bucket, p.Expires(bucket)
	}
	return p.Bucket(at.Add(-p.Length)), bucket.Add(p.bucket())
}
