package catalog

import (
	"sync"

	"hardpan/internal/usage"
)

// priceTable is prices.json: US dollars for a million tokens, as text, since
// there are no floats on the way from there to a bill.
type priceTable struct {
	Sources map[string]priceSource `json:"sources"`
	Prices  []priceRow             `json:"prices"`
}

type priceSource struct {
	Text   string `json:"text"`
	Date   string `json:"date"`
	Memory bool   `json:"memory"`
}

type priceRow struct {
	Models []string `json:"models"`
	Source string   `json:"source"`

	// Premium is by how many percent a model costs more in its own region and
	// through a geographic profile than through the global one, which the rates
	// are of. Source: Bedrock User Guide, "Global cross-Region inference": global
	// profiles are about 10 % cheaper; said of Claude 4.5 and newer.
	Premium int64 `json:"premium"`

	Input          string `json:"input"`
	Output         string `json:"output"`
	CacheRead      string `json:"cacheRead"`
	CacheWrite     string `json:"cacheWrite"`
	CacheWriteHour string `json:"cacheWriteHour"`
}

var prices = sync.OnceValue(func() []usage.Row {
	table := mustParse[priceTable]("prices.json")
	var rows []usage.Row
	for _, r := range table.Prices {
		source := table.Sources[r.Source]
		price := r.price()
		for _, model := range r.Models {
			for _, kind := range usage.ProfileKinds() {
				row := usage.Row{
					Model: model, Kind: kind, Tier: usage.StandardTier, Price: price,
					Source: usage.Source{Text: source.Text, Date: source.Date, Memory: source.Memory},
				}
				if kind != usage.Global {
					row.Price = price.More(r.Premium)
				}
				rows = append(rows, row)
			}
		}
	}
	return rows
})

// Prices returns what Bedrock's models cost on demand, in the standard tier and
// in us-east-1, as far as it is known: a model that is not there has no known
// price, nor has a kind of token that its price does not name.
func Prices() []usage.Row { return prices() }

func (r *priceRow) price() (p usage.Price) {
	for _, rate := range []struct {
		text string
		into *int64
		kind usage.Kinds
	}{
		{r.Input, &p.Input, usage.Input},
		{r.Output, &p.Output, usage.Output},
		{r.CacheRead, &p.CacheRead, usage.CacheRead},
		{r.CacheWrite, &p.CacheWrite, usage.CacheWrite},
		{r.CacheWriteHour, &p.CacheWriteHour, usage.CacheWriteHour},
	} {
		if rate.text == "" {
			continue
		}
		nano, err := usage.ParseUSD(rate.text)
		if err != nil {
			panic("catalog: prices.json: " + err.Error()) // a fault of the build, and the tests parse it
		}
		*rate.into, p.Known = nano, p.Known|rate.kind
	}
	return p
}

// ProfileKind is how a model is called by this id, for its price: that of a
// foundation model is regional, that of a system-defined profile geographic or
// global. For an application profile give the id of what it was copied from.
func ProfileKind(id string) usage.ProfileKind {
	p, ok := FindProfile(id)
	switch {
	case !ok:
		return usage.Regional
	case p.Global():
		return usage.Global
	}
	return usage.Geographic
}
