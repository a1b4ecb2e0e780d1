package condition

import (
	"strconv"
	"time"
)

// date is the Date operators: ISO 8601 as the W3C profiles it, or seconds since
// 1970. No wildcards, no variables. What is no date matches nothing.
type date struct {
	order order
	text  string
	time  time.Time
	valid bool
}

func newDate(o order) family {
	return func(value string, _ bool) comparison {
		t, ok := ParseDate(value)
		return &date{order: o, text: value, time: t, valid: ok}
	}
}

func (d *date) compare(value string, _ *Context) (fits, typed bool) {
	t, ok := ParseDate(value)
	if !ok || !d.valid {
		return false, false
	}
	return d.order.holds(t.Compare(d.time)), true
}

func (d *date) wanted(*Context) string { return d.text }

// ParseDate reads a date as the Date operators do. Four digits alone are
// seconds since 1970, not a year: AWS's two forms overlap there.
func ParseDate(s string) (time.Time, bool) {
	if isDigits(s) {
		seconds, err := strconv.ParseInt(s, 10, 64)
		return time.Unix(seconds, 0).UTC(), err == nil
	}
	layout := dateLayout(s)
	if layout == "" {
		return time.Time{}, false
	}
	t, err := time.Parse(layout, s)
	return t, err == nil
}

// dateLayout chooses among the grades of the W3C profile
// (www.w3.org/TR/NOTE-datetime) by their length and separators. A time without a
// zone is UTC, as AWS's own examples have it. Go reads fractions of a second
// behind any seconds.
func dateLayout(s string) string {
	switch {
	case len(s) == len("2006-01"):
		return "2006-01"
	case len(s) == len("2006-01-02"):
		return "2006-01-02"
	case len(s) < len("2006-01-02T15:04"):
		return ""
	}
	minutes := len("2006-01-02T15:04")
	seconds := len(s) > minutes && s[minutes] == ':'
	end := len(s) - 1
	zone := s[end] == 'Z' || s[end-2] == ':' && (s[end-5] == '+' || s[end-5] == '-')
	switch {
	case seconds && zone:
		return "2006-01-02T15:04:05Z07:00"
	case seconds:
		return "2006-01-02T15:04:05"
	case zone:
		return "2006-01-02T15:04Z07:00"
	}
	return "2006-01-02T15:04"
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
