package identity

import (
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"hardpan/internal/usage"
)

// Budget limits what the calls that it covers may use in a period.
type Budget struct {
	Scope
	ID         string      // "b-" and 17 characters, unique in the account
	Name       string      // unique in the account, without regard to case
	Covers     usage.Scope // the calls that are charged to it
	Limit      usage.Limit
	Period     usage.Period
	Action     BudgetAction
	Clamp      bool   // lower maxTokens to what is left rather than refuse
	Thresholds []int  // percent of the limit at which to tell, rising
	Notify     string // name of the webhook that is told, or empty
	Created    time.Time
	CreatedBy  string // ARN of who made it
	Updated    time.Time
}

// BudgetAction is what a budget does to a call for which there is no room.
type BudgetAction string

// The actions.
const (
	Block  BudgetAction = "block"  // refuse it
	Notify BudgetAction = "notify" // let it pass; tell of thresholds only
)

// NewBudgetID makes an id "b-…" with 85 random bits.
func NewBudgetID() string { return "b-" + strings.ToLower(rand.Text()[:17]) }

// Ref implements [Entity].
func (b *Budget) Ref() Ref { return Ref{KindBudget, b.Account, b.ID} }

// ARN is arn:PARTITION:hardpan::ACCOUNT:budget/NAME, in Hardpan's own namespace.
func (b *Budget) ARN() string { return b.BudgetARN(b.Name) }

// BudgetARN is the ARN of a budget of this name.
func (s Scope) BudgetARN(name string) string {
	return "arn:" + s.Partition + ":hardpan::" + s.Account + ":budget/" + name
}

// Instance is how an event names the budget that a call was charged to: the
// budget's id, and the value for one that has a limit for each.
func (b *Budget) Instance(value string) string {
	if !b.Covers.Each {
		return b.ID
	}
	return b.ID + "=" + value
}

// Canonical implements [Entity].
func (b *Budget) Canonical() Entity {
	c := *b
	c.Created, c.Updated = instant(c.Created), instant(c.Updated)
	c.Thresholds = slices.Compact(slices.Sorted(slices.Values(c.Thresholds)))
	return &c
}
