// Package usage is the arithmetic of consumption: what a model call used, what
// that costs, whom it is charged to, and over which span of time a limit
// counts. It is pure: no I/O, no clock, no floats.
//
// It knows how prices, scopes, limits and periods are written and reckoned. It
// must not know where prices come from, who is calling, or what has been spent.
//
// Money is in nano-dollars: billionths of a US dollar, as int64. That holds
// some 9.2 billion dollars; what would be more is held at the end of the range,
// and never wraps.
package usage

import "fmt"

// Tokens are what one call used, by kind, as the backend reported it. Input
// does not contain what was read from or written to a cache.
type Tokens struct {
	Input      int64 `json:"input,omitempty"`
	Output     int64 `json:"output,omitempty"`
	CacheRead  int64 `json:"cacheRead,omitempty"`
	CacheWrite int64 `json:"cacheWrite,omitempty"`

	// CacheWriteHour is how many of CacheWrite are kept for an hour rather than
	// five minutes, where the model has both and one costs more.
	CacheWriteHour int64 `json:"cacheWriteHour,omitempty"`

	Images  int64 `json:"images,omitempty"`  // images made
	Seconds int64 `json:"seconds,omitempty"` // of audio or video, made or taken in; begun ones count
}

// Total is the sum of all tokens, at most the largest int64. Images and seconds
// are no tokens.
func (t Tokens) Total() int64 {
	return Add(Add(t.Input, t.Output), Add(t.CacheRead, t.CacheWrite))
}

// IsZero reports whether nothing was counted.
func (t Tokens) IsZero() bool { return t == Tokens{} }

// Plus is the sum of both, kind by kind.
func (t Tokens) Plus(u Tokens) Tokens {
	return Tokens{
		Input: Add(t.Input, u.Input), Output: Add(t.Output, u.Output),
		CacheRead: Add(t.CacheRead, u.CacheRead), CacheWrite: Add(t.CacheWrite, u.CacheWrite),
		CacheWriteHour: Add(t.CacheWriteHour, u.CacheWriteHour),
		Images:         Add(t.Images, u.Images), Seconds: Add(t.Seconds, u.Seconds),
	}
}

// Check tells what cannot be in a count: a negative number, or more tokens
// written for an hour than were written at all.
func (t Tokens) Check() error {
	for _, k := range []struct {
		name  string
		count int64
	}{
		{"input tokens", t.Input},
		{"output tokens", t.Output},
		{"tokens read from the cache", t.CacheRead},
		{"tokens written to the cache", t.CacheWrite},
		{"tokens written to the cache for an hour", t.CacheWriteHour},
		{"images", t.Images},
		{"seconds", t.Seconds},
	} {
		if k.count < 0 {
			return fmt.Errorf("%d %s: a count is never negative", k.count, k.name)
		}
	}
	if t.CacheWriteHour > t.CacheWrite {
		return fmt.Errorf("%d tokens written to the cache for an hour, of %d written", t.CacheWriteHour, t.CacheWrite)
	}
	return nil
}

// Add is a + b, held at the ends of the range of int64.
func Add(a, b int64) int64 {
	sum := a + b
	switch {
	case a > 0 && b > 0 && sum < 0:
		return 1<<63 - 1
	case a < 0 && b < 0 && sum >= 0:
		return -1 << 63
	}
	return sum
}
