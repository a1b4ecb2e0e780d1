// Package golden holds the wire codecs against AWS's own client: it reads the
// golden files that the SDK modules ship, in place, fills SDK structs with
// values, and lends the SDK's clients a transport that goes nowhere.
//
// It is imported by tests only.
package golden

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"
)

// Request is a golden request: what the SDK sends for an input in which every
// member is set.
type Request struct {
	Operation string
	Method    string
	Path      string // escaped
	Query     url.Values
	Header    http.Header
	Body      []byte
}

// Response is a golden response.
type Response struct {
	Operation string // or the name of an exception
	Status    int
	Header    http.Header
	Body      []byte
}

// moduleDir returns where the module cache has the SDK's service module.
func moduleDir(t *testing.T, service string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-sdk-go-v2/service/"+service).Output()
	if err != nil {
		t.Fatalf("find the SDK module %s: %v", service, err)
	}
	return strings.TrimSpace(string(out))
}

func files(t *testing.T, service, kind, suffix string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(moduleDir(t, service), kind, "*"+suffix))
	if err != nil || len(found) == 0 {
		t.Fatalf("no golden files %s of %s (%v); run go mod download", kind, service, err)
	}
	sort.Strings(found)
	return found
}

// Requests reads all golden requests of a service module.
func Requests(t *testing.T, service string) []Request {
	t.Helper()
	var out []Request
	for _, file := range files(t, service, "request_snapshot", ".request.snap") {
		r := Request{Operation: strings.TrimSuffix(filepath.Base(file), ".request.snap")}
		first, header, body := split(t, file)
		method, target, _ := strings.Cut(first, " ")
		path, query, _ := strings.Cut(target, "?")
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatalf("read %s: %v", file, err)
		}
		r.Method, r.Path, r.Query, r.Header, r.Body = method, path, values, header, body
		out = append(out, r)
	}
	return out
}

// Responses reads all golden responses of a service module, exceptions included.
func Responses(t *testing.T, service string) []Response {
	t.Helper()
	var out []Response
	for _, file := range files(t, service, "response_snapshot", ".snap") {
		name := strings.TrimSuffix(filepath.Base(file), ".snap")
		name = strings.TrimSuffix(strings.TrimSuffix(name, ".response"), ".error")
		first, header, body := split(t, file)
		status, err := strconv.Atoi(first)
		if err != nil {
			t.Fatalf("read %s: %v", file, err)
		}
		out = append(out, Response{Operation: name, Status: status, Header: header, Body: body})
	}
	return out
}

// split parts a golden file: a first line, headers, and after a blank line the
// body. Requests have another blank line before the headers.
func split(t *testing.T, file string) (first string, header http.Header, body []byte) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(bytes.NewReader(raw))
	first, _ = r.ReadString('\n')
	header = http.Header{}
	for {
		line, err := r.ReadString('\n')
		text := strings.TrimSpace(line)
		name, value, ok := strings.Cut(text, ": ")
		if ok {
			header.Add(name, value)
		} else if text == "" && (err != nil || len(header) > 0 || nextIsBody(r)) {
			break
		} else if text != "" {
			t.Fatalf("read %s: the line %q is not a header", file, text)
		}
	}
	if body, err = io.ReadAll(r); err != nil {
		t.Fatal(err)
	}
	if len(bytes.TrimSpace(body)) == 0 {
		body = nil
	}
	return strings.TrimSpace(first), header, body
}

func nextIsBody(r *bufio.Reader) bool {
	next, err := r.Peek(1)
	return err != nil || next[0] == '{' || next[0] == '\n'
}

// Transport is an HTTP client that keeps the request and gives Answer.
type Transport struct {
	Answer func() *http.Response

	Sent *http.Request
	Body []byte
}

// Do implements the SDK's HTTPClient.
func (c *Transport) Do(r *http.Request) (*http.Response, error) {
	c.Sent, c.Body = r, nil
	if r.Body != nil {
		var err error
		if c.Body, err = io.ReadAll(r.Body); err != nil {
			return nil, fmt.Errorf("read the SDK's request: %w", err)
		}
	}
	res := c.Answer()
	res.Request = r
	return res, nil
}

// Answer makes a response.
func Answer(status int, header http.Header, body []byte) *http.Response {
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
}
