// Package ledger says how a model call is paid for: an upper bound is reserved
// before the call is forwarded, what it really used is settled after it, and
// what was never used is released.
//
// It will know budgets, prices and what every scope has reserved and settled,
// and it will keep settled + reserved within each limit. It must not know
// policies, wire formats or backends.
//
// Nothing is metered or limited yet: [Unmetered] is the only implementation.
// The door already calls it in the right places, so that no call can be
// forwarded around the ledger later.
package ledger

import (
	"context"

	"hardpan/internal/usage"
)

// Ledger admits model calls against budgets. Implementations are safe for
// concurrent use.
type Ledger interface {
	// Reserve sets aside the most that the call may cost. It returns an
	// *awserr.Error when a budget cannot bear it; nothing is reserved then. r is
	// not kept after the return.
	Reserve(ctx context.Context, r *Request) (Reservation, error)
}

// Request is what has to be known of a call before it is forwarded.
type Request struct {
	CallID string // the id of the call event

	Partition string
	Account   string   // the account that is charged
	Region    string   // the region that is billed: the one called, not the one that answers
	Principal string   // ARN of the user or role
	Session   string   // ARN of the session, or "" without one
	Ancestors []string // ARNs of the sessions that this one was made from, nearest first; each is charged too
	Tags      []Tag    // the principal's tags, frozen at the time of the call

	Model   string // foundation-model id that will answer
	Profile string // ARN of the inference profile the call named, or ""

	// InputBound is the most input tokens the call can have: the UTF-8 bytes of
	// its body, since a token is never less than a byte.
	InputBound int64
	// OutputBound is the most output tokens the call can have: its maxTokens, or
	// the model's own limit when it names none.
	OutputBound int64
}

// Tag is one frozen principal tag.
type Tag struct{ Key, Value string }

// Reservation is what one call holds. Exactly one of Settle and Release ends
// it; what is called after the first of them does nothing.
type Reservation interface {
	// Settle charges what the call used and frees the rest. It takes no context:
	// what was used is owed, whether or not the client still listens. After an
	// error the reservation stays, so that a limit is never passed.
	Settle(t usage.Tokens, o Outcome) (Cost, error)

	// Release frees a reservation whose call was never answered by a model.
	Release()
}

// Outcome says how the call that is settled ended.
type Outcome uint8

const (
	Complete   Outcome = iota // the model's whole answer passed, and the backend said what it used
	Incomplete                // the answer was cut or the client left; the tokens are what is known
	Unreported                // the answer passed but the backend did not say what it used
)

// Cost is the price of a settled call.
type Cost struct {
	NanoUSD int64 // billionths of a US dollar; 0 unless Priced
	Priced  bool  // whether a price was known for every kind of token used
}
