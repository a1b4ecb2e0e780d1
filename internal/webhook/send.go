package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"hardpan/internal/store"
	"hardpan/internal/token"
)

// The headers of what is sent.
const (
	SignatureHeader = "X-Hardpan-Signature" // t=UNIX-SECONDS,v1=HEX
	DeliveryHeader  = "X-Hardpan-Delivery"  // the event's id; the same in each attempt
	AttemptHeader   = "X-Hardpan-Attempt"   // from 1
)

// Sign is the value of [SignatureHeader]: an HMAC-SHA256 over the time in
// seconds since 1970, a dot, and the body. Whoever receives it reckons the same
// with the secret, compares in constant time, and refuses what is older than
// some minutes, so that nobody can play it again.
func Sign(secret token.Secret, at time.Time, body string) string {
	seconds := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret.Reveal()))
	_, _ = mac.Write([]byte(seconds + "." + body)) // never fails
	return "t=" + seconds + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

type client struct{ *http.Client }

// newClient follows no redirect: where a webhook leads is in the configuration.
func newClient() client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxConnsPerHost, transport.MaxIdleConnsPerHost = atOnce, 1
	return client{&http.Client{
		Transport: transport, Timeout: sendTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// send takes what is due and sends it; it returns how much that was.
func (o *Outbox) send(ctx context.Context) (int, error) {
	list, err := o.opt.DB.TakeDeliveries(ctx, o.opt.Now(), leaseTime, taken)
	if err != nil {
		return 0, err
	}
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i := range list {
		group.Go(func() error { return o.deliver(ctx, &list[i]) })
	}
	return len(list), group.Wait()
}

func (o *Outbox) deliver(ctx context.Context, d *store.Delivery) error {
	cause := o.post(ctx, d)
	// The outcome is noted even if the server is told to stop just now.
	noting, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTime)
	defer cancel()
	switch {
	case cause == nil:
		return o.opt.DB.EndDelivery(noting, d.ID, "")
	case ctx.Err() != nil: // nobody's fault: whoever starts next tries
		return o.opt.DB.RetryDelivery(noting, d.ID, o.opt.Now(), "the server was stopped")
	case d.Attempts >= MaxAttempts:
		o.opt.Log.Error("a webhook is given up", "webhook", d.Webhook, "event", d.ID, "attempts", d.Attempts, "error", cause)
		return o.opt.DB.EndDelivery(noting, d.ID, cause.Error())
	}
	o.opt.Log.Warn("a webhook did not take an event; it is tried again", "webhook", d.Webhook, "event", d.ID, "attempt", d.Attempts, "error", cause)
	return o.opt.DB.RetryDelivery(noting, d.ID, o.opt.Now().Add(pause(d.Attempts)), cause.Error())
}

// pause is how long to wait after so many attempts.
func pause(attempts int) time.Duration {
	wait := firstWait
	for range attempts - 1 {
		wait = min(2*wait, maxWait)
	}
	return wait
}

var errNoTarget = errors.New("hardpan.yaml has no webhook of this name any more")

func (o *Outbox) post(ctx context.Context, d *store.Delivery) error {
	target, ok := o.opt.Targets[d.Webhook]
	if !ok {
		return errNoTarget
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target.URL, strings.NewReader(d.Body))
	if err != nil {
		return errors.New("its URL cannot be asked")
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "hardpan")
	request.Header.Set(SignatureHeader, Sign(target.Secret, o.opt.Now(), d.Body))
	request.Header.Set(DeliveryHeader, d.ID)
	request.Header.Set(AttemptHeader, strconv.Itoa(d.Attempts))
	response, err := o.client.Do(request)
	if err != nil {
		return errors.New("it cannot be reached: " + reason(err))
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10)) // so that the connection can be used again
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("it answered %s", response.Status)
	}
	return nil
}

// reason leaves the URL out of an error: it may be a secret.
func reason(err error) string {
	var e *url.Error
	if errors.As(err, &e) {
		err = e.Err
	}
	return err.Error()
}
