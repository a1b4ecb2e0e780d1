// Package upstream speaks HTTP to a model server that is not Amazon Bedrock:
// one connection pool a server, a bounded number of retries before the first
// byte, server-sent events, and the Bedrock error that each failure becomes.
//
// It knows connections, time limits, status codes and the shape in which model
// servers tell errors. It must not know conversations: bodies are bytes here,
// and a [Decoder] makes of each event what the client gets.
//
// The rule: whatever goes wrong, the caller never sees where the backend is or
// with what key it is asked, and never takes Hardpan's own trouble with the
// backend for a denial of their own.
package upstream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"hardpan/internal/awserr"
	"hardpan/internal/token"
)

// Config describes one server.
type Config struct {
	Name    string // the backend's, as operators and error messages call it
	BaseURL string // http(s)://host[:port][/path]

	// Key is what Authorize sends; it is known here to be kept out of errors.
	Key       token.Secret
	Authorize func(h http.Header)

	// FirstByte bounds the wait for the head of an answer, Idle that for each
	// further piece of it. 0 means the defaults.
	FirstByte, Idle time.Duration

	// Log gets the cause of each failure that the caller is not told and whose
	// status would not tell the door to log it. nil: nobody does.
	Log *slog.Logger

	// Backoff is the first wait before a retry; it doubles. 0 means 200 ms.
	Backoff time.Duration
}

// Defaults of Config. A model may think for minutes before its first byte.
const (
	DefaultFirstByte = 15 * time.Minute
	DefaultIdle      = 5 * time.Minute
	defaultBackoff   = 200 * time.Millisecond
)

// Client asks one server. It is safe for concurrent use.
type Client struct {
	cfg       Config
	base      *url.URL
	transport *http.Transport
	budget    budget
}

// New makes a client. It connects on the first call.
func New(cfg Config) (*Client, error) {
	if cfg.Name == "" {
		return nil, errors.New("a model backend needs a name")
	}
	base, err := url.Parse(strings.TrimRight(cfg.BaseURL, "/"))
	if err != nil {
		return nil, fmt.Errorf("backend %q: base URL: %w", cfg.Name, err)
	}
	if base.Host == "" || base.Scheme != "https" && base.Scheme != "http" || base.RawQuery != "" || base.User != nil || base.Fragment != "" {
		return nil, fmt.Errorf("backend %q: base URL %q must be http(s)://host[:port][/path]", cfg.Name, base.Redacted())
	}
	if cfg.FirstByte == 0 {
		cfg.FirstByte = DefaultFirstByte
	}
	if cfg.Idle == 0 {
		cfg.Idle = DefaultIdle
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Backoff == 0 {
		cfg.Backoff = defaultBackoff
	}
	return &Client{cfg: cfg, base: base, transport: newTransport(cfg.FirstByte), budget: budget{left: fullBudget}}, nil
}

// Name returns the backend's name.
func (c *Client) Name() string { return c.cfg.Name }

// Close drops idle connections.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Request is what to ask: a JSON body for a path below the base URL.
type Request struct {
	Path   string // with a slash at its beginning
	Header http.Header
	Body   []byte
	Stream bool // the answer is a stream of server-sent events, else a JSON value
}

// Response is an answer with status 200 and the media type that was asked for.
type Response struct {
	Header http.Header
	body   *Body
}

// Post sends a request and returns when the head of the answer is there; ctx
// ends the whole exchange, the reading of the body included. An error is an
// [awserr.Error]. What surely did not start (no connection, 429, 503, 529) is
// tried again, at most twice and within a budget of retries for all calls.
func (c *Client) Post(ctx context.Context, r *Request) (*Response, error) {
	c.budget.deposit()
	for attempt := 0; ; attempt++ {
		resp, failed := c.once(ctx, r)
		if failed == nil {
			return resp, nil
		}
		if !failed.again || attempt == maxRetries || !c.budget.withdraw() || !pause(ctx, max(failed.after, c.backoff(attempt))) {
			return nil, c.told(failed.err)
		}
	}
}

// maxRetries is how often one call is tried again.
const maxRetries = 2

// backoff is a random part of a wait that doubles, so that calls that failed
// together do not come back together.
func (c *Client) backoff(attempt int) time.Duration {
	whole := c.cfg.Backoff << attempt
	return whole/2 + rand.N(whole/2+1)
}

// pause waits, and reports whether ctx still wants the call.
func pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

func (c *Client) once(ctx context.Context, r *Request) (*Response, *failure) {
	ctx, cancel := context.WithCancelCause(ctx)
	resp, err := c.transport.RoundTrip(c.request(ctx, r)) //nolint:bodyclose // Body closes it
	if err != nil {
		cancel(nil)
		return nil, c.unreachable(err)
	}
	body := NewBody(resp.Body, cancel, c.cfg.Idle)
	if failed := c.refused(resp, body, r.Stream); failed != nil {
		body.Close()
		return nil, failed
	}
	return &Response{Header: resp.Header, body: body}, nil
}

func (c *Client) request(ctx context.Context, r *Request) *http.Request {
	u := *c.base
	u.Path += r.Path
	if u.RawPath != "" {
		u.RawPath += r.Path
	}
	header := make(http.Header, 8)
	for name, values := range r.Header {
		header[name] = values
	}
	header["Content-Type"] = jsonType
	header["User-Agent"] = userAgent
	header["Accept"] = jsonType
	if r.Stream {
		header["Accept"] = eventType
	}
	if c.cfg.Authorize != nil {
		c.cfg.Authorize(header)
	}
	req := &http.Request{
		Method: http.MethodPost, URL: &u, Host: u.Host, Header: header, ContentLength: int64(len(r.Body)),
		Body: io.NopCloser(bytes.NewReader(r.Body)),
		// For a kept connection that turns out to be closed: nothing was sent then.
		GetBody: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(r.Body)), nil },
	}
	return req.WithContext(ctx)
}

var (
	jsonType  = []string{"application/json"}
	eventType = []string{"text/event-stream"}
	userAgent = []string{"hardpan"}
)

// maxWhole bounds an answer that is not a stream, in bytes: far above what a
// model says, and the limit of a frame of Bedrock's streams.
const maxWhole = 16 << 20

// ReadAll reads an answer that is not a stream. A cut, stalled or flooding one
// is an [awserr.Error].
func (c *Client) ReadAll(r *Response) ([]byte, error) {
	defer r.body.Close()
	b, err := io.ReadAll(io.LimitReader(r.body, maxWhole+1))
	switch {
	case err != nil && r.body.Stalled():
		return nil, c.told(c.late(ErrIdle))
	case errors.Is(err, context.Canceled):
		return nil, c.canceled(err)
	case err != nil:
		return nil, c.Malformed(fmt.Errorf("reading the answer: %w", err))
	case len(b) > maxWhole:
		return nil, c.Malformed(fmt.Errorf("the answer is larger than %d bytes", maxWhole))
	}
	return b, nil
}

// Malformed is the error for an answer that does not say what it has to say.
func (c *Client) Malformed(cause error) *awserr.Error { return c.told(c.broken(cause)) }

// told logs a failure whose cause would be lost, and returns it. The door logs
// those with a status from 500 on; what is wrong with a request is the caller's
// own matter.
func (c *Client) told(e *awserr.Error) *awserr.Error {
	switch e.Status {
	case http.StatusTooManyRequests, http.StatusFailedDependency, http.StatusRequestTimeout:
		c.log(e)
	}
	return e
}

func (c *Client) log(e *awserr.Error) {
	c.cfg.Log.Warn("a model backend failed", "backend", c.cfg.Name, "error", e)
}
