package usage

import (
	"math"
	"math/bits"
)

// Million is how many tokens a price is for.
const Million = 1_000_000

// Kinds is a set of kinds of consumption.
type Kinds uint8

// The kinds, as in [Tokens].
const (
	Input Kinds = 1 << iota
	Output
	CacheRead
	CacheWrite
	CacheWriteHour
	Image
	Second
)

// Price is what one model costs, by kind. Only the kinds in Known have a price;
// a price of 0 that is known is free.
type Price struct {
	// Nano-dollars for 1,000,000 tokens.
	Input, Output, CacheRead, CacheWrite, CacheWriteHour int64

	// Nano-dollars for one.
	Image, Second int64

	Known Kinds
}

// Cost is what t costs in nano-dollars, rounded up to the next whole one once
// for all kinds together, and at most the largest int64. priced is false, and
// nano 0, if t has a kind without a known price or a count that cannot be
// ([Tokens.Check]): such a call has a cost that nobody knows, and is not free.
//
// Tokens written to the cache for an hour cost as those for five minutes where
// a price names one only.
func (p Price) Cost(t Tokens) (nano int64, priced bool) {
	if t.Check() != nil || !p.Covers(t) {
		return 0, false
	}
	hour := p.CacheWriteHour
	if p.Known&CacheWriteHour == 0 {
		hour = p.CacheWrite
	}
	var tokens wide
	tokens.add(t.Input, p.Input)
	tokens.add(t.Output, p.Output)
	tokens.add(t.CacheRead, p.CacheRead)
	tokens.add(t.CacheWrite-t.CacheWriteHour, p.CacheWrite)
	tokens.add(t.CacheWriteHour, hour)
	var pieces wide
	pieces.add(t.Images, p.Image)
	pieces.add(t.Seconds, p.Second)
	return Add(tokens.over(Million), pieces.over(1)), true
}

// Covers reports whether each kind that t has is one with a known price.
func (p Price) Covers(t Tokens) bool {
	hour := p.Known&(CacheWriteHour|CacheWrite) != 0
	return (t.Input == 0 || p.Known&Input != 0) && (t.Output == 0 || p.Known&Output != 0) &&
		(t.CacheRead == 0 || p.Known&CacheRead != 0) &&
		(t.CacheWrite == t.CacheWriteHour || p.Known&CacheWrite != 0) && (t.CacheWriteHour == 0 || hour) &&
		(t.Images == 0 || p.Known&Image != 0) && (t.Seconds == 0 || p.Known&Second != 0)
}

// Bound is the most that a call can cost with so many tokens of input, each at
// the dearest rate that input has, and so many of output. priced is false if
// input or output has no known price.
func (p Price) Bound(input, output int64) (nano int64, priced bool) {
	dear := p
	dear.Input = max(p.Input, p.CacheRead, p.CacheWrite, p.CacheWriteHour)
	return dear.Cost(Tokens{Input: input, Output: output})
}

// More is the price with percent added to every rate, rounded up.
func (p Price) More(percent int64) Price {
	for _, rate := range []*int64{&p.Input, &p.Output, &p.CacheRead, &p.CacheWrite, &p.CacheWriteHour, &p.Image, &p.Second} {
		var sum wide
		sum.add(*rate, 100+percent)
		*rate = sum.over(100)
	}
	return p
}

// wide is a sum of products that does not fit into 64 bits. Four products of
// two non-negative int64 do not overflow it.
type wide struct{ hi, lo uint64 }

func (w *wide) add(count, rate int64) {
	hi, lo := bits.Mul64(uint64(count), uint64(rate))
	var carry uint64
	w.lo, carry = bits.Add64(w.lo, lo, 0)
	w.hi, _ = bits.Add64(w.hi, hi, carry)
}

// over is the sum divided by n and rounded up, at most the largest int64.
func (w wide) over(n uint64) int64 {
	if w.hi >= n {
		return math.MaxInt64
	}
	quotient, rest := bits.Div64(w.hi, w.lo, n)
	if quotient >= math.MaxInt64 {
		return math.MaxInt64
	}
	if rest > 0 {
		quotient++
	}
	return int64(quotient)
}
