package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	"github.com/spf13/cobra"
)

// The exit codes.
const (
	exitFailed = 1
	exitUsage  = 2
)

// fault is an error with a word of advice: what happened and why, then what to
// do next.
type fault struct {
	cause error
	next  string
	code  int // the exit code
}

func (f *fault) Error() string { return f.cause.Error() }
func (f *fault) Unwrap() error { return f.cause }

// failed makes the fault of something that went wrong.
func failed(next, format string, args ...any) error {
	return &fault{cause: fmt.Errorf(format, args...), next: next, code: exitFailed}
}

// usage makes the fault of a command that was called wrongly.
func usage(cmd *cobra.Command, format string, args ...any) error {
	return &fault{cause: fmt.Errorf(format, args...), next: "see " + cmd.CommandPath() + " --help", code: exitUsage}
}

// report prints err and returns the exit code.
func (p *program) report(err error) int {
	st := p.stylesFor(p.err)
	code, next := exitFailed, ""
	if f, ok := errors.AsType[*fault](err); ok {
		code, next = f.code, f.next
	}
	st.printf("%s %s\n", st.bad.Render("hardpan:"), lowerFirst(err.Error()))
	if next != "" {
		st.printf("  %s %s\n", st.faint.Render("next:"), strings.ReplaceAll(next, "\n", "\n        "))
	}
	return code
}

// lowerFirst writes the first letter small, as errors are, but leaves names
// that begin with several capitals alone.
func lowerFirst(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	second, _ := utf8.DecodeRuneInString(text[size:])
	if unicode.IsUpper(second) {
		return text
	}
	return string(unicode.ToLower(first)) + text[size:]
}

// decisionHeader names the record that explains a denial.
const decisionHeader = "X-Hardpan-Decision-Id"

// refusal is what a server said no with.
type refusal struct {
	status   int
	code     string // AWS's error code
	message  string
	decision string // id of the decision record, or ""
}

func (r *refusal) Error() string {
	if r.code == "" {
		return r.message
	}
	return r.code + ": " + r.message
}

// refused returns the server's answer that err, an SDK's error, stands for.
func refused(err error) (*refusal, bool) {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r, true
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		return nil, false
	}
	r := &refusal{code: api.ErrorCode(), message: api.ErrorMessage()}
	if http, ok := errors.AsType[*awshttp.ResponseError](err); ok && http.Response != nil {
		r.status, r.decision = http.HTTPStatusCode(), http.Response.Header.Get(decisionHeader)
	}
	return r, true
}

// explain turns what a call came to into what a person needs: doing says what
// was being done.
func (c *client) explain(doing string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fault](err); ok {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if r, ok := refused(err); ok {
		return failed(c.advice(r), "%s: %w", doing, r)
	}
	if network, ok := errors.AsType[*net.OpError](err); ok && network.Op == "dial" {
		return failed("start one with: hardpan serve\nor name another with --endpoint or HARDPAN_ENDPOINT",
			"%s: no server answers at %s (from %s): %w", doing, c.endpoint, c.endpointFrom, network.Err)
	}
	if web, ok := errors.AsType[*url.Error](err); ok {
		err = web.Err
	}
	return failed("see what the server at the other end is: curl "+c.endpoint+"/healthz", "%s at %s: %w", doing, c.endpoint, err)
}

// advice says what to do about a refusal.
func (c *client) advice(r *refusal) string {
	switch {
	case r.status == 403 && r.decision != "":
		return "hardpan why " + r.decision
	case r.status == 403:
		return "the credentials are from " + c.credentialsFrom + ": do they belong to the server at " + c.endpoint + "?"
	case r.status >= 500 && r.status != 501: // 501 says itself what to read
		return "look into the log of the server at " + c.endpoint
	}
	return ""
}
