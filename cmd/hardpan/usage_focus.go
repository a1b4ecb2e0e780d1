package main

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	api "hardpan/internal/api/hardpan"
)

// The columns are those of FOCUS 1.2 (focus.finops.org) that have a value here,
// and, with x_ before the name as it asks for, Hardpan's own. Costs are exact:
// nine decimals.

// charged is one row of the file.
type charged struct {
	*api.Charge
	account string
}

// focusColumns are in the order of the file.
var focusColumns = []struct {
	name  string
	value func(c charged) string
}{
	{"BilledCost", func(c charged) string { return c.Cost }},
	{"BillingAccountId", func(c charged) string { return c.account }},
	{"BillingCurrency", constant("USD")},
	{"BillingPeriodStart", func(c charged) string { return focusTime(month(c.Start)) }},
	{"BillingPeriodEnd", func(c charged) string { return focusTime(month(c.Start).AddDate(0, 1, 0)) }},
	{"ChargeCategory", constant("Usage")},
	{"ChargeClass", constant("")},
	{"ChargeDescription", func(c charged) string { return "Use of " + c.Model + " in " + c.Region }},
	{"ChargeFrequency", constant("Usage-Based")},
	{"ChargePeriodStart", func(c charged) string { return focusTime(c.Start) }},
	{"ChargePeriodEnd", func(c charged) string { return focusTime(c.End) }},
	{"ConsumedQuantity", func(c charged) string { return number(c.tokens()) }},
	{"ConsumedUnit", constant("Tokens")},
	{"ContractedCost", func(c charged) string { return c.Cost }},
	{"EffectiveCost", func(c charged) string { return c.Cost }},
	{"InvoiceIssuerName", constant("Hardpan")},
	{"ListCost", func(c charged) string { return c.Cost }},
	{"PricingCategory", constant("Standard")},
	{"PricingQuantity", func(c charged) string { return number(c.tokens()) }},
	{"PricingUnit", constant("Tokens")},
	{"ProviderName", constant("Hardpan")},
	{"PublisherName", func(c charged) string { maker, _, _ := strings.Cut(c.Model, "."); return maker }},
	{"RegionId", func(c charged) string { return c.Region }},
	{"ResourceId", func(c charged) string { return cmp.Or(c.Profile, c.Model) }},
	{"ResourceType", func(c charged) string { return resourceType(c) }},
	{"ServiceCategory", constant("AI and Machine Learning")},
	{"ServiceName", constant("Amazon Bedrock")},
	{"ServiceSubcategory", constant("Generative AI")},
	{"SkuId", func(c charged) string { return strings.TrimSuffix(c.Model+"/"+c.ProfileKind, "/") }},
	{"SubAccountId", func(c charged) string { return c.account }},
	{"Tags", func(c charged) string { return tagsJSON(c.Tags) }},
	{"x_Person", func(c charged) string { return c.Person }},
	{"x_Principal", func(c charged) string { return c.Principal }},
	{"x_Session", func(c charged) string { return c.Session }},
	{"x_AccessKeyId", func(c charged) string { return c.AccessKey }},
	{"x_Backend", func(c charged) string { return c.Backend }},
	{"x_Requests", func(c charged) string { return number(c.Requests) }},
	{"x_UnpricedRequests", func(c charged) string { return number(c.Unpriced) }},
	{"x_InputTokens", func(c charged) string { return number(c.InputTokens) }},
	{"x_OutputTokens", func(c charged) string { return number(c.OutputTokens) }},
	{"x_CacheReadTokens", func(c charged) string { return number(c.CacheReadTokens) }},
	{"x_CacheWriteTokens", func(c charged) string { return number(c.CacheWriteTokens) }},
	{"x_Images", func(c charged) string { return number(c.Images) }},
	{"x_Seconds", func(c charged) string { return number(c.Seconds) }},
}

func (c charged) tokens() int64 {
	return c.InputTokens + c.OutputTokens + c.CacheReadTokens + c.CacheWriteTokens
}

func constant(text string) func(charged) string { return func(charged) string { return text } }

func number(n int64) string { return strconv.FormatInt(n, 10) }

func focusTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func month(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC) }

func resourceType(c charged) string {
	if c.Profile != "" {
		return "Inference Profile"
	}
	return "Foundation Model"
}

// tagsJSON is an object with the keys in order.
func tagsJSON(tags map[string]string) string {
	text, err := json.Marshal(tags)
	if err != nil {
		return "{}" // texts are always encoded
	}
	return string(text)
}

// printCharges asks day by day, so that no answer grows too large.
func (p *program) printCharges(ctx context.Context, c *client, query url.Values) error {
	whole, err := c.usage(ctx, url.Values{"since": query["since"], "until": query["until"], "by": {"account"}})
	if err != nil {
		return err
	}
	head := make([]string, len(focusColumns))
	for i, column := range focusColumns {
		head[i] = column.name
	}
	rows := [][]string{head}
	for from := whole.Since; from.Before(whole.Until); {
		to := from.Truncate(24*time.Hour).AddDate(0, 0, 1)
		if to.After(whole.Until) {
			to = whole.Until
		}
		list, err := c.charges(ctx, from, to)
		if err != nil {
			return err
		}
		for i := range list.Charges {
			if one := &list.Charges[i]; !one.Start.Before(from.Truncate(24*time.Hour)) || from.Equal(whole.Since) {
				rows = append(rows, focusRow(charged{one, list.Account}))
			}
		}
		from = to
	}
	return p.behind(whole.Span, p.printCSV(rows))
}

func focusRow(c charged) []string {
	row := make([]string, len(focusColumns))
	for i, column := range focusColumns {
		row[i] = column.value(c)
	}
	return row
}

func (c *client) charges(ctx context.Context, since, until time.Time) (*api.Charges, error) {
	list := &api.Charges{}
	query := url.Values{"since": {since.Format(time.RFC3339)}, "until": {until.Format(time.RFC3339)}}
	err := c.call(ctx, http.MethodGet, "/charges", query, nil, list)
	return list, c.explain("reading what was charged", err)
}
