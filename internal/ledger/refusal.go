package ledger

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"hardpan/internal/awserr"
	"hardpan/internal/identity"
	"hardpan/internal/usage"
)

// Why says why a budget has no room for a call.
type Why string

// The reasons.
const (
	Spent     Why = "budget-spent"     // settled + reserved + the call would pass the limit
	Overrun   Why = "budget-closed"    // a backend passed a bound; closed until the window is over
	Unpriced  Why = "price-unknown"    // the model has no price, and the limit is in money
	Elsewhere Why = "budget-elsewhere" // other servers hold what is left
)

// RefusalError is a call for which a budget has no room. It holds nothing of other
// accounts, and only the budget that the caller falls under.
type RefusalError struct {
	Standing
	Why   Why
	Need  int64  // what the call could have used, in the unit of the limit
	Least bool   // the budget lowers maxTokens, and Need is with an answer of one token
	Model string // that was called

	budget  *identity.Budget
	crossed []Crossing
}

// Error implements error: what happened, why, and what to do next.
func (r *RefusalError) Error() string {
	switch r.Why {
	case Unpriced:
		return fmt.Sprintf("The model %s has no price in Hardpan's price book, and the budget %q limits money, so the call cannot be admitted. "+
			"Call a model that has a price, or ask the operator to set one under prices in hardpan.yaml.", r.Model, r.Name)
	case Overrun:
		return fmt.Sprintf("The budget %q (%s) is closed: a model backend used more than its call could have, so its limit cannot be held. %s",
			r.Name, r.Covers(), r.when())
	}
	text := fmt.Sprintf("The budget %q (%s) has no room for this call: its limit is %s for %s; %s settled, %s reserved by calls under way, "+
		"and this call %s. %s",
		r.Name, r.Covers(), r.Limit, periodText(r.Period), r.Limit.Unit.Text(r.Settled), r.Limit.Unit.Text(r.Reserved), r.needs(), r.when())
	switch {
	case r.Why == Elsewhere:
		return text + " Other servers have " + r.Limit.Unit.Text(r.Elsewhere) + " of it, and give back what they do not use: try again in a minute."
	case r.Reserved > 0 && r.Limit.Unit != usage.Requests && usage.Add(r.Settled, r.Need) <= r.Limit.Amount:
		text += " There is room when calls under way have ended"
		if !r.Least {
			text += ", or for a call with a lower maxTokens"
		}
		return text + "."
	}
	return text
}

// needs says what the call needs. Where the budget lowers maxTokens itself, that
// is the smallest call that would have to fit.
func (r *RefusalError) needs() string {
	if r.Least {
		return "needs " + r.Limit.Unit.Text(r.Need) + " even if it is answered with a single token"
	}
	return "could use up to " + r.Limit.Unit.Text(r.Need)
}

func (r *RefusalError) when() string {
	if r.Resets.IsZero() {
		return "It never resets; whoever has hardpan:PutBudget can raise it."
	}
	return "It resets at " + r.Resets.UTC().Format(time.RFC3339) + "; whoever has hardpan:PutBudget can raise it."
}

func periodText(p usage.Period) string {
	switch p.Kind {
	case usage.Rolling:
		return "any " + p.Length.String()
	case usage.Total:
		return "ever"
	}
	return "a " + string(p.Kind)
}

// Rate reports whether the budget is a rate limit: a call that waits finds room.
func (r *RefusalError) Rate() bool { return r.Period.Kind == usage.Minute }

// fault is the answer to the caller. SDKs retry the one of a rate, and not that
// of a budget.
func (r *RefusalError) fault() *awserr.Error {
	if !r.Rate() || r.Why == Unpriced {
		return awserr.New("ServiceQuotaExceededException", http.StatusBadRequest, "%s", r.Error()).Because(r)
	}
	e := awserr.New("ThrottlingException", http.StatusTooManyRequests, "%s", r.Error()).Because(r)
	e.RetryAfter = strconv.Itoa(r.retryAfter())
	return e
}

// retryAfter is how many seconds it takes until there is room again.
func (r *RefusalError) retryAfter() int {
	return int(max(1, math.Ceil(r.Resets.Sub(r.At).Seconds())))
}

// AsRefusal returns the refusal that err is about, or nil.
func AsRefusal(err error) *RefusalError {
	r, _ := errors.AsType[*RefusalError](err)
	return r
}

func unavailable(message string, cause error) *awserr.Error {
	return awserr.New("ServiceUnavailableException", http.StatusServiceUnavailable, "%s", message).Because(cause)
}
