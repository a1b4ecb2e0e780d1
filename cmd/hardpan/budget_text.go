package main

import (
	"fmt"
	"strings"
	"time"

	money "hardpan/internal/usage"
)

// describeBudget prints what a budget says.
func (s *styles) describeBudget(b *budget) {
	s.field("covers", shown(b.Scope))
	s.field("limit", b.Limit+" "+perPeriod(b.Period))
	action := b.Action
	if b.Clamp {
		action += ", maxTokens lowered to what is left"
	}
	s.field("action", action)
	if b.Notify != "" {
		var at []string
		for _, percent := range b.Thresholds {
			at = append(at, fmt.Sprintf("%d %%", percent))
		}
		s.field("tells", b.Notify+" at "+strings.Join(at, ", "))
	}
}

func perPeriod(period string) string {
	kind, length, _ := strings.Cut(period, ":")
	switch kind {
	case "total":
		return "in total"
	case "rolling":
		return "in any " + length
	}
	return "a " + kind
}

const barWidth = 20

// bar shows how much of a limit is used up by what is settled here or elsewhere,
// and by what is reserved beside it.
func (s *styles) bar(limit string, st *standing) string {
	whole, err := money.ParseLimit(limit)
	settled, reserved := money.Add(amount(st.Settled), amount(st.Elsewhere)), amount(st.Reserved)
	if err != nil {
		return strings.Repeat("·", barWidth)
	}
	full := cells(whole, settled)
	held := cells(whole, money.Add(settled, reserved)) - full
	style := s.good
	if st.Percent >= 80 || st.Closed {
		style = s.bad
	}
	return style.Render(strings.Repeat("█", full)) + s.faint.Render(strings.Repeat("▒", held)+strings.Repeat("░", barWidth-full-held))
}

// cells is how much of the bar an amount fills; what is not nothing shows.
func cells(limit money.Limit, amount int64) int {
	n := limit.Percent(amount) * barWidth / 100
	if n == 0 && amount > 0 {
		n = 1
	}
	return min(n, barWidth)
}

// settled is what was charged by the server that was asked, and what others have.
func (st *standing) settled() string {
	if st.Elsewhere == "" {
		return st.Settled
	}
	return st.Settled + " + " + st.Elsewhere
}

// amount reads an amount with its unit; what cannot be read counts as nothing.
func amount(text string) int64 {
	limit, err := money.ParseLimit(text)
	if err != nil { // 0 is no limit, but an amount
		return 0
	}
	return limit.Amount
}

// resets says when room comes free.
func resets(at time.Time) string {
	if at.IsZero() {
		return "never"
	}
	return at.UTC().Format("2006-01-02 15:04 UTC")
}
