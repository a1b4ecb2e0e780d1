package ledger

import (
	"context"

	"hardpan/internal/usage"
)

// Unmetered is a [Ledger] that admits every call and counts nothing.
type Unmetered struct{}

// Reserve always admits the call.
func (Unmetered) Reserve(context.Context, *Request) (Reservation, error) { return unmetered{}, nil }

type unmetered struct{}

func (unmetered) Settle(usage.Tokens, Outcome) (Cost, error) { return Cost{}, nil }
func (unmetered) Release()                                   {}
