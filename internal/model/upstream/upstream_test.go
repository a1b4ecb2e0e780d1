package upstream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"hardpan/internal/awserr"
	"hardpan/internal/model"
	"hardpan/internal/token"
	"hardpan/internal/usage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const key = "sk-proj-never-to-be-seen"

// client asks a server that handler plays.
func client(t *testing.T, handler http.HandlerFunc, change ...func(*Config)) *Client {
	t.Helper()
	up := httptest.NewServer(handler)
	t.Cleanup(up.Close)
	cfg := Config{Name: "up", BaseURL: up.URL + "/base", Key: token.NewSecret(key), Backoff: time.Millisecond}
	for _, c := range change {
		c(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// post asks for a value, and reads it.
func post(t *testing.T, c *Client) (string, *awserr.Error) {
	t.Helper()
	resp, err := c.Post(t.Context(), &Request{Path: "/ask", Body: []byte(`{"q":1}`)})
	if err != nil {
		return "", awserr.From(err)
	}
	b, err := c.ReadAll(resp)
	if err != nil {
		return "", awserr.From(err)
	}
	return string(b), nil
}

func answerJSON(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func TestRequestAsItArrives(t *testing.T) {
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Method != http.MethodPost || r.RequestURI != "/base/ask" || string(body) != `{"q":1}` || r.ContentLength != 7 {
			t.Errorf("%s %s %s", r.Method, r.RequestURI, body)
		}
		if r.Header.Get("X-Key") != key || r.Header.Get("User-Agent") != "hardpan" || r.Header.Get("Content-Type") != "application/json" || r.Header.Get("Accept-Encoding") != "" {
			t.Errorf("headers: %v", r.Header)
		}
		answerJSON(w, 200, "{}")
	}, func(c *Config) {
		c.BaseURL += "/" // one slash too many does no harm
		c.Authorize = func(h http.Header) { h.Set("X-Key", key) }
	})
	if got, err := post(t, c); got != "{}" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

// Each status becomes the exception of Bedrock, and only what is said of the
// request itself reaches the caller.
func TestStatuses(t *testing.T) {
	for _, tt := range []struct {
		status  int
		body    string
		code    string
		as      int
		message string // a part of what the caller is told
		secret  string // must not be in it
		log     string // a part of what the operator is told
	}{
		{400, `{"error":{"message":"max_tokens is too large","type":"invalid_request_error"}}`, "ValidationException", 400, "max_tokens is too large", "", "invalid_request_error"},
		{422, `{"detail":[{"msg":"field required"}]}`, "ValidationException", 400, "field required", "", ""},
		{413, `too large`, "ValidationException", 400, "no reason was given", "", "413"},
		{400, `{"error":"just a text"}`, "ValidationException", 400, "just a text", "", ""},
		{400, `{"object":"error","message":"vllm says no","code":400}`, "ValidationException", 400, "vllm says no", "", ""},
		{400, `{"error":{"message":"your key ` + key + ` \u0000\u001b[31m is odd"}}`, "ValidationException", 400, "your key [redacted]", "\x1b", ""},
		{400, `{"error":{"message":"` + strings.Repeat("long ", 1000) + `"}}`, "ValidationException", 400, "…", "", ""},
		{401, `{"error":{"message":"Incorrect API key provided: sk-proj-***seen","code":"invalid_api_key"}}`, "ServiceUnavailableException", 503, "no denial of your call", "seen", "invalid_api_key"},
		{403, `{"error":{"type":"permission_error","message":"org-1"}}`, "ServiceUnavailableException", 503, `"up"`, "org-1", "permission_error"},
		{402, `{}`, "ServiceUnavailableException", 503, "operator", "", "402"},
		{429, `{"error":{"code":"insufficient_quota","message":"pay first"}}`, "ServiceUnavailableException", 503, "operator", "pay", "insufficient_quota"},
		{404, `{"error":{"message":"The model tiny does not exist"}}`, "ResourceNotFoundException", 404, "The model tiny does not exist", "", ""},
		{408, ``, "ModelTimeoutException", 408, "in time", "", ""},
		{504, `<html>`, "ModelTimeoutException", 408, "in time", "html", ""},
		{500, `{"error":{"message":"at 10.0.0.7"}}`, "ModelErrorException", 424, "status 500", "10.0.0.7", "10.0.0.7"},
		{502, `<html>nginx`, "ModelErrorException", 424, "status 502", "nginx", ""},
		{302, ``, "ServiceUnavailableException", 503, "operator", "elsewhere", "elsewhere"},
		{204, ``, "ValidationException", 400, "no reason", "", ""},
	} {
		t.Run(fmt.Sprint(tt.status, tt.body[:min(20, len(tt.body))]), func(t *testing.T) {
			calls := 0
			c := client(t, func(w http.ResponseWriter, r *http.Request) {
				calls++
				w.Header().Set("Location", "http://elsewhere")
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			})
			_, err := post(t, c)
			if err == nil || err.Code != tt.code || err.Status != tt.as || !strings.Contains(err.Message, tt.message) {
				t.Fatalf("got %v", err)
			}
			if tt.secret != "" && strings.Contains(err.Message, tt.secret) || !strings.Contains(err.Error(), tt.log) || strings.Contains(err.Error(), key) || len(err.Message) > 1200 {
				t.Errorf("message %q, log %q", err.Message, err.Error())
			}
			if calls != 1 {
				t.Errorf("it was asked %d times", calls)
			}
		})
	}
}

func TestRetries(t *testing.T) {
	for _, tt := range []struct {
		name       string
		status     int
		retryAfter string
		failures   int32
		calls      int32
		code       string
		kept       string
	}{
		{"busy twice", 503, "", 2, 3, "", ""},
		{"overloaded once", 529, "0", 1, 2, "", ""},
		{"busy for ever", 503, "", 99, 3, "ServiceUnavailableException", ""},
		{"throttled, short", 429, "0", 1, 2, "", ""},
		{"throttled, long", 429, "30", 1, 1, "ThrottlingException", "30"},
		{"throttled until a date", 429, "Wed, 21 Oct 2015 07:28:00 GMT", 9, 3, "ThrottlingException", "0"},
		{"nonsense to wait for", 429, "soon\tish", 9, 3, "ThrottlingException", ""},
		{"an error of its own", 500, "", 1, 1, "ModelErrorException", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var calls atomic.Int32
			c := client(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				if string(body) != `{"q":1}` {
					t.Errorf("body %q", body)
				}
				if calls.Add(1) > tt.failures {
					answerJSON(w, 200, "{}")
					return
				}
				w.Header().Set("Retry-After", tt.retryAfter)
				w.WriteHeader(tt.status)
			})
			_, err := post(t, c)
			if calls.Load() != tt.calls {
				t.Errorf("asked %d times, want %d", calls.Load(), tt.calls)
			}
			switch {
			case err == nil && tt.code == "":
			case err == nil || err.Code != tt.code || err.RetryAfter != tt.kept:
				t.Errorf("got %v, Retry-After %q", err, err.RetryAfter)
			}
		})
	}
}

// A server in trouble is not asked three times as much as one that is well.
func TestRetriesHaveABudget(t *testing.T) {
	var calls atomic.Int32
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
	}, func(c *Config) { c.Backoff = time.Microsecond })
	const asked = 100
	for range asked {
		_, _ = post(t, c)
	}
	if n := calls.Load(); n < asked+fullBudget || n > asked+fullBudget+asked*perCall+1 {
		t.Errorf("%d calls became %d", asked, n)
	}
}

func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	l.Close()
	c := client(t, nil, func(c *Config) { c.BaseURL = "http://" + at })
	_, failed := post(t, c)
	if failed == nil || failed.Code != "ServiceUnavailableException" || strings.Contains(failed.Message, at) || !strings.Contains(failed.Error(), at) {
		t.Errorf("got %v", failed)
	}
	if c.budget.left > fullBudget-maxRetries+1 {
		t.Errorf("it was not tried again: %v retries left", c.budget.left)
	}
}

// What hangs, floods or talks nonsense ends soon and in little memory.
func TestBadAnswers(t *testing.T) {
	block := make(chan struct{})
	defer close(block)
	hang := func(r *http.Request) {
		select {
		case <-block:
		case <-r.Context().Done():
		}
	}
	for _, tt := range []struct {
		name, code string
		handler    http.HandlerFunc
	}{
		{"hangs before its first byte", "ModelTimeoutException", func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			hang(r)
		}},
		{"hangs within", "ModelTimeoutException", func(w http.ResponseWriter, r *http.Request) {
			answerJSON(w, 200, `{"a":`)
			_ = http.NewResponseController(w).Flush()
			hang(r)
		}},
		{"floods", "ModelErrorException", func(w http.ResponseWriter, _ *http.Request) {
			answerJSON(w, 200, `"`)
			for range maxWhole/(1<<20) + 2 {
				if _, err := w.Write(make([]byte, 1<<20)); err != nil {
					return
				}
			}
		}},
		{"no content type", "ModelErrorException", func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			_, _ = io.WriteString(w, "{}")
		}},
		{"a page", "ModelErrorException", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }},
		{"floods an error", "ModelErrorException", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			for {
				if _, err := w.Write(make([]byte, 1<<20)); err != nil {
					return
				}
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := client(t, tt.handler, func(c *Config) { c.FirstByte, c.Idle = 200*time.Millisecond, 200*time.Millisecond })
			if _, err := post(t, c); err == nil || err.Code != tt.code {
				t.Errorf("got %v, want a %s", err, tt.code)
			}
		})
	}
}

func TestCanceledBeforeTheAnswer(t *testing.T) {
	asked := make(chan struct{})
	c := client(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		close(asked)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	_, err := c.Post(ctx, &Request{Path: "/ask"})
	if awserr.From(err).Code != "ServiceUnavailableException" || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// echo is a decoder whose frames are the data of events, in brackets.
type echo struct{ ended bool }

func (e *echo) Event(dst, data []byte) ([]byte, bool, error) {
	switch string(data) {
	case "bad":
		return dst, false, errors.New("a bad event")
	case "done":
		return append(dst, "[done]"...), true, nil
	case "quiet":
		return dst, false, nil
	}
	return fmt.Appendf(dst, "[%s]", data), false, nil
}

func (e *echo) End(dst []byte) ([]byte, error) {
	if !e.ended {
		return dst, errors.New("not done")
	}
	return append(dst, "[end]"...), nil
}

func (e *echo) Usage() (usage.Tokens, bool) { return usage.Tokens{Input: 1}, true }

// streamed asks for a stream.
func streamed(t *testing.T, c *Client, d Decoder) *model.Answer {
	t.Helper()
	resp, err := c.Post(t.Context(), &Request{Path: "/ask", Stream: true})
	if err != nil {
		t.Fatal(err)
	}
	return c.Stream(resp, d, http.Header{})
}

func events(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/event-stream")
	_, _ = io.WriteString(w, text)
	_ = http.NewResponseController(w).Flush()
}

func TestStreams(t *testing.T) {
	for _, tt := range []struct {
		name, sent, want string
		ended            bool
		cut              string // a part of the exception, if there is one
	}{
		{"plain", "data: a\n\ndata: b\n\ndata: done\n\n", "[a][b][done]", false, ""},
		{"every form of line", "\ufeff: c\r\nevent: x\r\ndata:a\r\nid: 3\r\n\r\nretry: 1\n\ndata: b\ndata: c\n\ndata: done\n\n", "[a][b\nc][done]", false, ""},
		{"nothing after done", "data: done\n\ndata: a\n\n", "[done]", false, ""},
		{"quiet events", "data: quiet\n\ndata: a\n\ndata: quiet\n\ndata: done\n\n", "[a][done]", false, ""},
		{"ends by itself", "data: a\n\n", "[a][end]", true, ""},
		{"without its last empty line", "data: a\n\ndata: done\n", "[a][done]", false, ""},
		{"ends too early", "data: a\n\n", "[a]", false, "ended the stream before"},
		{"ends within a line", "data: a\n\ndata: don", "[a]", true, "ended the stream before"},
		{"empty", "", "", false, "ended the stream before"},
		{"an event that is none", "data: a\n\ndata: bad\n\ndata: done\n\n", "[a]", false, "cannot be understood"},
		{"a long event", "data: " + strings.Repeat("x", 100_000) + "\n\ndata: done\n\n", "[" + strings.Repeat("x", 100_000) + "][done]", false, ""},
		{"an event without end", "data: a\n\ndata: " + strings.Repeat("x", maxEvent+10), "[a]", false, "ended the stream before"},
		{"many lines without end", "data: a\n\n" + strings.Repeat("data: "+strings.Repeat("x", 1<<20)+"\n", 5) + "\n", "[a]", false, "ended the stream before"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := client(t, func(w http.ResponseWriter, _ *http.Request) { events(w, tt.sent) })
			a := streamed(t, c, &echo{ended: tt.ended})
			defer a.Body.Close()
			got, err := io.ReadAll(a.Body)
			if err != nil {
				t.Fatal(err)
			}
			rest, ok := strings.CutPrefix(string(got), tt.want)
			if !ok || !strings.Contains(rest, tt.cut) || tt.cut == "" && rest != "" {
				t.Errorf("got %.200q", got)
			}
			want := model.Whole
			if tt.cut != "" {
				want = model.Cut
			}
			if a.Progress() != want {
				t.Errorf("progress %v", a.Progress())
			}
		})
	}
}

// Progress is told with the last frame, before the end can be read.
func TestProgressComesWithTheLastFrame(t *testing.T) {
	c := client(t, func(w http.ResponseWriter, _ *http.Request) { events(w, "data: a\n\ndata: done\n\n") })
	a := streamed(t, c, &echo{})
	defer a.Body.Close()
	var got string
	for p := make([]byte, 2); a.Progress() == model.Flowing; {
		n, err := a.Body.Read(p)
		got += string(p[:n])
		if err != nil {
			t.Fatal(err)
		}
	}
	if got != "[a][done]" || a.Progress() != model.Whole {
		t.Errorf("read %q when the progress was %v", got, a.Progress())
	}
}

// A frame is there as soon as its event is: nothing waits for the next one.
func TestEventsAreNotHeldBack(t *testing.T) {
	next := make(chan struct{})
	c := client(t, func(w http.ResponseWriter, _ *http.Request) {
		events(w, "data: a\n\n")
		<-next
		events(w, "data: done\n\n")
	})
	a := streamed(t, c, &echo{})
	defer a.Body.Close()
	p := make([]byte, 100)
	if n, err := a.Body.Read(p); string(p[:n]) != "[a]" || err != nil {
		t.Errorf("read %q, %v", p[:n], err)
	}
	close(next)
	if rest, err := io.ReadAll(a.Body); string(rest) != "[done]" || err != nil {
		t.Errorf("read %q, %v", rest, err)
	}
}

func TestStalledStream(t *testing.T) {
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		events(w, "data: a\n\n")
		<-r.Context().Done()
	}, func(c *Config) { c.Idle = 50 * time.Millisecond })
	a := streamed(t, c, &echo{})
	defer a.Body.Close()
	got, err := io.ReadAll(a.Body)
	if err != nil || !strings.Contains(string(got), "stopped sending") || !strings.Contains(string(got), "modelStreamErrorException") {
		t.Errorf("got %q, %v", got, err)
	}
}

// The connection of a complete answer is used again, even if the reader stops
// at the last frame.
func TestConnectionsAreKept(t *testing.T) {
	var dials atomic.Int32
	up := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { events(w, "data: a\n\ndata: done\n\n") }))
	up.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			dials.Add(1)
		}
	}
	up.Start()
	t.Cleanup(up.Close)
	c := client(t, nil, func(c *Config) { c.BaseURL = up.URL })
	for range 5 {
		a := streamed(t, c, &echo{})
		if _, err := io.ReadAll(a.Body); err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
	}
	if dials.Load() != 1 {
		t.Errorf("%d connections for 5 streams", dials.Load())
	}
}

func TestStreamedErrors(t *testing.T) {
	c := client(t, nil)
	for body, code := range map[string]string{
		`{"error":{"type":"overloaded_error"}}`:                              "ServiceUnavailableException",
		`{"error":{"type":"rate_limit_error"}}`:                              "ThrottlingException",
		`{"error":{"code":429,"message":"slow"}}`:                            "ThrottlingException",
		`{"error":{"type":"authentication_error","message":"` + key + `"}}`:  "ServiceUnavailableException",
		`{"error":{"type":"invalid_request_error","message":"` + key + `"}}`: "ValidationException",
		`{"error":{"type":"api_error","message":"at 10.0.0.7"}}`:             "ModelStreamErrorException",
		`{"error":"text"}`: "ModelStreamErrorException",
		`nonsense`:         "ModelStreamErrorException",
	} {
		e := c.Streamed(ParseReport([]byte(body)))
		if e.Code != code || strings.Contains(e.Error(), key) || strings.Contains(e.Message, "10.0.0.7") {
			t.Errorf("%s: %v", body, e)
		}
	}
}

func TestBaseURLs(t *testing.T) {
	for _, base := range []string{"", "127.0.0.1:80", "ftp://x", "http://", "http://u:p@x", "http://x?a=b", "http://x#f", "http://x:y"} {
		if _, err := New(Config{Name: "up", BaseURL: base}); err == nil || strings.Contains(err.Error(), "u:p") {
			t.Errorf("%q: %v", base, err)
		}
	}
}

// What the caller is not told, the operator finds, once and without the key.
func TestCausesAreLogged(t *testing.T) {
	var log bytes.Buffer
	for _, tt := range []struct {
		status int
		body   string
		want   string // a part of the log
	}{
		{500, `{"error":{"message":"gpu 3 fell off ` + key + `"}}`, "gpu 3 fell off [redacted]"},
		{429, `{"error":{"message":"org-1 is over its limit"}}`, "org-1"},
		{200, `<html>`, "content type"},
		{401, `{}`, ""}, // the door logs it
		{400, `{"error":{"message":"bad request"}}`, ""},
	} {
		log.Reset()
		c := client(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(tt.status)
			_, _ = io.WriteString(w, tt.body)
		}, func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
		_, _ = post(t, c)
		if got := log.String(); !strings.Contains(got, tt.want) || (tt.want == "") != (got == "") || strings.Contains(got, key) || strings.Count(got, "\n") > 1 {
			t.Errorf("%d: %s", tt.status, got)
		}
	}
	c := client(t, func(w http.ResponseWriter, _ *http.Request) { events(w, "data: bad\n\n") }, func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	log.Reset()
	a := streamed(t, c, &echo{})
	_, _ = io.ReadAll(a.Body)
	a.Body.Close()
	if !strings.Contains(log.String(), "a bad event") {
		t.Errorf("the stream's failure is not logged: %s", log.String())
	}
}
