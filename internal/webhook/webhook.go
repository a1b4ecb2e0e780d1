// Package webhook tells other programs when a budget reaches a threshold: over
// HTTP, signed, and once.
//
// What is to be told goes into the database first, so that it survives the end
// of the process, and is sent from there by one server at a time, with pauses
// that grow, until it is taken or was tried [MaxAttempts] times. No model call
// waits for any of it.
//
// The package must not know how budgets are reckoned. Where it sends to and what
// it signs with comes from the configuration.
package webhook

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"hardpan/internal/identity"
	"hardpan/internal/store"
	"hardpan/internal/token"
)

// Target is a webhook.
type Target struct {
	URL    string
	Secret token.Secret // signs what is sent
}

// Options are what an outbox is made of; all are needed.
type Options struct {
	DB      *store.DB
	Budgets func(account string) *identity.Snapshot // nil: there is no such account
	Targets map[string]Target                       // by the name that budgets give
	Now     func() time.Time
	Log     *slog.Logger
}

// The bounds of the outbox.
const (
	MaxAttempts = 20      // some ten hours
	maxWaiting  = 10_000  // in memory, on the way to the database
	maxDue      = 100_000 // in the database
	atOnce      = 8       // deliveries under way
	taken       = 32      // from the database at a time

	sendTime  = 10 * time.Second
	leaseTime = time.Minute // more than a round of deliveries takes: taken/atOnce·sendTime
	pollEvery = 5 * time.Second
	firstWait = 5 * time.Second // before the second attempt; then twice as long each time
	maxWait   = time.Hour
)

// Outbox takes what is to be told, and tells it. It is safe for concurrent use.
type Outbox struct {
	opt    Options
	client client
	wake   chan struct{}

	mu      sync.Mutex
	waiting map[string]*store.Delivery // by id
}

// New makes an outbox. Nothing is told until [Outbox.Run] runs.
func New(opt Options) *Outbox {
	return &Outbox{opt: opt, client: newClient(), wake: make(chan struct{}, 1), waiting: map[string]*store.Delivery{}}
}

// Run tells what there is to tell until ctx ends. What was heard of before then
// is in the database when it returns.
func (o *Outbox) Run(ctx context.Context) {
	defer o.client.CloseIdleConnections()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		if err := o.Round(ctx); err != nil && ctx.Err() == nil {
			o.opt.Log.Warn("webhooks have to wait", "error", err)
		}
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTime)
			defer cancel()
			if err := o.keep(last); err != nil {
				o.opt.Log.Error("what webhooks should be told of is lost, and told at the next call that is charged", "error", err)
			}
			return
		case <-o.wake:
		case <-tick.C:
		}
	}
}

// Round stores what was heard of, sends what is due, and forgets what is long
// done.
func (o *Outbox) Round(ctx context.Context) error {
	if err := o.keep(ctx); err != nil {
		return err
	}
	for {
		n, err := o.send(ctx)
		if err != nil {
			return err
		}
		if n < taken {
			return o.opt.DB.ForgetDeliveries(ctx, o.opt.Now())
		}
	}
}

// keep moves what waits into the database.
func (o *Outbox) keep(ctx context.Context) error {
	o.mu.Lock()
	waiting := o.waiting
	o.waiting = map[string]*store.Delivery{}
	o.mu.Unlock()
	for id, d := range waiting {
		if _, err := o.opt.DB.AddDelivery(ctx, d, maxDue); err != nil {
			o.back(waiting)
			return err
		}
		delete(waiting, id)
	}
	return nil
}

// back puts deliveries back that could not be stored.
func (o *Outbox) back(list map[string]*store.Delivery) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for id, d := range list {
		o.waiting[id] = d
	}
}
