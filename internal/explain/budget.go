package explain

import (
	"fmt"
	"time"

	"hardpan/internal/usage"
)

// Budget is a budget that had no room for a call which policy allows, with its
// numbers at that moment, in the unit of the limit.
type Budget struct {
	Name, Covers string
	Period       usage.Period
	Limit        usage.Limit
	Settled      int64     // by calls that ended
	Reserved     int64     // by calls under way
	Need         int64     // what the call could have used
	Least        bool      // the budget lowers maxTokens, and Need is with an answer of one token
	Resets       time.Time // zero: never
	Closed       bool      // a backend used more than its call could
	Unpriced     bool      // the limit is in money, and the model has no price
	Shared       bool      // what is left is held by other servers
	Model        string
}

// The causes of a refusal by a budget.
const (
	CauseBudgetSpent  Cause = "budget-spent"
	CauseRateLimit    Cause = "rate-limit"
	CauseBudgetClosed Cause = "budget-closed"
	CausePriceUnknown Cause = "price-unknown"
)

// ExplainBudget explains why a budget had no room for a call. Its remedies are
// not tried: what a budget has left changes all the time.
func ExplainBudget(b Budget) *Explanation {
	cause := b.cause()
	return &Explanation{Cause: cause, Meaning: cause.Meaning(), Summary: b.summary(), Details: b.details(), Remedies: b.remedies()}
}

func (b *Budget) cause() Cause {
	switch {
	case b.Unpriced:
		return CausePriceUnknown
	case b.Closed:
		return CauseBudgetClosed
	case b.Period.Kind == usage.Minute:
		return CauseRateLimit
	}
	return CauseBudgetSpent
}

func (b *Budget) summary() string {
	text := b.Limit.Unit.Text
	switch b.cause() {
	case CausePriceUnknown:
		return fmt.Sprintf("Policy allows the call, but the budget %q limits money, and nobody knows what %s costs.", b.Name, b.Model)
	case CauseBudgetClosed:
		return fmt.Sprintf("Policy allows the call, but the budget %q is closed: a backend used more than its call could have.", b.Name)
	}
	return fmt.Sprintf("Policy allows the call, but the budget %q has no room for it: %s settled + %s reserved + %s for this call is more than %s.",
		b.Name, text(b.Settled), text(b.Reserved), text(b.Need), b.Limit)
}

func (b *Budget) details() []string {
	text := b.Limit.Unit.Text
	list := []string{
		fmt.Sprintf("The budget %q covers %s, with a limit of %s, period %s", b.Name, b.Covers, b.Limit, b.Period),
		fmt.Sprintf("Settled by calls that ended: %s (%d %% of the limit)", text(b.Settled), b.Limit.Percent(b.Settled)),
		fmt.Sprintf("Reserved by calls under way, at the most that they can use: %s", text(b.Reserved)),
		b.need(),
	}
	if b.Shared {
		list = append(list, "Other servers hold what is left; they give back what they do not use")
	}
	if b.Resets.IsZero() {
		return append(list, "It never resets")
	}
	return append(list, "It resets at "+b.Resets.UTC().Format(time.RFC3339))
}

// need says what the call needs. Where the budget lowers maxTokens itself, that
// is the smallest call that would have to fit.
func (b *Budget) need() string {
	if b.Least {
		return "What this call needs, its maxTokens lowered to 1: " + b.Limit.Unit.Text(b.Need)
	}
	return "The most that this call could have used: " + b.Limit.Unit.Text(b.Need)
}

func (b *Budget) remedies() []Remedy {
	raise := Remedy{Kind: KindAsk, Title: fmt.Sprintf("Ask whoever may change the budget (hardpan:PutBudget on it) to raise the limit of %q", b.Name)}
	wait := Remedy{Kind: KindCall, Title: "Call again after " + b.Resets.UTC().Format(time.RFC3339)}
	less := Remedy{Kind: KindCall, Title: "Make the call with a lower maxTokens: what it reserves depends on it"}
	if b.Least {
		less.Title = "Make the call with less input: the budget lowers maxTokens by itself"
	}
	switch {
	case b.Limit.Unit == usage.Requests && b.Resets.IsZero(): // maxTokens changes nothing
		return []Remedy{raise}
	case b.Limit.Unit == usage.Requests:
		return []Remedy{wait, raise}
	case b.Unpriced:
		return []Remedy{
			{Kind: KindCall, Title: "Call a model that has a price"},
			{Kind: KindAsk, Title: "Ask the operator to set a price for " + b.Model + " under prices in hardpan.yaml"},
		}
	case b.Resets.IsZero():
		return []Remedy{less, raise}
	case b.Closed:
		return []Remedy{wait, raise}
	case b.Period.Kind == usage.Minute:
		return []Remedy{wait, raise}
	}
	return []Remedy{less, wait, raise}
}
