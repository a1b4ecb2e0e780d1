package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
)

const testSecret = "not-a-secret-but-long-enough-to-be"

// answering makes a server that answers every call with one status, header and body, and hands the
// request to look.
func answering(t *testing.T, status int, header http.Header, body string, look func(*http.Request, string)) *client {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, _ := io.ReadAll(r.Body)
		if look != nil {
			look(r, string(sent))
		}
		for name, values := range header {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	c := newClient(s.URL, "eu-west-1", credentials.NewStaticCredentialsProvider("AKIAEXAMPLE123EXAMPL", testSecret, ""), s.Client())
	c.endpointFrom, c.credentialsFrom = "the test", "the test's file"
	return c
}

func TestOwnCallsAreSignedForHardpan(t *testing.T) {
	c := answering(t, 200, nil, `{}`, func(r *http.Request, body string) {
		if want := "/inference-configs/arn%3Aaws%3Aiam%3A%3A123456789012%3Auser%2FBedrockAPIKey-x7k2"; r.URL.EscapedPath() != want {
			t.Errorf("path is %s, want %s", r.URL.EscapedPath(), want)
		}
		authorization := r.Header.Get("Authorization")
		if !strings.Contains(authorization, "/eu-west-1/hardpan/aws4_request") || strings.Contains(authorization, testSecret) {
			t.Errorf("Authorization is %s", authorization)
		}
		if r.Method != http.MethodPut || body != `{"homeRegion":"us-west-2"}` {
			t.Errorf("got %s with %s", r.Method, body)
		}
	})
	if err := c.putInferenceConfig(t.Context(), holder, inferenceConfig{HomeRegion: "us-west-2"}); err != nil {
		t.Error(err)
	}
}

// What a person is told: what was being done, what came, and what to do next.
func TestRefusalsAreAdvised(t *testing.T) {
	denial := http.Header{errorTypeKey: {"AccessDeniedException:http://internal.amazon.com/coral/com.amazon.coral.service/"}, decisionHeader: {"abc234"}}
	for _, c := range []struct {
		name       string
		status     int
		header     http.Header
		body       string
		says, next string
	}{
		{
			"a denial", 403, denial, `{"Message":"User: x is not authorized"}`,
			"reading: AccessDeniedException: User: x is not authorized", "hardpan why abc234",
		},
		{
			"unknown credentials", 403,
			http.Header{errorTypeKey: {"UnrecognizedClientException"}},
			`{"message":"The security token is invalid."}`,
			"reading: UnrecognizedClientException: The security token is invalid.", "the test's file",
		},
		{"a broken server", 500, nil, "oops", "reading: the server answered 500 Internal Server Error", "log"},
		{"no Hardpan", 200, nil, "<html>", "it is no JSON of Hardpan's", "healthz"},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := answering(t, c.status, c.header, c.body, nil)
			_, err := client.getInferenceConfig(t.Context(), holder)
			err = client.explain("reading", err)
			f, ok := errors.AsType[*fault](err)
			if !ok || !strings.Contains(err.Error(), c.says) || !strings.Contains(f.next, c.next) {
				t.Errorf("got %v; want %q and then %q", err, c.says, c.next)
			}
		})
	}
}

func TestAnswersAreBounded(t *testing.T) {
	c := answering(t, 200, nil, `{"homeRegion":"`+strings.Repeat("x", maxAnswer)+`"}`, nil)
	if _, err := c.getInferenceConfig(t.Context(), holder); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("got %v, want a complaint about the length", err)
	}
}

// What was made is taken back in the other order, also after Ctrl-C, and what
// cannot be taken back is named.
func TestUndoing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var order []string
	step := func(name string, err error) (string, func(context.Context) error) {
		return name, func(ctx context.Context) error {
			order = append(order, name)
			return errors.Join(err, ctx.Err())
		}
	}
	cause := failed("do this", "it broke")
	var u undoing
	if got := u.all(ctx, cause); !errors.Is(got, cause) || got.Error() != "it broke" {
		t.Errorf("nothing to undo: got %v", got)
	}
	u.add(step("the user", nil))
	u.add(step("the key", nil))
	got := u.all(ctx, cause)
	if want := "it broke; what was made before is undone: the key, the user"; got.Error() != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if f, _ := errors.AsType[*fault](got); f.next != "do this" {
		t.Errorf("the advice is now %q", f.next)
	}
	if strings.Join(order, ",") != "the key,the user" {
		t.Errorf("order was %v", order)
	}
	u.add(step("the policy", errors.New("denied")))
	if got := u.all(ctx, cause); !strings.Contains(got.Error(), "could not be undone: the policy (denied)") {
		t.Errorf("got %q", got)
	}
}

func TestLifetime(t *testing.T) {
	if days, err := lifetime("never"); err != nil || days != nil {
		t.Errorf("never: got %v, %v", days, err)
	}
	for text, want := range map[string]int32{"1d": 1, "30d": 30, "36600d": 36600} {
		if days, err := lifetime(text); err != nil || *days != want {
			t.Errorf("%s: got %v, %v", text, days, err)
		}
	}
	for _, text := range []string{"", "d", "30", "0d", "-1d", "36601d", "3w", "1.5d", "99999999999999999999d"} {
		if days, err := lifetime(text); err == nil {
			t.Errorf("%q: got %d, want an error", text, *days)
		}
	}
}

func TestKeyUserNames(t *testing.T) {
	for range 100 {
		if name := keyUserPrefix + fourCharacters(); !keyUser.MatchString(name) {
			t.Errorf("made %s", name)
		}
	}
	for _, name := range []string{"BedrockAPIKey-", "BedrockAPIKey-abc", "BedrockAPIKey-abcde", "BedrockAPIKey-ABCD", "xBedrockAPIKey-abcd"} {
		if keyUser.MatchString(name) {
			t.Errorf("%s counts as made by key create", name)
		}
	}
}
