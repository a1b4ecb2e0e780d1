package config

import (
	"strings"
	"testing"
	"time"

	"hardpan/internal/usage"
)

const ownPrices = `
prices:
  - models: [openai.gpt-oss-120b-1:0, zai.glm-5]
    kinds: [regional]
    from: 2026-02-01
    source: contract of January
    input: 0.15
    output: "0.600000001"
    cache_read: 0
webhooks:
  ops: {url: "https://hooks.example.com/hardpan?team=1", secret: env:HOOK}
`

func TestPrices(t *testing.T) {
	c, err := Parse("hardpan.yaml", []byte(ownPrices))
	if err != nil {
		t.Fatal(err)
	}
	book, err := c.Book()
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	p, s, ok := book.Find("zai.glm-5", usage.Regional, usage.StandardTier, day)
	want := usage.Price{Input: 150_000_000, Output: 600_000_001, Known: usage.Input | usage.Output | usage.CacheRead}
	if !ok || p != want || !s.Own || s.Text != "contract of January" || s.Date != "2026-02-01" {
		t.Errorf("%+v, %+v", p, s)
	}
	if _, _, ok := book.Find("zai.glm-5", usage.Regional, usage.StandardTier, day.Add(-1)); ok {
		t.Error("it holds before its day")
	}
	if _, _, ok := book.Find("zai.glm-5", usage.Global, usage.StandardTier, day); ok {
		t.Error("it holds for a kind that it does not name")
	}
	if _, s, ok := book.Find("amazon.titan-embed-text-v2:0", usage.Regional, usage.StandardTier, day); !ok || s.Own {
		t.Error("the catalog's prices are gone")
	}
	if w := c.Webhooks["ops"]; w.URL != "https://hooks.example.com/hardpan?team=1" || w.Secret != "env:HOOK" {
		t.Errorf("%+v", w)
	}
}

func TestPriceMistakes(t *testing.T) {
	good := `{models: [zai.glm-5], from: 2026-02-01, source: me, input: 1}`
	for name, c := range map[string]struct{ yaml, says string }{
		"a profile":         {strings.Replace(good, "zai.glm-5", `"eu.amazon.nova-lite-v1:0"`, 1), "not a profile's"},
		"no model":          {strings.Replace(good, "zai.glm-5", "", 1), "names the models"},
		"a kind":            {strings.Replace(good, "from", "kinds: [europe], from", 1), `"europe"`},
		"a tier":            {strings.Replace(good, "from", "tier: fast, from", 1), `"fast"`},
		"no day":            {strings.Replace(good, "from: 2026-02-01, ", "", 1), "from which day"},
		"no such day":       {strings.Replace(good, "02-01", "02-30", 1), "from which day"},
		"no source":         {strings.Replace(good, "source: me, ", "", 1), "where it is from"},
		"no rate":           {strings.Replace(good, ", input: 1", "", 1), "has an amount"},
		"a negative rate":   {strings.Replace(good, "input: 1", "input: -1", 1), "-1"},
		"an exponent":       {strings.Replace(good, "input: 1", "input: 1e3", 1), "1e3"},
		"ten decimals":      {strings.Replace(good, "input: 1", "input: 0.0000000001", 1), "decimals"},
		"an unknown key":    {strings.Replace(good, "input: 1", "inputs: 1", 1), "inputs"},
		"one price twice":   {good + "\n  - " + good, "two prices"},
		"a model twice":     {strings.Replace(good, "[zai.glm-5]", "[zai.glm-5, zai.glm-5]", 1), "two prices"},
		"an amount in text": {strings.Replace(good, "input: 1", "input: one", 1), "one"},
	} {
		_, err := Parse("hardpan.yaml", []byte("prices:\n  - "+c.yaml+"\n"))
		if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "hardpan.yaml:") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWebhookMistakes(t *testing.T) {
	for name, c := range map[string]struct{ yaml, says string }{
		"no url":           {"{ops: {secret: env:S}}", "needs a url"},
		"no scheme":        {"{ops: {url: hooks.example.com, secret: env:S}}", "needs a url"},
		"a password":       {`{ops: {url: "https://u:hunter2@h/x", secret: env:S}}`, "needs a url"},
		"no secret":        {"{ops: {url: https://h/x}}", "needs a secret"},
		"the secret":       {"{ops: {url: https://h/x, secret: hunter2}}", "by reference"},
		"a name":           {"{a b: {url: https://h/x, secret: env:S}}", "name"},
		"an unknown field": {"{ops: {url: https://h/x, secret: env:S, retries: 3}}", "retries"},
	} {
		_, err := Parse("hardpan.yaml", []byte("webhooks: "+c.yaml+"\n"))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(err.Error(), "hunter2") && name != "the secret" {
			t.Errorf("%s: the error has the password: %v", name, err)
		}
	}
}
