package hardpan

import (
	"strconv"
	"time"

	"hardpan/internal/awserr"
	"hardpan/internal/identity"
	"hardpan/internal/ledger"
	"hardpan/internal/op"
)

// describe brings a budget and where it stands into the form of the wire.
func (s *Service) describe(_ *op.Call, b *identity.Budget, standings []ledger.Standing) *BudgetDescription {
	arn, scope, limit, period, action := b.ARN(), b.Covers.String(), b.Limit.String(), b.Period.String(), string(b.Action)
	out := &BudgetDescription{
		Name: &b.Name, Arn: &arn, ID: &b.ID, Scope: &scope, Limit: &limit, Period: &period, Action: &action, Clamp: &b.Clamp,
		Created: &b.Created, CreatedBy: &b.CreatedBy, Updated: &b.Updated, Standings: []BudgetStanding{},
	}
	if b.Notify != "" {
		out.Notify = &b.Notify
	}
	for _, percent := range b.Thresholds {
		out.Thresholds = append(out.Thresholds, int32(percent))
	}
	if b.Covers.Each {
		values := int64(len(standings))
		out.Values = &values
	}
	for i := range standings[:min(len(standings), maxStandings)] {
		out.Standings = append(out.Standings, describeStanding(b, &standings[i]))
	}
	return out
}

func describeStanding(b *identity.Budget, s *ledger.Standing) BudgetStanding {
	settled, reserved, percent := b.Limit.Unit.Text(s.Settled), b.Limit.Unit.Text(s.Reserved), int64(s.Percent())
	out := BudgetStanding{Settled: &settled, Reserved: &reserved, Percent: &percent, Closed: &s.Closed, Resets: instant(s.Resets)}
	if s.Elsewhere > 0 {
		elsewhere := b.Limit.Unit.Text(s.Elsewhere)
		out.Elsewhere = &elsewhere
	}
	if b.Covers.Each {
		out.Value = &s.Value
	}
	return out
}

func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func pageSize(text string) (int, error) {
	if text == "" {
		return maxBudgetPage, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > maxBudgetPage {
		return 0, awserr.Validation("maxResults is 1 to %d, not %q.", maxBudgetPage, text)
	}
	return n, nil
}
