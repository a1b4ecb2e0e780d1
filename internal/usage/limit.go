package usage

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// Unit is what a limit counts.
type Unit string

// The units.
const (
	USD      Unit = "USD"      // nano-dollars
	InTokens Unit = "tokens"   // tokens of all kinds
	Requests Unit = "requests" // calls
)

// Limit is an amount that must not be passed. Its text is the number and the
// unit: "25.00USD", "1000000tokens", "60requests".
type Limit struct {
	Unit   Unit
	Amount int64 // nano-dollars, tokens or requests; above zero
}

const dollar = 1_000_000_000 // in nano-dollars

var errLimit = errors.New("write an amount above zero and its unit: 25.00USD, 1000000tokens or 60requests")

// ParseLimit reads a limit's text.
func ParseLimit(text string) (Limit, error) {
	for _, unit := range []Unit{USD, InTokens, Requests} {
		number, ok := strings.CutSuffix(text, string(unit))
		if !ok {
			continue
		}
		amount, err := unit.amount(number)
		if err != nil || amount <= 0 {
			return Limit{}, fmt.Errorf("limit %q: %w", text, errors.Join(err, errLimit))
		}
		return Limit{unit, amount}, nil
	}
	return Limit{}, fmt.Errorf("limit %q: %w", text, errLimit)
}

func (u Unit) amount(number string) (int64, error) {
	if u == USD {
		return ParseUSD(number)
	}
	if number == "" || strings.Trim(number, "0123456789") != "" {
		return 0, fmt.Errorf("%q is no whole number", number)
	}
	return strconv.ParseInt(number, 10, 64)
}

// String is the limit's text; [ParseLimit] reads it back.
func (l Limit) String() string { return l.Unit.Text(l.Amount) }

// Text is an amount of the unit for people: "25.00USD", "1000000tokens".
func (u Unit) Text(amount int64) string {
	if u == USD {
		return FormatUSD(amount) + string(u)
	}
	return strconv.FormatInt(amount, 10) + string(u)
}

// Of is what of a call counts in the unit.
func (u Unit) Of(t Tokens, nano int64) int64 {
	switch u {
	case USD:
		return nano
	case InTokens:
		return t.Total()
	}
	return 1
}

// ParseUSD reads dollars with up to nine decimals ("0.000000001") and returns
// nano-dollars. There is no sign, exponent or grouping.
func ParseUSD(text string) (int64, error) {
	whole, part, dotted := strings.Cut(text, ".")
	if whole == "" || dotted && part == "" || strings.Trim(whole+part, "0123456789") != "" {
		return 0, fmt.Errorf("%q is no amount of dollars, such as 25.00", text)
	}
	if len(part) > 9 {
		return 0, fmt.Errorf("%q has more than nine decimals", text)
	}
	dollars, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || dollars > math.MaxInt64/dollar-1 {
		return 0, fmt.Errorf("%q is more than can be reckoned with: %d dollars are the most", text, math.MaxInt64/dollar-1)
	}
	nano, _ := strconv.ParseInt(part+strings.Repeat("0", 9-len(part)), 10, 64) // nine digits
	return dollars*dollar + nano, nil
}

// FormatUSD writes nano-dollars as dollars, exactly, with at least two decimals.
func FormatUSD(nano int64) string {
	sign, size := "", uint64(nano)
	if nano < 0 {
		sign, size = "-", -size
	}
	part := strings.TrimRight(fmt.Sprintf("%09d", size%dollar), "0")
	if len(part) < 2 {
		part += strings.Repeat("0", 2-len(part))
	}
	return sign + strconv.FormatUint(size/dollar, 10) + "." + part
}

// Percent is how much of the limit an amount is, rounded down, at most 1,000,000.
func (l Limit) Percent(amount int64) int {
	if amount <= 0 || l.Amount <= 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(amount), 100)
	if hi >= uint64(l.Amount) {
		return maxPercent
	}
	percent, _ := bits.Div64(hi, lo, uint64(l.Amount))
	return int(min(percent, maxPercent))
}

const maxPercent = 1_000_000
