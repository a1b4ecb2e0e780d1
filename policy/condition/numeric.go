package condition

import "math/big"

// order is what is left of an ordering operator without its type.
type order uint8

const (
	equal order = iota
	less
	lessOrEqual
	greater
	greaterOrEqual
)

// holds judges cmp, the sign of the request's value minus the policy's.
func (o order) holds(cmp int) bool {
	switch o {
	case equal:
		return cmp == 0
	case less:
		return cmp < 0
	case lessOrEqual:
		return cmp <= 0
	case greater:
		return cmp > 0
	default:
		return cmp >= 0
	}
}

// numeric is the Numeric operators: integers and decimals, compared exactly. No
// wildcards, no variables. What is no number matches nothing.
type numeric struct {
	order order
	text  string
	value number
}

func newNumeric(o order) family {
	return func(value string, _ bool) comparison {
		return &numeric{order: o, text: value, value: parseNumber(value)}
	}
}

func (n *numeric) compare(value string, _ *Context) (fits, typed bool) {
	v := parseNumber(value)
	if !v.valid || !n.value.valid {
		return false, false
	}
	return n.order.holds(v.cmp(n.value)), true
}

func (n *numeric) wanted(*Context) string { return n.text }

// number is an integer or a decimal. Whole numbers, which nearly all are, need
// no allocation; a decimal, or one beyond 18 digits, is a rational number, since
// binary floating point would call 0.1+0.2 and 0.3 different.
type number struct {
	valid bool
	whole int64
	exact *big.Rat // nil: whole is the value
}

// maxDigits bounds the work that a hostile number can ask for.
const maxDigits = 400

func parseNumber(s string) number {
	if len(s) == 0 || len(s) > maxDigits || !isDecimal(s) {
		return number{}
	}
	if whole, ok := parseWhole(s); ok {
		return number{valid: true, whole: whole}
	}
	exact, ok := new(big.Rat).SetString(s)
	return number{valid: ok, exact: exact}
}

// isDecimal keeps out what big.Rat would read besides: fractions, exponents,
// other bases.
func isDecimal(s string) bool {
	if s[0] == '-' || s[0] == '+' {
		s = s[1:]
	}
	digits, points := 0, 0
	for i := range len(s) {
		switch {
		case '0' <= s[i] && s[i] <= '9':
			digits++
		case s[i] == '.':
			points++
		default:
			return false
		}
	}
	return digits > 0 && points <= 1
}

func parseWhole(s string) (int64, bool) {
	sign := int64(1)
	if s[0] == '-' || s[0] == '+' {
		if s[0] == '-' {
			sign = -1
		}
		s = s[1:]
	}
	if len(s) > 18 {
		return 0, false
	}
	var n int64
	for i := range len(s) {
		if s[i] == '.' {
			return 0, false
		}
		n = n*10 + int64(s[i]-'0')
	}
	return sign * n, true
}

func (n number) cmp(m number) int {
	if n.exact == nil && m.exact == nil {
		switch {
		case n.whole < m.whole:
			return -1
		case n.whole > m.whole:
			return 1
		}
		return 0
	}
	return n.rat().Cmp(m.rat())
}

func (n number) rat() *big.Rat {
	if n.exact != nil {
		return n.exact
	}
	return new(big.Rat).SetInt64(n.whole)
}
