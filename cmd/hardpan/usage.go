package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	api "hardpan/internal/api/hardpan"
	"hardpan/internal/config"
)

func newUsage(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "usage",
		Short: "show who used which models, and what it cost",
		Long: `Shows the calls, tokens and cost of a span of time, dearest first: to the
nano-dollar, with every call that has ended. It is this month unless --since
says otherwise.

By person is the default: the caller's tag UserEmail, else the name of the
session or user. By a tag, the application profile's value counts, else the
caller's. You see your own calls; those of others need hardpan:GetUsage.

After a week usage is kept by the day, after 400 days by the month
(usage.hours and usage.days in hardpan.yaml): a span counts it whole.

--output focus prints what was charged, by day, as the FinOps Foundation's
FOCUS has it, for billing tools.`,
		Example: `  hardpan usage
  hardpan usage --by tag:Department --since 2026-11-01 --until 2026-12-01
  hardpan usage --by model --since 24h --output json
  hardpan usage --since 30d --output focus > charges.csv`,
		Args: args(cobra.NoArgs),
	}
	var l place
	l.addFlags(cmd)
	l.addRegion(cmd, "where this command's call goes (or AWS_REGION; else "+defaultRegion+")")
	by := cmd.Flags().String("by", "person", "person, model, profile, account, session, role, key,\nregion, backend or tag:KEY")
	_ = cmd.RegisterFlagCompletionFunc("by", cobra.FixedCompletions(api.GroupNames(), cobra.ShellCompDirectiveNoFileComp))
	since := cmd.Flags().String("since", "", "from this time on: 7d, 24h, 2026-11-01 or\n2026-11-01T13:00:00Z (default: this month)")
	until := cmd.Flags().String("until", "", "up to this time, not included (default: now)")
	form := asTable
	cmd.Flags().VarP(&form, "output", "o", "table for people; csv, json or focus for programs")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		query, err := span(cmd, *since, *until, time.Now())
		if err != nil {
			return err
		}
		c, err := p.connect(cmd.Context(), l)
		if err != nil {
			return err
		}
		if form == asFOCUS {
			return p.printCharges(cmd.Context(), c, query)
		}
		query.Set("by", *by)
		report, err := c.usage(cmd.Context(), query)
		if err != nil {
			return err
		}
		return p.showUsage(report, form)
	}
	return cmd
}

// usageForm is how usage is printed.
type usageForm string

const (
	asTable     usageForm = "table"
	asUsageCSV  usageForm = "csv"
	asUsageJSON usageForm = "json"
	asFOCUS     usageForm = "focus"
)

func (f *usageForm) String() string { return string(*f) }
func (f *usageForm) Type() string   { return "table|csv|json|focus" }

// Set implements pflag.Value.
func (f *usageForm) Set(text string) error {
	switch usageForm(text) {
	case asTable, asUsageCSV, asUsageJSON, asFOCUS:
		*f = usageForm(text)
		return nil
	}
	return fmt.Errorf("it is table, csv, json or focus")
}

// span turns what a person says of a time into what the server reads.
func span(cmd *cobra.Command, since, until string, now time.Time) (url.Values, error) {
	query := url.Values{}
	for name, text := range map[string]string{"since": since, "until": until} {
		if text == "" {
			continue
		}
		at, err := pointInTime(text, now)
		if err != nil {
			return nil, usage(cmd, "--%s: %v", name, err)
		}
		query.Set(name, at.Format(time.RFC3339))
	}
	return query, nil
}

// pointInTime reads a date, a time, or how long ago.
func pointInTime(text string, now time.Time) (time.Time, error) {
	if ago, err := config.ParseDuration(text); err == nil {
		return now.Add(-ago).UTC(), nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time: write 7d or 24h for so long ago, 2026-11-01 or 2026-11-01T13:00:00Z", text)
}

func (c *client) usage(ctx context.Context, query url.Values) (*api.UsageReport, error) {
	report := &api.UsageReport{}
	err := c.call(ctx, http.MethodGet, "/usage", query, nil, report)
	return report, c.explain("reading what was used", err)
}
