package hardpan

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"hardpan/internal/awserr"
	"hardpan/internal/op"
	"hardpan/internal/store"
	"hardpan/internal/wire/rest"
)

// What was used, and what it cost. Everyone may see what they used themselves;
// what others did, one sees with hardpan:GetUsage.

const getUsage = "hardpan:GetUsage"

// GetUsageInput asks for the use of models from since on and before until, which
// are dates or times of RFC 3339: by default this month. By is person (the
// default), tag:KEY, or one of the other names that [groupings] has. Of is own or
// all; without it, all if the caller may see it, else own.
type GetUsageInput struct{ By, Since, Until, Of *string }

// ListChargesInput asks for each key of each day, for billing.
type ListChargesInput struct{ Since, Until, Of *string }

// GetUsageOutput is described by [UsageReport], which has a JSON form of its own.
type GetUsageOutput struct{}

// ListChargesOutput is described by [Charges], which has a JSON form of its own.
type ListChargesOutput struct{}

// UsageReport is what models were used for in a span of time.
type UsageReport struct {
	Span
	By    string  `json:"by"`
	Rows  []Used  `json:"rows"`  // dearest first
	Total Amounts `json:"total"` // of all rows
}

// Span says what a report is about.
type Span struct {
	Account string    `json:"account"`
	Since   time.Time `json:"since"`
	Until   time.Time `json:"until"`
	Own     bool      `json:"own,omitempty"` // only what the caller used
	// Behind says why the latest calls are missing; "" if none are.
	Behind string `json:"behind,omitempty"`
}

// Used is what one person, model or whatever was asked for used.
type Used struct {
	Name string `json:"name"` // "" for calls that have none
	Amounts
}

// Amounts are counts, but for Cost: US dollars with nine decimals, exact.
type Amounts struct {
	Requests         int64  `json:"requests"`
	Errors           int64  `json:"errors,omitempty"`
	Incomplete       int64  `json:"incomplete,omitempty"`
	Estimated        int64  `json:"estimated,omitempty"` // requests whose tokens Hardpan counted itself
	Unpriced         int64  `json:"unpriced,omitempty"`  // requests whose price is not known: Cost lacks them
	InputTokens      int64  `json:"inputTokens"`
	OutputTokens     int64  `json:"outputTokens"`
	CacheReadTokens  int64  `json:"cacheReadTokens,omitempty"`
	CacheWriteTokens int64  `json:"cacheWriteTokens,omitempty"`
	Images           int64  `json:"images,omitempty"`
	Seconds          int64  `json:"seconds,omitempty"`
	NanoUSD          int64  `json:"nanoUSD"`
	Cost             string `json:"cost"`
}

func amountsOf(u *store.Usage) Amounts {
	return Amounts{
		Requests: u.Requests, Errors: u.Errors, Incomplete: u.Incomplete, Estimated: u.Estimated, Unpriced: u.Unpriced,
		InputTokens: u.Input, OutputTokens: u.Output, CacheReadTokens: u.CacheRead, CacheWriteTokens: u.CacheWrite,
		Images: u.Images, Seconds: u.Seconds, NanoUSD: u.Nano, Cost: dollars(u.Nano),
	}
}

// dollars writes nano-dollars as dollars, without rounding.
func dollars(nano int64) string { return fmt.Sprintf("%d.%09d", nano/1e9, nano%1e9) }

var (
	_ = op.AddRaw(&table, "GetUsage", (*Service).usage, op.Rule[op.Raw]{
		Action: getUsage, Access: op.Read,
		Schema: rest.Operation("GetUsage", "GET", "/usage", 200, GetUsageInput{}, GetUsageOutput{},
			rest.Query("by", "by"), rest.Query("since", "since"), rest.Query("until", "until"), rest.Query("of", "of")),
	})
	_ = op.AddRaw(&table, "ListCharges", (*Service).charges, op.Rule[op.Raw]{
		Action: getUsage, Access: op.Read,
		Schema: rest.Operation("ListCharges", "GET", "/charges", 200, ListChargesInput{}, ListChargesOutput{},
			rest.Query("since", "since"), rest.Query("until", "until"), rest.Query("of", "of")),
	})
)

func (s *Service) usage(c *op.Call) (*op.Prepared, error) {
	by := cmp.Or(c.Query.Get("by"), "person")
	name, err := grouping(by)
	if err != nil {
		return nil, err
	}
	return s.aboutUsage(c, func(ctx context.Context, span Span, mine func(*store.UsageKey) bool) (any, error) {
		groups := map[string]*store.Usage{}
		var total store.Usage
		err := s.DB.SumUsage(ctx, span.Account, span.Since, span.Until, func(sum store.UsageSum) error {
			if !mine(sum.Key) {
				return nil
			}
			group := name(sum.Key)
			if groups[group] == nil {
				groups[group] = &store.Usage{}
			}
			groups[group].Add(&sum.Usage)
			total.Add(&sum.Usage)
			return nil
		})
		report := &UsageReport{Span: span, By: by, Rows: []Used{}, Total: amountsOf(&total)}
		for group, u := range groups {
			report.Rows = append(report.Rows, Used{group, amountsOf(u)})
		}
		slices.SortFunc(report.Rows, func(a, b Used) int {
			return cmp.Or(cmp.Compare(b.NanoUSD, a.NanoUSD), cmp.Compare(b.Requests, a.Requests), cmp.Compare(a.Name, b.Name))
		})
		return report, err
	})
}

// aboutUsage prepares a report on the span that the call asks for: of all calls
// for who may see them, else of the caller's own.
func (s *Service) aboutUsage(c *op.Call, report func(context.Context, Span, func(*store.UsageKey) bool) (any, error)) (*op.Prepared, error) {
	span, err := spanOf(c)
	if err != nil {
		return nil, err
	}
	check := op.Check{Action: getUsage, Resource: resource(c, "usage"), Region: c.Region}
	prepared := &op.Prepared{Checks: []op.Check{check}}
	mine := func(*store.UsageKey) bool { return true }
	of := c.Query.Get("of")
	if of != "" && of != "own" && of != "all" {
		return nil, awserr.Validation("Usage cannot be shown of %q. It can of own or all.", of)
	}
	if of == "own" || of == "" && !c.May(check) {
		span.Own = true
		prepared = &op.Prepared{Exempt: "everyone may see what they used themselves"}
		mine = func(k *store.UsageKey) bool {
			return k.PrincipalID == c.Caller.UserID && (k.Session == c.Caller.ARN || k.Session == "" && k.Principal == c.Caller.ARN)
		}
	}
	prepared.Run = func(ctx context.Context) (*op.Response, error) {
		span.Behind = s.countAll(ctx)
		told, err := report(ctx, span, mine)
		if err != nil {
			return nil, err
		}
		return answer(told)
	}
	return prepared, nil
}

// countTime is how long a report waits for the latest calls to be counted.
const countTime = 3 * time.Second

// countAll has the latest calls counted, or says why they are not.
func (s *Service) countAll(ctx context.Context) string {
	if s.Count == nil {
		return ""
	}
	limited, cancel := context.WithTimeout(ctx, countTime)
	defer cancel()
	if err := s.Count(limited); err != nil {
		return "the latest calls are not counted yet: the database is away, or the journal is damaged; the operator's log says which"
	}
	return ""
}

// spanOf reads the span that a call asks about.
func spanOf(c *op.Call) (Span, error) {
	span := Span{Account: c.Account, Since: store.Month.Start(c.Time), Until: store.Hour.Start(c.Time).Add(time.Hour)}
	for name, at := range map[string]*time.Time{"since": &span.Since, "until": &span.Until} {
		text := c.Query.Get(name)
		if text == "" {
			continue
		}
		t, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t, err = time.Parse(time.RFC3339, text)
		}
		if err != nil {
			return span, awserr.Validation("%q is no time to show usage %s: write a date as 2026-11-01 or a time as 2026-11-01T13:00:00Z.", text, name)
		}
		*at = t.UTC()
	}
	if !span.Since.Before(span.Until) {
		return span, awserr.Validation("The span ends (%s) before it begins (%s).", span.Until.Format(time.RFC3339), span.Since.Format(time.RFC3339))
	}
	return span, nil
}

// groupings are what usage can be shown by, beside tags.
var groupings = map[string]func(*store.UsageKey) string{
	"person":  func(k *store.UsageKey) string { return k.Person },
	"model":   func(k *store.UsageKey) string { return k.Model },
	"profile": func(k *store.UsageKey) string { return k.Profile },
	"account": func(k *store.UsageKey) string { return k.Account },
	"session": func(k *store.UsageKey) string { return cmp.Or(k.Session, k.Principal) },
	"role":    func(k *store.UsageKey) string { return k.Principal },
	"key":     func(k *store.UsageKey) string { return k.AccessKey },
	"region":  func(k *store.UsageKey) string { return k.Region },
	"backend": func(k *store.UsageKey) string { return k.Backend },
}

// GroupNames lists what usage can be shown by, beside tag:KEY.
func GroupNames() []string { return slices.Sorted(maps.Keys(groupings)) }
