package catalog

import (
	"testing"
	"time"

	"hardpan/internal/usage"
)

func book(t *testing.T) *usage.Book {
	t.Helper()
	b, err := usage.NewBook(Prices()...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Each price is of a model that there is, has a source, and names both
// directions unless the model has no output of tokens.
func TestPrices(t *testing.T) {
	for _, r := range Prices() {
		m, ok := Find(r.Model)
		if !ok {
			t.Errorf("%s: there is no such model", r.Model)
			continue
		}
		if r.Text == "" || r.Memory == (r.Date != "") {
			t.Errorf("%s: source %+v", r.Model, r.Source)
		}
		text := len(m.OutputModalities) > 0 && m.OutputModalities[0] == "TEXT"
		if r.Known&usage.Input == 0 || text != (r.Known&usage.Output != 0) {
			t.Errorf("%s: known %b", r.Model, r.Known)
		}
		if r.Input <= 0 || text && r.Output < r.Input || r.CacheRead > r.Input || r.Known&usage.CacheWriteHour != 0 && r.CacheWriteHour < r.CacheWrite {
			t.Errorf("%s: %+v", r.Model, r.Price)
		}
	}
	book(t)
}

// Through the global profile a model is a tenth cheaper, from Claude 4.5 on.
func TestPriceByProfileKind(t *testing.T) {
	b, at := book(t), time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		profile, model string
		input          int64
	}{
		{"anthropic.claude-haiku-4-5-20251001-v1:0", "anthropic.claude-haiku-4-5-20251001-v1:0", 1_100_000_000},
		{"eu.anthropic.claude-haiku-4-5-20251001-v1:0", "anthropic.claude-haiku-4-5-20251001-v1:0", 1_100_000_000},
		{"global.anthropic.claude-haiku-4-5-20251001-v1:0", "anthropic.claude-haiku-4-5-20251001-v1:0", 1_000_000_000},
		{"us.anthropic.claude-sonnet-4-20250514-v1:0", "anthropic.claude-sonnet-4-20250514-v1:0", 3_000_000_000},
		{"global.anthropic.claude-sonnet-4-20250514-v1:0", "anthropic.claude-sonnet-4-20250514-v1:0", 3_000_000_000},
		{"amazon.titan-embed-text-v2:0", "amazon.titan-embed-text-v2:0", 20_000_000},
	} {
		p, s, ok := b.Find(c.model, ProfileKind(c.profile), usage.StandardTier, at)
		if !ok || p.Input != c.input || s.Own {
			t.Errorf("%s: %+v, %+v", c.profile, p, s)
		}
	}
	if _, _, ok := b.Find("zai.glm-5", usage.Regional, usage.StandardTier, at); ok {
		t.Error("a price that nobody knows")
	}
}
