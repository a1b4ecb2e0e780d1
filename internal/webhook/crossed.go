package webhook

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"

	"hardpan/internal/identity"
	"hardpan/internal/ledger"
	"hardpan/internal/store"
	"hardpan/internal/usage"
)

// Event is what a webhook is told, as JSON. Amounts have their unit in the text
// and are exact, as "25.00USD".
type Event struct {
	ID      string    `json:"id"`   // of what it is about: a repetition has the same
	Type    string    `json:"type"` // "budget.threshold"
	Time    time.Time `json:"time"`
	Account string    `json:"account"`
	Budget  string    `json:"budget"` // name
	ARN     string    `json:"arn"`
	Scope   string    `json:"scope"`
	Value   *string   `json:"value,omitempty"` // of a limit for each value
	Action  string    `json:"action"`          // block or notify

	Threshold int    `json:"threshold"` // percent of the limit
	Refused   bool   `json:"refused"`   // a call was refused, for want of room
	Limit     string `json:"limit"`
	Period    string `json:"period"`
	Settled   string `json:"settled"`
	Reserved  string `json:"reserved"` // by calls under way

	Resets *time.Time `json:"resets,omitempty"` // when room comes free at the latest
}

// Crossed implements [ledger.Notifier]: it returns at once. The same budget,
// value, window and percent is told once. With too much on the way already, it
// is logged only.
func (o *Outbox) Crossed(c ledger.Crossing) {
	snapshot := o.opt.Budgets(c.Account)
	if snapshot == nil {
		return
	}
	b, ok := snapshot.BudgetByID(c.Budget)
	if !ok {
		return // deleted just now
	}
	o.opt.Log.Info("a budget has reached a threshold", "account", c.Account, "budget", b.Name, "covers", c.Covers(),
		"percent", c.Percent, "settled", c.Limit.Unit.Text(c.Settled), "limit", c.Limit.String(), "refused", c.Refused)
	if b.Notify == "" {
		return
	}
	d, err := delivery(b, &c)
	if err != nil || !o.put(d) {
		o.opt.Log.Error("a webhook is not told of a threshold: too much is waiting for the database", "webhook", b.Notify, "budget", b.Name, "error", err)
	}
}

func (o *Outbox) put(d *store.Delivery) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, there := o.waiting[d.ID]; !there && len(o.waiting) >= maxWaiting {
		return false
	}
	o.waiting[d.ID] = d
	select {
	case o.wake <- struct{}{}:
	default: // it is awake already
	}
	return true
}

func delivery(b *identity.Budget, c *ledger.Crossing) (*store.Delivery, error) {
	window, expires := window(c)
	e := Event{
		ID: eventID(c, window), Type: "budget.threshold", Time: c.At.UTC(), Account: c.Account, Budget: b.Name, ARN: b.ARN(),
		Scope: b.Covers.String(), Action: string(b.Action), Threshold: c.Percent, Refused: c.Refused,
		Limit: c.Limit.String(), Period: c.Period.String(),
		Settled: c.Limit.Unit.Text(c.Settled), Reserved: c.Limit.Unit.Text(c.Reserved),
	}
	if b.Covers.Each {
		e.Value = &c.Value
	}
	if !c.Resets.IsZero() {
		resets := c.Resets.UTC()
		e.Resets = &resets
	}
	body, err := json.Marshal(e)
	return &store.Delivery{ID: e.ID, Account: c.Account, Webhook: b.Notify, Body: string(body), Created: c.At, Expires: expires}, err
}

// oldest is for how long it is remembered that a total was told of.
const oldest = 400 * 24 * time.Hour

// window is the span in which a threshold is told of once, and when that is
// over. A rolling period, which has no windows of its own, is cut into spans of
// its length.
func window(c *ledger.Crossing) (start, expires time.Time) {
	switch c.Period.Kind {
	case usage.Total:
		return c.Start, c.At.Add(oldest)
	case usage.Rolling:
		start = c.At.UTC().Truncate(c.Period.Length)
		return start, start.Add(2 * c.Period.Length)
	}
	return c.Start, c.Period.Expires(c.Start).Add(time.Hour) // an hour, since clocks differ
}

func eventID(c *ledger.Crossing, window time.Time) string {
	hash := sha256.New()
	for _, part := range []string{c.Account, c.Budget, c.Value, strconv.FormatInt(window.Unix(), 10), strconv.Itoa(c.Percent), c.Limit.String()} {
		_, _ = hash.Write(strconv.AppendInt(nil, int64(len(part)), 10)) // never fails
		_, _ = hash.Write([]byte(":" + part))
	}
	return "n-" + hex.EncodeToString(hash.Sum(nil)[:16])
}
