package config

import (
	"fmt"
	"slices"
	"time"

	"hardpan/internal/catalog"
	"hardpan/internal/usage"
)

// serviceTiers are Bedrock's. Source: Bedrock Runtime API, ServiceTier.
var serviceTiers = []string{"", usage.StandardTier, "priority", "flex", "reserved"}

func (c *Config) checkPrices(l locator) error {
	for i := range c.Prices {
		if err := c.Prices[i].check(l, fmt.Sprintf("$.prices[%d]", i)); err != nil {
			return err
		}
	}
	if _, err := c.Book(); err != nil {
		return l.at("$.prices", err.Error())
	}
	return nil
}

func (p *Price) check(l locator, at string) error {
	if len(p.Models) == 0 {
		return l.at(at, "a price names the models that it is of: models: [amazon.titan-embed-text-v2:0]")
	}
	for i, model := range p.Models {
		if _, ok := catalog.Find(model); !ok {
			return l.at(fmt.Sprintf("%s.models[%d]", at, i), fmt.Sprintf("there is no foundation model %q; hardpan prices lists them (a price is the model's, not a profile's)", model))
		}
	}
	for i, kind := range p.Kinds {
		if !slices.Contains(usage.ProfileKinds(), usage.ProfileKind(kind)) {
			return l.at(fmt.Sprintf("%s.kinds[%d]", at, i), fmt.Sprintf("a model is called in a way that is regional, geographic or global, not %q", kind))
		}
	}
	if !slices.Contains(serviceTiers, p.Tier) {
		return l.at(at+".tier", fmt.Sprintf("a service tier is default, priority, flex or reserved, not %q", p.Tier))
	}
	if _, err := time.Parse(time.DateOnly, p.From); err != nil {
		return l.at(first(at, ".from", p.From), "a price says from which day on it holds (UTC): from: 2026-01-31")
	}
	if p.Source == "" || len(p.Source) > 500 {
		return l.at(first(at, ".source", p.Source), "a price says in up to 500 bytes where it is from: source: contract of January")
	}
	if p.price().Known == 0 {
		return l.at(at, "a price has an amount for something: input, output, cache_read, cache_write, cache_write_hour, image or second; what is free costs 0")
	}
	return nil
}
