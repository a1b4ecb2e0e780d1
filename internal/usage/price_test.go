package usage_test

import (
	"math"
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hardpan/internal/usage"
)

const all = usage.Input | usage.Output | usage.CacheRead | usage.CacheWrite | usage.CacheWriteHour | usage.Image | usage.Second

// haiku is 1 USD in, 5 USD out for a million tokens.
var haiku = usage.Price{
	Input: 1e9, Output: 5e9, CacheRead: 1e8, CacheWrite: 1_250_000_000,
	Known: usage.Input | usage.Output | usage.CacheRead | usage.CacheWrite,
}

func TestCost(t *testing.T) {
	tiny := usage.Price{Input: 1, Output: 1, Known: usage.Input | usage.Output}
	for name, c := range map[string]struct {
		price  usage.Price
		tokens usage.Tokens
		nano   int64
		priced bool
	}{
		"nothing":             {haiku, usage.Tokens{}, 0, true},
		"each kind":           {haiku, usage.Tokens{Input: 10, Output: 20, CacheRead: 30, CacheWrite: 40}, 163_000, true},
		"rounded up once":     {tiny, usage.Tokens{Input: 1, Output: 1}, 1, true},
		"and not below":       {tiny, usage.Tokens{Input: 500_000, Output: 500_001}, 2, true},
		"hour as five min":    {haiku, usage.Tokens{CacheWrite: 40, CacheWriteHour: 40}, 50_000, true},
		"no price for images": {haiku, usage.Tokens{Input: 1, Images: 1}, 0, false},
		"no price at all":     {usage.Price{}, usage.Tokens{Output: 1}, 0, false},
		"free":                {usage.Price{Known: all}, usage.Tokens{Input: 9, Images: 9}, 0, true},
		"pieces":              {usage.Price{Image: 4e7, Second: 1e6, Known: all}, usage.Tokens{Images: 2, Seconds: 3}, 83_000_000, true},
		"negative":            {haiku, usage.Tokens{Input: -1}, 0, false},
		"more hours than all": {haiku, usage.Tokens{CacheWrite: 1, CacheWriteHour: 2}, 0, false},
		"never wraps":         {haiku, usage.Tokens{Output: math.MaxInt64}, math.MaxInt64, true},
	} {
		if nano, priced := c.price.Cost(c.tokens); nano != c.nano || priced != c.priced {
			t.Errorf("%s: %d, %v; want %d, %v", name, nano, priced, c.nano, c.priced)
		}
	}
}

// The cost is what numbers without a size say it is.
func TestCostIsExact(t *testing.T) {
	count := rapid.OneOf(rapid.Int64Range(0, 1e7), rapid.Int64Min(0))
	rapid.Check(t, func(t *rapid.T) {
		p := usage.Price{
			Input: count.Draw(t, "in"), Output: count.Draw(t, "out"), CacheRead: count.Draw(t, "read"), CacheWrite: count.Draw(t, "write"),
			CacheWriteHour: count.Draw(t, "hour"), Image: count.Draw(t, "image"), Second: count.Draw(t, "second"), Known: all,
		}
		u := usage.Tokens{
			Input: count.Draw(t, "inputs"), Output: count.Draw(t, "outputs"), CacheRead: count.Draw(t, "reads"), CacheWrite: count.Draw(t, "writes"),
			Images: count.Draw(t, "images"), Seconds: count.Draw(t, "seconds"),
		}
		u.CacheWriteHour = u.CacheWrite / 3
		sum := new(big.Int)
		add := func(n, rate int64) { sum.Add(sum, new(big.Int).Mul(big.NewInt(n), big.NewInt(rate))) }
		add(u.Input, p.Input)
		add(u.Output, p.Output)
		add(u.CacheRead, p.CacheRead)
		add(u.CacheWrite-u.CacheWriteHour, p.CacheWrite)
		add(u.CacheWriteHour, p.CacheWriteHour)
		sum.Add(sum, big.NewInt(usage.Million-1)).Div(sum, big.NewInt(usage.Million))
		add(u.Images, p.Image)
		add(u.Seconds, p.Second)
		want := int64(math.MaxInt64)
		if sum.IsInt64() {
			want = sum.Int64()
		}
		if got, priced := p.Cost(u); got != want || !priced {
			t.Fatalf("%d, %v; want %d", got, priced, want)
		}
	})
}

// What is settled never passes what was reserved, whatever kinds the input had.
func TestBoundHolds(t *testing.T) {
	rate := rapid.Int64Range(0, 1e11)
	rapid.Check(t, func(t *rapid.T) {
		p := usage.Price{
			Input: rate.Draw(t, "in"), Output: rate.Draw(t, "out"), CacheRead: rate.Draw(t, "read"),
			CacheWrite: rate.Draw(t, "write"), CacheWriteHour: rate.Draw(t, "hour"), Known: all,
		}
		split := rapid.Int64Range(0, 1e6)
		u := usage.Tokens{Input: split.Draw(t, "i"), CacheRead: split.Draw(t, "r"), CacheWrite: split.Draw(t, "w"), Output: split.Draw(t, "o")}
		u.CacheWriteHour = u.CacheWrite / 2
		bound, _ := p.Bound(u.Input+u.CacheRead+u.CacheWrite, u.Output)
		if cost, _ := p.Cost(u); cost > bound {
			t.Fatalf("%+v cost %d, bound %d", u, cost, bound)
		}
	})
}

func TestMore(t *testing.T) {
	p := usage.Price{Input: 1e9, Output: 5, Known: usage.Input | usage.Output}.More(10)
	if want := (usage.Price{Input: 1_100_000_000, Output: 6, Known: usage.Input | usage.Output}); p != want {
		t.Errorf("%+v, want %+v", p, want)
	}
}

func TestTokens(t *testing.T) {
	a := usage.Tokens{Input: 1, Output: 2, CacheRead: 3, CacheWrite: 4, CacheWriteHour: 4, Images: 5, Seconds: 6}
	if a.Total() != 10 || a.IsZero() || a.Check() != nil {
		t.Errorf("%+v: %d, %v", a, a.Total(), a.Check())
	}
	if sum, want := a.Plus(a), (usage.Tokens{Input: 2, Output: 4, CacheRead: 6, CacheWrite: 8, CacheWriteHour: 8, Images: 10, Seconds: 12}); sum != want {
		t.Errorf("%+v", sum)
	}
	huge := usage.Tokens{Input: math.MaxInt64, Output: math.MaxInt64, Images: math.MaxInt64}
	if huge.Total() != math.MaxInt64 || huge.Plus(a).Images != math.MaxInt64 {
		t.Error("a sum has wrapped")
	}
	if n := usage.Add(math.MinInt64, -1); n != math.MinInt64 {
		t.Error(n)
	}
	if err := (usage.Tokens{Output: -7}).Check(); err == nil || err.Error() != "-7 output tokens: a count is never negative" {
		t.Error(err)
	}
}

func TestBook(t *testing.T) {
	spring, summer := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	row := func(input int64, from time.Time, own bool) usage.Row {
		return usage.Row{
			Model: "m", Kind: usage.Global, Tier: usage.StandardTier, From: from,
			Price: usage.Price{Input: input, Known: usage.Input}, Source: usage.Source{Own: own},
		}
	}
	book, err := usage.NewBook(row(1, time.Time{}, false), row(2, summer, false), row(3, spring, true))
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[time.Time]int64{
		spring.Add(-1): 1, // the operator's own begins later
		spring:         3, // and then goes before
		summer:         3,
	} {
		if p, s, ok := book.Find("m", usage.Global, usage.StandardTier, at); p.Input != want || !ok || s.Own != (want == 3) {
			t.Errorf("at %v: %d, %+v", at, p.Input, s)
		}
	}
	_, s, _ := book.Find("m", usage.Global, usage.StandardTier, summer)
	if s.ID != "m/global/default/2026-04-01T00:00:00Z/own" {
		t.Error(s.ID)
	}
	if _, _, ok := book.Find("m", usage.Regional, usage.StandardTier, summer); ok {
		t.Error("a price of another kind of profile")
	}
	if rows := book.Rows(); len(rows) != 3 || rows[0].Input != 3 || rows[1].Input != 2 {
		t.Errorf("%+v", rows)
	}
	if _, err := usage.NewBook(row(1, spring, false), row(2, spring, false)); err == nil {
		t.Error("two prices for one day")
	}
	late, _ := usage.NewBook(row(1, spring, false))
	if _, _, ok := late.Find("m", usage.Global, usage.StandardTier, spring.Add(-1)); ok {
		t.Error("a price from before its time")
	}
}
