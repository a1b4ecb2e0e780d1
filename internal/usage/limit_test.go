package usage_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"hardpan/internal/usage"
)

func TestParseLimit(t *testing.T) {
	for text, want := range map[string]usage.Limit{
		"25.00USD":       {Unit: usage.USD, Amount: 25_000_000_000},
		"0.000000001USD": {Unit: usage.USD, Amount: 1},
		"1000000tokens":  {Unit: usage.InTokens, Amount: 1_000_000},
		"60requests":     {Unit: usage.Requests, Amount: 60},
	} {
		got, err := usage.ParseLimit(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("%s: %+v, %s, %v", text, got, got, err)
		}
	}
	for _, text := range []string{
		"", "USD", "25", "25 USD", "25.USD", ".5USD", "-1USD", "+1USD", "0USD", "0.00USD", "1e3USD", "1,000USD", "0.0000000001USD", "25EUR", "25usd",
		"9999999999USD", "99999999999999999999USD", "0tokens", "1.5tokens", "-1tokens", "+1tokens", "9223372036854775808tokens", "requests", "0requests",
	} {
		if l, err := usage.ParseLimit(text); err == nil {
			t.Errorf("%q is %+v", text, l)
		}
	}
}

func TestMoneyRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nano := rapid.Int64Range(0, 9_000_000_000_000_000_000).Draw(t, "nano")
		if got, err := usage.ParseUSD(usage.FormatUSD(nano)); err != nil || got != nano {
			t.Fatalf("%s: %d, %v", usage.FormatUSD(nano), got, err)
		}
	})
	for nano, want := range map[int64]string{
		0: "0.00", 1: "0.000000001", 1_500_000_000: "1.50", -2_000_000_000: "-2.00", math.MaxInt64: "9223372036.854775807", math.MinInt64: "-9223372036.854775808",
	} {
		if got := usage.FormatUSD(nano); got != want {
			t.Errorf("%d: %s, want %s", nano, got, want)
		}
	}
}

func TestUnitOf(t *testing.T) {
	tokens := usage.Tokens{Input: 3, Output: 4, Images: 9}
	for unit, want := range map[usage.Unit]int64{usage.USD: 11, usage.InTokens: 7, usage.Requests: 1} {
		if got := unit.Of(tokens, 11); got != want {
			t.Errorf("%s: %d", unit, got)
		}
	}
}

func TestPercent(t *testing.T) {
	for _, c := range []struct{ amount, limit, want int64 }{
		{0, 10, 0},
		{-5, 10, 0},
		{799, 1000, 79},
		{800, 1000, 80},
		{1000, 1000, 100},
		{2500, 1000, 250},
		{math.MaxInt64, 1, 1_000_000},
		{math.MaxInt64, math.MaxInt64, 100},
		{math.MaxInt64 - 1, math.MaxInt64, 99},
		{1, 0, 0},
	} {
		if got := (usage.Limit{Amount: c.limit}).Percent(c.amount); got != int(c.want) {
			t.Errorf("%d of %d: %d, want %d", c.amount, c.limit, got, c.want)
		}
	}
}
