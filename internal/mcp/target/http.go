package target

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"hardpan/internal/egress"
)

// maxAnswer bounds what one answer of a target may have, in bytes: AgentCore's
// limit of a tool's payload is 6 MB (from memory, Lambda's).
const maxAnswer = 6 << 20

// errFlood ends an answer that is larger.
var errFlood = errors.New("the target's answer is larger than 6 MiB")

// bounded cuts answers that are too large.
type bounded struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b *bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer.Body = &cutBody{answer.Body, maxAnswer}
	return answer, nil
}

type cutBody struct {
	io.ReadCloser
	left int64
}

func (c *cutBody) Read(b []byte) (int, error) {
	if c.left <= 0 {
		return 0, errFlood
	}
	n, err := c.ReadCloser.Read(b[:min(int64(len(b)), c.left)])
	c.left -= int64(n)
	return n, err
}

// do sends a request with the target's credentials and reads the answer whole.
// Redirects are not followed: credentials go where the operator sent them.
func (p *Pool) do(at *Place, r *http.Request) (status int, media string, body []byte, err error) {
	if err := p.authenticate(at, r); err != nil {
		return 0, "", nil, err
	}
	return p.send(r)
}

// send sends a request as it is and reads the answer whole.
func (p *Pool) send(r *http.Request) (status int, media string, body []byte, err error) {
	answer, err := p.transport.RoundTrip(r)
	if err != nil {
		return 0, "", nil, unreachable(r.Context(), r.URL, err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err = io.ReadAll(answer.Body)
	if err != nil {
		return 0, "", nil, unreachable(r.Context(), r.URL, err)
	}
	return answer.StatusCode, answer.Header.Get("Content-Type"), body, nil
}

// unreachable says what became of a request that was not answered. The address
// is the operator's and not told to callers, except in DEBUG, where the host is.
func unreachable(ctx context.Context, at *url.URL, err error) *Error {
	why := "could not be reached"
	refused, isRefused := errors.AsType[*egress.RefusedError](err)
	switch {
	case isRefused:
		why = "may not be reached: " + refused.Error()
	case errors.Is(err, errFlood):
		why = errFlood.Error()
	case errors.Is(context.Cause(ctx), context.Canceled):
		why = "was not waited for: the client took the request back"
	case ctx.Err() != nil:
		why = context.Cause(ctx).Error()
	}
	return &Error{Message: fmt.Sprintf("The target %s %s.", at.Host, strings.TrimSuffix(why, ".")), Cause: err}
}

// texted is the result of an HTTP answer: its text, and whether it is an error.
func texted(status int, media string, body []byte) *mcp.CallToolResult {
	text := string(body)
	if !utf8.Valid(body) {
		text = fmt.Sprintf("(%d bytes of %s, which is no text)", len(body), media)
	}
	result := &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: text}}}
	if status >= http.StatusBadRequest {
		result.IsError = true
		if text == "" {
			result.Content = []mcp.Content{&mcp.TextContent{Text: fmt.Sprintf("%d %s", status, http.StatusText(status))}}
		}
	}
	return result
}
