package upstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"hardpan/internal/awserr"
)

// failure is a call that brought no answer: what the caller is told, and
// whether and when the same may be asked again.
type failure struct {
	err   *awserr.Error
	again bool
	after time.Duration // at least
}

// maxRetryAfter is the longest Retry-After that is waited for here. A longer
// one is the caller's to wait for.
const maxRetryAfter = 2 * time.Second

// unreachable turns a failure without an answer into what the caller sees: the
// backend's name, and nothing of where it is.
func (c *Client) unreachable(err error) *failure {
	var op *net.OpError
	dialing := errors.As(err, &op) && op.Op == "dial"
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return &failure{err: c.canceled(err)}
	case !dialing && errors.As(err, &timeout) && timeout.Timeout():
		return &failure{err: c.late(err)}
	}
	return &failure{again: dialing, err: c.unavailable("The model backend %q cannot be reached. Try again later; its operator finds the cause in the log.", err)}
}

func (c *Client) canceled(err error) *awserr.Error {
	return c.unavailable("The call was canceled before the model backend %q answered.", err)
}

func (c *Client) late(err error) *awserr.Error {
	return awserr.New("ModelTimeoutException", http.StatusRequestTimeout,
		"The model backend %q did not answer in time. Try again later or with a smaller request.", c.cfg.Name).Because(err)
}

func (c *Client) unavailable(format string, cause error) *awserr.Error {
	return awserr.New("ServiceUnavailableException", http.StatusServiceUnavailable, format, c.cfg.Name).Because(cause)
}

// broken is an answer that is none.
func (c *Client) broken(cause error) *awserr.Error {
	return awserr.New("ModelErrorException", http.StatusFailedDependency,
		"The model backend %q answered in a way that cannot be understood. Its operator finds the cause in the log.", c.cfg.Name).Because(cause)
}

// refused looks at the head of an answer, and at the body of one that is an error.
func (c *Client) refused(resp *http.Response, body io.Reader, stream bool) *failure {
	switch {
	case resp.StatusCode/100 == 3 || resp.StatusCode < 200:
		cause := fmt.Errorf("status %s, a redirect to %q is not followed", resp.Status, resp.Header.Get("Location"))
		return &failure{err: c.unavailable("The model backend %q did not answer as a model server does. Its operator finds the cause in the log.", cause)}
	case resp.StatusCode != http.StatusOK:
		text, _ := io.ReadAll(io.LimitReader(body, maxErrorBody))
		return c.status(resp, ParseReport(text))
	}
	want := jsonType[0]
	if stream {
		want = eventType[0]
	}
	if media, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type")); err != nil || media != want {
		return &failure{err: c.broken(fmt.Errorf("its content type is %.100q, not %s", resp.Header.Get("Content-Type"), want))}
	}
	return nil
}

// status maps an error status to Bedrock's exceptions. What a server says about
// a request is the caller's to know; what it says about Hardpan's key, quota or
// health is the operator's.
func (c *Client) status(resp *http.Response, r Report) *failure {
	said := fmt.Errorf("status %d: %s", resp.StatusCode, c.clean(r.String()))
	switch code := resp.StatusCode; {
	case code == http.StatusUnauthorized || code == http.StatusForbidden || code == http.StatusPaymentRequired || r.isQuota():
		// The server's own words may hold a part of the key.
		said = fmt.Errorf("status %d: the server refuses the backend's key or account (%s)", code, c.clean(r.Type+" "+r.Code))
		return &failure{err: c.unavailable("The model backend %q does not let Hardpan in at the moment. This is no denial of your call; the operator of Hardpan finds the cause in the log.", said)}
	case code == http.StatusTooManyRequests:
		e := awserr.New("ThrottlingException", code, "Too many requests for the model backend %q, please wait before trying again.", c.cfg.Name)
		return c.retriable(e.Because(said), resp.Header)
	case code == http.StatusServiceUnavailable || code == statusOverloaded:
		return c.retriable(c.unavailable("The model backend %q is overloaded or unavailable. Try again later.", said), resp.Header)
	case code == http.StatusRequestTimeout || code == http.StatusGatewayTimeout:
		return &failure{err: c.late(said)}
	case code == http.StatusNotFound:
		return &failure{err: awserr.NotFound("The model backend %q does not have what it was asked for: %s", c.cfg.Name, c.clean(r.text())).Because(said)}
	case code >= 500:
		return &failure{err: awserr.New("ModelErrorException", http.StatusFailedDependency,
			"The model backend %q failed with status %d. Try again later.", c.cfg.Name, code).Because(said)}
	}
	return &failure{err: awserr.Validation("The model returned the following errors: %s", c.clean(r.text())).Because(said)}
}

// statusOverloaded is Anthropic's "overloaded".
const statusOverloaded = 529

// retriable keeps Retry-After, for here if it is short and else for the caller.
func (c *Client) retriable(e *awserr.Error, h http.Header) *failure {
	f := &failure{err: e, again: true}
	text := h.Get("Retry-After")
	if text == "" {
		return f
	}
	seconds, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		if at, dateErr := http.ParseTime(text); dateErr == nil {
			seconds, err = uint64(max(0, time.Until(at)/time.Second)), nil
		}
	}
	if err != nil {
		return f // not a value of the header; it goes no further
	}
	e.RetryAfter = strconv.FormatUint(seconds, 10)
	f.after = time.Duration(seconds) * time.Second
	f.again = f.after <= maxRetryAfter
	return f
}

const (
	maxErrorBody = 64 << 10 // bytes
	maxSaid      = 1000     // bytes
)

// clean makes a server's text fit to be shown: without the key, control
// characters, or an end that never comes.
func (c *Client) clean(text string) string {
	if key := c.cfg.Key.Reveal(); key != "" {
		text = strings.ReplaceAll(text, key, "[redacted]")
	}
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if len(text) > maxSaid {
		text = strings.ToValidUTF8(text[:maxSaid], "") + "…"
	}
	return strings.TrimSpace(text)
}

// Report is what a model server says about an error, in its body or within a
// stream: {"error": {"type", "code", "message"}}, or one of the shapes that
// other servers have for it.
type Report struct{ Type, Code, Message string }

// ParseReport reads an error's JSON. What has none of the known shapes is empty.
func ParseReport(body []byte) Report {
	type fields struct {
		Type    string          `json:"type"`
		Code    json.RawMessage `json:"code"` // a string or a number
		Message string          `json:"message"`
	}
	var outer struct {
		fields
		Error  json.RawMessage `json:"error"`
		Detail json.RawMessage `json:"detail"`
	}
	if json.Unmarshal(body, &outer) != nil {
		return Report{}
	}
	f := outer.fields
	if json.Unmarshal(outer.Error, &f) != nil {
		_ = json.Unmarshal(outer.Error, &f.Message) // {"error": "text"}
	}
	if f.Message == "" {
		f.Message = string(outer.Detail)
	}
	return Report{Type: f.Type, Code: strings.Trim(string(f.Code), `"`), Message: f.Message}
}

// String is for operators.
func (r Report) String() string { return strings.TrimSpace(r.Type + " " + r.Code + " " + r.Message) }

// text is for callers.
func (r Report) text() string {
	if r.Message == "" {
		return "no reason was given"
	}
	return r.Message
}

// isQuota tells a spent account from a busy one: both are a 429 at OpenAI.
func (r Report) isQuota() bool {
	return r.Type == "insufficient_quota" || r.Code == "insufficient_quota"
}

// Streamed is the exception that ends a stream in which the server reported an
// error after its 200.
func (c *Client) Streamed(r Report) *awserr.Error {
	said := fmt.Errorf("error within the stream: %s", c.clean(r.String()))
	switch {
	case r.isQuota() || r.Type == "authentication_error" || r.Type == "permission_error" || r.Type == "billing_error":
		return c.unavailable("The model backend %q does not let Hardpan in at the moment. This is no denial of your call; the operator of Hardpan finds the cause in the log.",
			fmt.Errorf("error within the stream: %s", c.clean(r.Type+" "+r.Code)))
	case r.Type == "rate_limit_error" || r.Type == "rate_limit_exceeded" || r.Code == "429":
		return awserr.New("ThrottlingException", http.StatusTooManyRequests,
			"Too many requests for the model backend %q, please wait before trying again.", c.cfg.Name).Because(said)
	case r.Type == "overloaded_error" || r.Code == "503" || r.Code == "529":
		return c.unavailable("The model backend %q is overloaded or unavailable. Try again later.", said)
	case r.Type == "invalid_request_error":
		return awserr.Validation("The model returned the following errors: %s", c.clean(r.text())).Because(said)
	}
	return awserr.New("ModelStreamErrorException", http.StatusFailedDependency,
		"The model backend %q failed within the stream. Try again later.", c.cfg.Name).Because(said)
}
