package config

import (
	"fmt"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"hardpan/internal/catalog"
	"hardpan/internal/usage"
)

// Price is the operator's own price of models, which goes before what the
// catalog says.
type Price struct {
	Models []string `yaml:"models"` // foundation-model ids
	Kinds  []string `yaml:"kinds"`  // regional, geographic, global; none: all three
	Tier   string   `yaml:"tier"`   // of the service; empty: default
	From   string   `yaml:"from"`   // the day from which on it holds (UTC), 2006-01-02
	Source string   `yaml:"source"` // who says so: a contract, a price list

	// US dollars for 1,000,000 tokens. What is left out has no known price.
	Input          Rate `yaml:"input"`
	Output         Rate `yaml:"output"`
	CacheRead      Rate `yaml:"cache_read"`
	CacheWrite     Rate `yaml:"cache_write"`
	CacheWriteHour Rate `yaml:"cache_write_hour"`

	// US dollars for one.
	Image  Rate `yaml:"image"`
	Second Rate `yaml:"second"`
}

// Rate is an amount of US dollars, exact to nine decimals. It is read from the
// text of the number, which never becomes a float.
type Rate struct {
	Nano  int64 // nano-dollars
	Given bool  // 0 that is given is free
}

// UnmarshalYAML implements [yaml.NodeUnmarshaler].
func (r *Rate) UnmarshalYAML(node ast.Node) error {
	nano, err := usage.ParseUSD(node.GetToken().Value)
	if err != nil {
		return &yaml.SyntaxError{Message: err.Error() + "; write US dollars as 0.25", Token: node.GetToken()}
	}
	*r = Rate{nano, true}
	return nil
}

// Book is what models cost: the catalog's prices, and the operator's own before them.
func (c *Config) Book() (*usage.Book, error) {
	rows := catalog.Prices()
	for i := range c.Prices {
		rows = append(rows[:len(rows):len(rows)], c.Prices[i].rows()...)
	}
	book, err := usage.NewBook(rows...)
	if err != nil {
		return nil, fmt.Errorf("making the price book: %w", err)
	}
	return book, nil
}

func (p *Price) rows() (rows []usage.Row) {
	from, _ := time.Parse(time.DateOnly, p.From) // checked
	row := usage.Row{Tier: p.Tier, From: from, Price: p.price(), Source: usage.Source{Text: p.Source, Date: p.From, Own: true}}
	if row.Tier == "" {
		row.Tier = usage.StandardTier
	}
	for _, row.Model = range p.Models {
		for _, row.Kind = range p.kinds() {
			rows = append(rows, row)
		}
	}
	return rows
}

func (p *Price) kinds() []usage.ProfileKind {
	if len(p.Kinds) == 0 {
		return usage.ProfileKinds()
	}
	kinds := make([]usage.ProfileKind, len(p.Kinds))
	for i, k := range p.Kinds {
		kinds[i] = usage.ProfileKind(k)
	}
	return kinds
}

func (p *Price) price() usage.Price {
	out := usage.Price{
		Input: p.Input.Nano, Output: p.Output.Nano, CacheRead: p.CacheRead.Nano, CacheWrite: p.CacheWrite.Nano,
		CacheWriteHour: p.CacheWriteHour.Nano, Image: p.Image.Nano, Second: p.Second.Nano,
	}
	for _, r := range []struct {
		rate Rate
		kind usage.Kinds
	}{
		{p.Input, usage.Input},
		{p.Output, usage.Output},
		{p.CacheRead, usage.CacheRead},
		{p.CacheWrite, usage.CacheWrite},
		{p.CacheWriteHour, usage.CacheWriteHour},
		{p.Image, usage.Image},
		{p.Second, usage.Second},
	} {
		if r.rate.Given {
			out.Known |= r.kind
		}
	}
	return out
}
