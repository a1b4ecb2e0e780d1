package main

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hardpan/internal/catalog"
	"hardpan/internal/config"
	money "hardpan/internal/usage"
)

func newPrices(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "prices",
		Short: "show what models cost, and whose price nobody knows",
		Long: `Lists what a model call costs, in US dollars for a million tokens, in the
standard tier. No server is needed: the prices are Hardpan's own list with those
of hardpan.yaml before it. Hardpan's are AWS's of us-east-1, as far as they are
known; ? marks those from memory, which nobody has verified.

A model costs more or less by how it is called: in its own region (regional),
through a profile of one geography (geographic) or through a global one.

A model without a price can be called, and its calls are counted without a cost;
a budget in dollars that blocks refuses them. Prices of your own:

  prices:
    - models: [openai.gpt-oss-120b-1:0]
      from: 2026-01-31            # the day from which on it holds, UTC
      source: contract of January
      input: 0.15                 # USD for a million tokens
      output: 0.60`,
		Example: `  hardpan prices --model claude-haiku
  hardpan prices --unknown
  hardpan prices --output csv > prices.csv`,
		Args: args(cobra.NoArgs),
	}
	flags := cmd.Flags()
	flags.String("config", "", "configuration file (default "+config.DefaultFile+", if it is there)")
	part := flags.String("model", "", "only models with this in their id")
	day := flags.String("at", "", "on this `DAY` (UTC), as 2026-01-31 (default today)")
	unknown := flags.Bool("unknown", false, "only models without a known price")
	form := addSheetOutput(cmd)
	_ = cmd.RegisterFlagCompletionFunc("model", cobra.FixedCompletions(modelIDs(), cobra.ShellCompDirectiveNoFileComp))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		at, err := dayOf(cmd, *day)
		if err != nil {
			return err
		}
		cfg, err := config.Resolve(cmd.Flags(), p.lookup)
		if err != nil {
			return err
		}
		book, err := cfg.Book()
		if err != nil {
			return err
		}
		list := pricesOf(book, at, *part)
		if *unknown {
			list = slices.DeleteFunc(list, func(one modelPrice) bool { return one.Known })
		}
		if len(list) == 0 && !*unknown {
			return failed("hardpan prices", "no model has %q in its id", *part)
		}
		return p.showPrices(list, *form)
	}
	return cmd
}

func dayOf(cmd *cobra.Command, text string) (time.Time, error) {
	if text == "" {
		return time.Now().UTC(), nil
	}
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return at, usage(cmd, "--at: it is a day, as 2026-01-31, and not %q", text)
	}
	return at.Add(24*time.Hour - 1), nil // what begins on that day holds
}

func modelIDs() []cobra.Completion {
	ids := []cobra.Completion{}
	for _, m := range catalog.AllModels() {
		ids = append(ids, m.ID)
	}
	return ids
}

// modelPrice is what a model costs when it is called in some ways.
type modelPrice struct {
	Model string   `json:"model"`
	Kinds []string `json:"kinds"` // regional, geographic, global
	Known bool     `json:"known"`

	// US dollars for a million tokens, or for one image or second; "" unknown.
	Input          string `json:"input,omitempty"`
	Output         string `json:"output,omitempty"`
	CacheRead      string `json:"cacheRead,omitempty"`
	CacheWrite     string `json:"cacheWrite,omitempty"`
	CacheWriteHour string `json:"cacheWriteHour,omitempty"`
	Image          string `json:"image,omitempty"`
	Second         string `json:"second,omitempty"`

	Source     string `json:"source,omitempty"`
	Date       string `json:"date,omitempty"`       // of the source
	Unverified bool   `json:"unverified,omitempty"` // from memory
	Own        bool   `json:"own,omitempty"`        // of hardpan.yaml
}

// pricesOf lists the models with part in their ids; ways of calling that cost
// the same are one line.
func pricesOf(book *money.Book, at time.Time, part string) (list []modelPrice) {
	for _, m := range catalog.AllModels() {
		if !strings.Contains(m.ID, part) {
			continue
		}
		first := len(list)
		for _, kind := range money.ProfileKinds() {
			one := priceOf(book, m.ID, kind, at)
			i := slices.IndexFunc(list[first:], func(other modelPrice) bool { return other.same(&one) })
			if i < 0 {
				list = append(list, one)
			} else {
				list[first+i].Kinds = append(list[first+i].Kinds, string(kind))
			}
		}
	}
	return list
}

func priceOf(book *money.Book, model string, kind money.ProfileKind, at time.Time) modelPrice {
	price, source, ok := book.Find(model, kind, money.StandardTier, at)
	one := modelPrice{Model: model, Kinds: []string{string(kind)}, Known: ok, Source: source.Text, Date: source.Date, Unverified: source.Memory, Own: source.Own}
	for _, rate := range []struct {
		kind money.Kinds
		nano int64
		into *string
	}{
		{money.Input, price.Input, &one.Input},
		{money.Output, price.Output, &one.Output},
		{money.CacheRead, price.CacheRead, &one.CacheRead},
		{money.CacheWrite, price.CacheWrite, &one.CacheWrite},
		{money.CacheWriteHour, price.CacheWriteHour, &one.CacheWriteHour},
		{money.Image, price.Image, &one.Image},
		{money.Second, price.Second, &one.Second},
	} {
		if price.Known&rate.kind != 0 {
			*rate.into = money.FormatUSD(rate.nano)
		}
	}
	return one
}

// same reports whether only the kinds differ.
func (m *modelPrice) same(other *modelPrice) bool {
	a, b := *m, *other
	a.Kinds, b.Kinds = nil, nil
	return a.key() == b.key()
}
