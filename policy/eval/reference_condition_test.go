package eval

import (
	"encoding/base64"
	"math/big"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"hardpan/policy"
)

// known is every operator there is; a statement with another one is broken.
var known = regexp.MustCompile(`^(ForA(ll|ny)Values?:)?(String(Not)?(Equals(IgnoreCase)?|Like)|(Numeric|Date)((Not)?Equals|(Less|Greater)Than(Equals)?)|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like))(IfExists)?$|^Null$`)

// condition is AWS's table of condition operators once more, one value at a time.
func (ref reference) condition(name string, key policy.Key, variables bool) bool {
	values, _ := ref.request.Context.Get(key.Name)
	name, ifExists := strings.CutSuffix(name, "IfExists")
	set, op, qualified := strings.Cut(name, ":")
	if !qualified {
		set, op = "", name
	}
	if op == "Null" {
		absent := strconv.FormatBool(len(values) == 0)
		return slices.ContainsFunc(key.Values.Texts(), func(want string) bool { return strings.EqualFold(want, absent) })
	}
	negated := strings.Contains(op, "Not")
	if qualified && !slices.ContainsFunc(values, func(v string) bool { return v != "" }) {
		values = nil
	}
	if len(values) == 0 {
		return ifExists || set == "ForAllValues" || set == "" && negated
	}
	op = strings.Replace(op, "Not", "", 1)
	right := 0
	for _, got := range values {
		if ref.stands(op, key.Values.Texts(), got, negated, variables) {
			right++
		}
	}
	if set == "ForAllValues" || set == "" && negated {
		return right == len(values)
	}
	return right > 0
}

// stands is one value of the request against those of the policy: one of them
// must fit; for a negated operator none, and all must be of the operator's type.
func (ref reference) stands(op string, wanted []string, got string, negated, variables bool) bool {
	hit, allTyped := false, true
	for _, want := range wanted {
		fits, typed := ref.compare(op, want, got, variables)
		hit, allTyped = hit || fits, allTyped && typed
	}
	if negated {
		return !hit && allTyped
	}
	return hit
}

// compare is the operator without Not; typed is false if a value is not of the
// operator's type.
func (ref reference) compare(op, want, got string, variables bool) (fits, typed bool) {
	quoted, ok := ref.expand(want, variables, regexp.QuoteMeta)
	switch op {
	case "StringEquals":
		return ok && like("", quoted, got), true
	case "StringEqualsIgnoreCase":
		return ok && like("(?i)", quoted, got), true
	case "StringLike":
		pattern, ok := ref.expand(want, variables, anything)
		return ok && like("", pattern, got), true
	case "ArnEquals", "ArnLike":
		return ref.arnLike(want, got, variables), true
	case "Bool":
		typed := like("(?i)", "(true|false)", got)
		return ok && typed && like("(?i)", quoted, got), typed
	case "BinaryEquals":
		bytes, err := base64.StdEncoding.DecodeString(want)
		return err == nil && string(bytes) == got, err == nil
	case "IpAddress":
		return inBlock(want, got)
	}
	if order, found := strings.CutPrefix(op, "Numeric"); found {
		return compareNumbers(order, want, got)
	}
	return compareDates(strings.TrimPrefix(op, "Date"), want, got)
}

func (ref reference) arnLike(want, got string, variables bool) bool {
	want, ok := ref.expandText(want, variables)
	w, g := strings.SplitN(want, ":", 6), strings.SplitN(got, ":", 6)
	if !ok || len(w) < 6 || len(g) < 6 || g[0] != "arn" {
		return false
	}
	for i := range w {
		if !like("", literalStars.Replace(anything(w[i])), g[i]) {
			return false
		}
	}
	return true
}

func inBlock(want, got string) (fits, typed bool) {
	addr := net.ParseIP(got)
	_, block, err := net.ParseCIDR(want)
	if one := net.ParseIP(want); one != nil {
		return addr != nil && one.Equal(addr), addr != nil
	}
	if err != nil || addr == nil {
		return false, false
	}
	return block.Contains(addr), true
}

// ordered judges the sign of got minus want.
func ordered(order string, sign int) bool {
	switch order {
	case "Equals":
		return sign == 0
	case "LessThan":
		return sign < 0
	case "LessThanEquals":
		return sign <= 0
	case "GreaterThan":
		return sign > 0
	}
	return sign >= 0
}

var decimal = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)$`)

func compareNumbers(order, want, got string) (fits, typed bool) {
	if !decimal.MatchString(want) || !decimal.MatchString(got) {
		return false, false
	}
	w, _ := new(big.Rat).SetString(want)
	g, _ := new(big.Rat).SetString(got)
	return ordered(order, g.Cmp(w)), true
}

func compareDates(order, want, got string) (fits, typed bool) {
	w, ok := anyDate(want)
	g, ok2 := anyDate(got)
	return ok && ok2 && ordered(order, g.Compare(w)), ok && ok2
}

func anyDate(s string) (time.Time, bool) {
	if seconds, err := strconv.ParseInt(s, 10, 64); err == nil && regexp.MustCompile(`^[0-9]+$`).MatchString(s) {
		return time.Unix(seconds, 0), true
	}
	for _, layout := range []string{"2006-01", "2006-01-02", "2006-01-02T15:04", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
