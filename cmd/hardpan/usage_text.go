package main

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	api "hardpan/internal/api/hardpan"
)

func (p *program) showUsage(r *api.UsageReport, form usageForm) error {
	switch form {
	case asUsageJSON:
		return p.printJSON(r)
	case asUsageCSV:
		return p.usageCSV(r)
	}
	p.usageTable(r)
	return nil
}

// usageTable prints a report for people. Costs are shown in full: a sum that
// was rounded is not what was charged.
func (p *program) usageTable(r *api.UsageReport) {
	st := p.stylesFor(p.out)
	st.printf("Usage of account %s, %s to %s (UTC)\n", r.Account, r.Since.Format("2006-01-02 15:04"), r.Until.Format("2006-01-02 15:04"))
	if r.Own {
		st.paragraph(0, st.faint, "Only your own: those of others need the permission hardpan:GetUsage.")
	}
	if r.Behind != "" {
		st.paragraph(0, st.bad, "Not complete: "+r.Behind+".")
	}
	if len(r.Rows) == 0 {
		st.printf("No model was called.\n")
		return
	}
	rows := [][]string{{strings.ToUpper(r.By), "CALLS", "INPUT", "OUTPUT", "CACHED", "COST (USD)"}}
	for _, row := range append(r.Rows, api.Used{Name: "total", Amounts: r.Total}) {
		rows = append(rows, usageRow(cmp.Or(row.Name, "(none)"), &row.Amounts))
	}
	st.table(rows)
	st.notes(&r.Total)
}

func usageRow(name string, a *api.Amounts) []string {
	cost := a.Cost
	if a.Unpriced > 0 {
		cost += " + ?"
	}
	return []string{
		shown(name), strconv.FormatInt(a.Requests, 10), strconv.FormatInt(a.InputTokens, 10), strconv.FormatInt(a.OutputTokens, 10),
		strconv.FormatInt(a.CacheReadTokens+a.CacheWriteTokens, 10), cost,
	}
}

// shown shows a name that somebody chose without what a terminal would obey.
func shown(name string) string {
	quoted := strconv.QuoteToGraphic(name)
	if quoted == `"`+name+`"` {
		return name
	}
	return quoted
}

// notes says what the numbers do not.
func (s *styles) notes(total *api.Amounts) {
	for _, note := range []struct {
		count int64
		text  string
	}{
		{total.Errors, "were answered with an error"},
		{total.Incomplete, "were cut short, and are charged for what was delivered"},
		{total.Estimated, "are counted by Hardpan, for the backend did not say"},
		{total.Unpriced, "have a model without a price, and cost nothing here: set one (prices in hardpan.yaml)"},
	} {
		if note.count > 0 {
			s.paragraph(0, s.faint, fmt.Sprintf("%d of %d calls %s.", note.count, total.Requests, note.text))
		}
	}
}

func (p *program) usageCSV(r *api.UsageReport) error {
	rows := [][]string{{
		r.By, "since", "until", "requests", "errors", "incomplete", "estimated", "unpriced", "input_tokens", "output_tokens",
		"cache_read_tokens", "cache_write_tokens", "images", "seconds", "cost_usd",
	}}
	for _, row := range r.Rows {
		line := []string{row.Name, r.Since.Format(time.RFC3339), r.Until.Format(time.RFC3339)}
		for _, n := range []int64{
			row.Requests, row.Errors, row.Incomplete, row.Estimated, row.Unpriced, row.InputTokens, row.OutputTokens,
			row.CacheReadTokens, row.CacheWriteTokens, row.Images, row.Seconds,
		} {
			line = append(line, strconv.FormatInt(n, 10))
		}
		rows = append(rows, append(line, row.Cost))
	}
	return p.behind(r.Span, p.printCSV(rows))
}

// behind makes an error of it that a file for programs is not complete.
func (p *program) behind(span api.Span, err error) error {
	if err == nil && span.Behind != "" {
		return fmt.Errorf("this is not complete: %s", span.Behind)
	}
	return err
}
