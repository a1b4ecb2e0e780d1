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

func (d *date) compare(value string, _ *Context) (fits, comparable bool) {
	t, ok := ParseDate(value)
	if !ok || !d.valid {
		return false, false
	}
	return d.order.holds(t.Compare(d.time)), true
}

func (d *date) wanted(*Context) string { return d.text }

// dateLayouts are the W3C profile's grades (www.w3.org/TR/NOTE-datetime), most
// frequent first. Go reads fractions of a second behind any seconds.
var dateLayouts = [...]string{
	"2006-01-02T15:04:05Z07:00",
	"2006-01-02",
	"2006-01-02T15:04Z07:00",
	"2006-01",
	"2006-01-02T15:04:05", // no zone: UTC, as AWS's own examples have it
}

// ParseDate reads a date as the Date operators do. Four digits alone are
// seconds since 1970, not a year: AWS's two forms overlap there.
func ParseDate(s string) (time.Time, bool) {
	if isDigits(s) {
		seconds, err := strconv.ParseInt(s, 10, 64)
		return time.Unix(seconds, 0).UTC(), err == nil
	}
	if len(s) < len("2006-01") || s[4] != '-' {
		return time.Time{}, false
	}
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
