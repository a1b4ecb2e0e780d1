package usage_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"hardpan/internal/usage"
)

func TestParsePeriod(t *testing.T) {
	for text, want := range map[string]string{
		"minute": "minute", "day": "day", "week": "week", "month": "month", "total": "total",
		"rolling:24h": "rolling:24h", "rolling:90m": "rolling:1h30m", "rolling:1m": "rolling:1m", "rolling:3661s": "rolling:1h1m1s", "rolling:20m": "rolling:20m",
	} {
		p, err := usage.ParsePeriod(text)
		if err != nil || p.String() != want {
			t.Errorf("%s: %s, %v", text, p, err)
		}
		if again, err := usage.ParsePeriod(p.String()); err != nil || again != p {
			t.Errorf("%s: %+v, %v", p, again, err)
		}
	}
	for _, text := range []string{"", "hour", "Day", "day:1", "rolling", "rolling:", "rolling:59s", "rolling:8785h", "rolling:90.5s", "rolling:1d", "rolling:-1h", "total:1h"} {
		if p, err := usage.ParsePeriod(text); err == nil {
			t.Errorf("%q is %+v", text, p)
		}
	}
}

func date(text string) time.Time {
	at, err := time.Parse(time.DateTime, text)
	if err != nil {
		panic(err)
	}
	return at
}

func TestWindow(t *testing.T) {
	for _, c := range []struct{ period, at, start, end string }{
		{"minute", "2026-03-01 10:20:30", "2026-03-01 10:20:00", "2026-03-01 10:21:00"},
		{"day", "2026-03-01 00:00:00", "2026-03-01 00:00:00", "2026-03-02 00:00:00"},
		{"day", "2026-12-31 23:59:59", "2026-12-31 00:00:00", "2027-01-01 00:00:00"},
		{"week", "2026-11-22 12:00:00", "2026-11-16 00:00:00", "2026-11-23 00:00:00"}, // a Sunday
		{"week", "2026-11-23 00:00:00", "2026-11-23 00:00:00", "2026-11-30 00:00:00"}, // a Monday
		{"month", "2028-02-29 12:00:00", "2028-02-01 00:00:00", "2028-03-01 00:00:00"},
		{"rolling:24h", "2026-03-02 10:20:30", "2026-03-01 10:15:00", "2026-03-02 10:30:00"},
		{"rolling:1m", "2026-03-02 10:20:30", "2026-03-02 10:19:30", "2026-03-02 10:20:31"},
		{"total", "2026-03-02 10:20:30", "1970-01-01 00:00:00", "0001-01-01 00:00:00"},
	} {
		p, err := usage.ParsePeriod(c.period)
		if err != nil {
			t.Fatal(err)
		}
		start, end := p.Window(date(c.at))
		if !start.Equal(date(c.start)) || !end.Equal(date(c.end)) {
			t.Errorf("%s at %s: %v to %v", c.period, c.at, start, end)
		}
	}
}

// Another zone's clock does not move a window.
func TestWindowIsInUTC(t *testing.T) {
	at := date("2026-03-01 23:30:00").In(time.FixedZone("", 3600)) // the second of March there
	for _, kind := range []usage.PeriodKind{usage.Minute, usage.Day, usage.Week, usage.Month, usage.Total} {
		p := usage.Period{Kind: kind}
		if got, want := p.Bucket(at), p.Bucket(at.UTC()); got != want {
			t.Errorf("%s: %v, want %v", kind, got, want)
		}
	}
}

// A bucket holds the time it was made for; it counts for at least the length of
// a rolling period after any time within it, and at most one bucket longer.
func TestBuckets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMicro(rapid.Int64Range(0, 4e15).Draw(t, "at")).UTC()
		p := usage.Period{Kind: rapid.SampledFrom([]usage.PeriodKind{usage.Minute, usage.Day, usage.Week, usage.Month, usage.Rolling}).Draw(t, "kind")}
		if p.Kind == usage.Rolling {
			p.Length = time.Duration(rapid.Int64Range(60, 366*24*3600).Draw(t, "seconds")) * time.Second
		}
		bucket, expires := p.Bucket(at), p.Expires(p.Bucket(at))
		if bucket.After(at) || p.Bucket(bucket) != bucket || !p.Counts(bucket, at) || p.Counts(bucket, expires) {
			t.Fatalf("bucket %v of %v, until %v", bucket, at, expires)
		}
		if p.Kind != usage.Rolling {
			if p.Bucket(expires) != expires {
				t.Fatalf("after %v comes %v, and %v ends", bucket, p.Bucket(expires), expires)
			}
			return
		}
		if !p.Counts(bucket, at.Add(p.Length)) || expires.Sub(bucket) > p.Length+p.Length/96+time.Second {
			t.Fatalf("bucket %v of %v counts until %v", bucket, at, expires)
		}
		if start, _ := p.Window(at); !p.Counts(start, at) {
			t.Fatalf("the oldest bucket %v does not count", start)
		}
	})
}

func TestTotalNeverEnds(t *testing.T) {
	p := usage.Period{Kind: usage.Total}
	if !p.Counts(p.Bucket(date("2026-01-01 00:00:00")), date("2300-01-01 00:00:00")) {
		t.Error("a total has ended")
	}
}
