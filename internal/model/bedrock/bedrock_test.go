package bedrock_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"hardpan/internal/awserr"
	"hardpan/internal/model"
	"hardpan/internal/model/bedrock"
	"hardpan/internal/usage"
)

func TestMain(m *testing.M) {
	// Nothing of the machine's own AWS configuration may reach the tests.
	for name, value := range map[string]string{
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "", "AWS_CA_BUNDLE": "",
		"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1", "HTTPS_PROXY": "http://127.0.0.1:1",
	} {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	goleak.VerifyTestMain(m)
}

var now = time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)

var creds = aws.Credentials{AccessKeyID: "ASIAUPSTREAM", SecretAccessKey: "upstream-secret", SessionToken: "upstream-token"}

const haiku = "anthropic.claude-3-5-haiku-20241022-v1:0"

// backend makes a backend in front of handler.
func backend(t *testing.T, handler http.HandlerFunc, change ...func(*bedrock.Config)) *bedrock.Backend {
	t.Helper()
	up := httptest.NewServer(handler)
	t.Cleanup(up.Close)
	return dial(t, up.URL, change...)
}

func dial(t testing.TB, endpoint string, change ...func(*bedrock.Config)) *bedrock.Backend {
	t.Helper()
	cfg := bedrock.Config{
		Name: "aws-eu", Regions: []string{"eu-west-1", "us-west-2"}, Endpoint: endpoint, Now: func() time.Time { return now },
		Credentials: bedrock.Credentials{Static: bedrock.Static(creds.AccessKeyID, creds.SecretAccessKey, creds.SessionToken)},
	}
	for _, c := range change {
		c(&cfg)
	}
	b, err := bedrock.New(t.Context(), cfg)
	if err != nil {
		t.Fatalf("new: %v", err)
	}
	t.Cleanup(b.Close)
	return b
}

func call(op, body string) *model.Call {
	return &model.Call{Operation: op, ModelID: haiku, Named: haiku, Region: "eu-west-1", Body: []byte(body), Header: http.Header{
		"Content-Type": {"application/json"}, "Accept": {"application/json"}, "X-Amzn-Bedrock-Trace": {"ENABLED"},
	}}
}

func answer(t *testing.T, b *bedrock.Backend, c *model.Call) (*model.Answer, string) {
	t.Helper()
	a, err := b.Answer(t.Context(), c)
	if err != nil {
		t.Fatalf("answer: %v", err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatalf("body: %v", err)
	}
	return a, string(body)
}

// signed reports whether the SDK would sign what arrived in the same way.
func signed(t *testing.T, r *http.Request, body []byte, region string) bool {
	t.Helper()
	again := &http.Request{Method: r.Method, Host: r.Host, Header: r.Header.Clone(), ContentLength: int64(len(body)), URL: &url.URL{Opaque: r.RequestURI}}
	again.Header.Del("Authorization")
	again.Header.Del("Accept-Encoding")
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(t.Context(), creds, again, hex.EncodeToString(sum[:]), "bedrock", region, now); err != nil {
		t.Error(err)
	}
	return again.Header.Get("Authorization") == r.Header.Get("Authorization") && r.Header.Get("Authorization") != ""
}

func TestRequestAsItArrives(t *testing.T) {
	arn := "arn:aws:bedrock:eu-west-1:123456789012:"
	for _, c := range []struct{ op, named, path, region string }{
		{"Converse", haiku, "/model/anthropic.claude-3-5-haiku-20241022-v1%3A0/converse", "eu-west-1"},
		{"ConverseStream", haiku, "/model/anthropic.claude-3-5-haiku-20241022-v1%3A0/converse-stream", "eu-west-1"},
		{"InvokeModel", "eu." + haiku, "/model/eu.anthropic.claude-3-5-haiku-20241022-v1%3A0/invoke", "unknown"},
		{"InvokeModelWithResponseStream", arn + "inference-profile/eu." + haiku, "/model/eu.anthropic.claude-3-5-haiku-20241022-v1%3A0/invoke-with-response-stream", "unknown"},
		{"CountTokens", "arn:aws:bedrock:eu-west-1::foundation-model/" + haiku, "/model/anthropic.claude-3-5-haiku-20241022-v1%3A0/count-tokens", "eu-west-1"},
		{"Converse", arn + "application-inference-profile/abc", "/model/anthropic.claude-3-5-haiku-20241022-v1%3A0/converse", "eu-west-1"},
		{"Converse", "a/b c", "/model/a%2Fb%20c/converse", "unknown"},
	} {
		t.Run(c.op+" "+c.named, func(t *testing.T) {
			sent := "{\"messages\" : [] }\n\x00 any bytes"
			b := backend(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				if r.RequestURI != "/base/path"+c.path || r.Method != http.MethodPost || string(body) != sent {
					t.Errorf("arrived: %s %s %q", r.Method, r.RequestURI, body)
				}
				if !signed(t, r, body, "eu-west-1") {
					t.Errorf("the signature is not the SDK's: %s", r.Header.Get("Authorization"))
				}
			}, func(c *bedrock.Config) { c.Endpoint += "/base/path/" })
			in := call(c.op, sent)
			in.Named = c.named
			if a, _ := answer(t, b, in); a.Status != 200 || a.Region != c.region {
				t.Errorf("status %d, region %s", a.Status, a.Region)
			}
		})
	}
}

// A route's own name for a model goes upstream whatever the caller named.
func TestRouteNamesTheModel(t *testing.T) {
	arn := "arn:aws:bedrock:eu-west-1:123456789012:"
	own := "arn:aws:bedrock:eu-west-1:999999999999:application-inference-profile/abcdefghijkl"
	for _, named := range []string{haiku, "eu." + haiku, arn + "inference-profile/eu." + haiku, arn + "application-inference-profile/abc", "arn:aws:bedrock:eu-west-1::foundation-model/" + haiku} {
		for as, want := range map[string]struct{ path, region string }{
			"anthropic.claude-3-haiku-20240307-v1:0": {"anthropic.claude-3-haiku-20240307-v1%3A0", "eu-west-1"},
			"eu." + haiku:                            {"eu.anthropic.claude-3-5-haiku-20241022-v1%3A0", "unknown"},
			own:                                      {"arn%3Aaws%3Abedrock%3Aeu-west-1%3A999999999999%3Aapplication-inference-profile%2Fabcdefghijkl", "unknown"},
			"its-own-name":                           {"its-own-name", "unknown"},
		} {
			b := backend(t, func(_ http.ResponseWriter, r *http.Request) {
				if r.RequestURI != "/model/"+want.path+"/converse" {
					t.Errorf("%s as %s: asked for %s", named, as, r.RequestURI)
				}
				if !signed(t, r, []byte("{}"), "eu-west-1") {
					t.Errorf("%s as %s: the signature is not the SDK's", named, as)
				}
			})
			in := call("Converse", "{}")
			in.Named, in.Model, in.ModelID = named, haiku, as
			if a, _ := answer(t, b, in); a.Region != want.region {
				t.Errorf("%s as %s: ran in %s, want %s", named, as, a.Region, want.region)
			}
		}
	}
}

func TestOnlyModelHeadersCross(t *testing.T) {
	b := backend(t, func(w http.ResponseWriter, r *http.Request) {
		for name := range r.Header {
			switch name {
			case "Content-Type", "Accept", "X-Amzn-Bedrock-Trace", "Content-Length", "User-Agent", "Authorization", "X-Amz-Date", "X-Amz-Security-Token":
			default:
				t.Errorf("%s went upstream", name)
			}
		}
		if r.Header.Get("X-Amz-Security-Token") != creds.SessionToken || r.Header.Get("User-Agent") != "hardpan" || strings.Contains(fmt.Sprint(r.Header), "caller") {
			t.Errorf("headers: %v", r.Header)
		}
		for name, value := range map[string]string{
			"Set-Cookie": "a=b", "Server": "nginx", "Via": "1.1 inner", "X-Internal": "10.0.0.1", "Location": "http://10.0.0.1", "Keep-Alive": "timeout=5",
			"Content-Type": "application/json", "X-Amzn-RequestId": "upstream-id", "X-Amzn-Bedrock-Invocation-Latency": "12",
		} {
			w.Header().Set(name, value)
		}
		_, _ = io.WriteString(w, "{}")
	})
	c := call("Converse", "{}")
	for _, name := range []string{"Authorization", "X-Amz-Security-Token", "X-Amz-Date", "Cookie", "X-Forwarded-For", "Te", "Connection", "X-Amzn-Trace-Id", "User-Agent"} {
		c.Header.Set(name, "caller")
	}
	a, _ := answer(t, b, c)
	want := http.Header{"Content-Type": {"application/json"}, "Content-Length": {"2"}, "X-Amzn-Bedrock-Invocation-Latency": {"12"}, "X-Hardpan-Upstream-Request-Id": {"upstream-id"}}
	if d := cmp.Diff(want, a.Header); d != "" {
		t.Errorf("answer's header: -want +got:\n%s", d)
	}
	if c.Header.Get("Authorization") != "caller" {
		t.Error("the call's own header was changed")
	}
}

func TestBodiesPassUnchangedAndUsageIsRead(t *testing.T) {
	for name, c := range map[string]struct {
		op, body string
		header   map[string]string
		want     usage.Tokens
		known    bool
	}{
		"converse":        {"Converse", `{"output":{"usage":{"inputTokens":99}}, "usage":{"inputTokens":7,"outputTokens":3,"totalTokens":10,"cacheReadInputTokens":2,"cacheWriteInputTokens":1}}`, nil, usage.Tokens{Input: 7, Output: 3, CacheRead: 2, CacheWrite: 1}, true},
		"invoke headers":  {"InvokeModel", `{"usage":{"input_tokens":1}}`, map[string]string{"X-Amzn-Bedrock-Input-Token-Count": "8", "X-Amzn-Bedrock-Output-Token-Count": "0", "X-Amzn-Bedrock-Cache-Read-Input-Token-Count": "5"}, usage.Tokens{Input: 8, CacheRead: 5}, true},
		"kept an hour":    {"Converse", `{"usage":{"inputTokens":7,"outputTokens":3,"cacheWriteInputTokens":9,"cacheDetails":[{"ttl":"5m","inputTokens":4},{"ttl":"1h","inputTokens":5}]}}`, nil, usage.Tokens{Input: 7, Output: 3, CacheWrite: 9, CacheWriteHour: 5}, true},
		"messages' hour":  {"InvokeModel", `{"usage":{"input_tokens":1,"output_tokens":4,"cache_creation_input_tokens":5,"cache_creation":{"ephemeral_1h_input_tokens":5}}}`, nil, usage.Tokens{Input: 1, Output: 4, CacheWrite: 5, CacheWriteHour: 5}, true},
		"invoke messages": {"InvokeModel", `{"content":[],"usage":{"input_tokens":11,"output_tokens":4,"cache_read_input_tokens":6,"cache_creation_input_tokens":5}}`, nil, usage.Tokens{Input: 11, Output: 4, CacheRead: 6, CacheWrite: 5}, true},
		"no usage":        {"InvokeModel", `{"embedding":[0.5]}`, nil, usage.Tokens{}, false},
		"negative":        {"Converse", `{"usage":{"inputTokens":-7}}`, nil, usage.Tokens{Input: -7}, true},
		"not JSON":        {"Converse", "<html>\xff", nil, usage.Tokens{}, false},
		"count tokens":    {"CountTokens", `{"inputTokens":5,"usage":{"inputTokens":5}}`, nil, usage.Tokens{}, false},
		"empty":           {"Converse", "", nil, usage.Tokens{}, false},
		"large":           {"Converse", `{"a":"` + strings.Repeat("x", 9<<20) + `","usage":{"inputTokens":7}}`, nil, usage.Tokens{}, false},
	} {
		for _, chunked := range []bool{false, true} {
			t.Run(fmt.Sprint(name, chunked), func(t *testing.T) {
				b := backend(t, func(w http.ResponseWriter, r *http.Request) {
					for k, v := range c.header {
						w.Header().Set(k, v)
					}
					if chunked {
						w.(http.Flusher).Flush()
					}
					_, _ = io.WriteString(w, c.body)
				})
				a, got := answer(t, b, call(c.op, "{}"))
				if got != c.body {
					t.Errorf("%d bytes became %d", len(c.body), len(got))
				}
				if tokens, known := a.Usage(); tokens != c.want || known != c.known {
					t.Errorf("usage = %+v, %v; want %+v, %v", tokens, known, c.want, c.known)
				}
			})
		}
	}
}

func TestUpstreamErrorsPassAndAreMarked(t *testing.T) {
	for status, body := range map[int]string{
		400: `{"message":"The provided model identifier is invalid."}`,
		403: `{"Message":"User: arn:aws:iam::999:user/hardpan is not authorized to perform: bedrock:InvokeModel"}`,
		429: `{"message":"Too many requests","usage":{"inputTokens":3}}`,
		500: ``,
	} {
		b := backend(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("x-amzn-ErrorType", "SomeException:http://internal")
			w.Header().Set("Retry-After", "3")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		})
		a, got := answer(t, b, call("Converse", "{}"))
		if a.Status != status || got != body || a.Header.Get("X-Hardpan-Upstream-Error") != "true" ||
			a.Header.Get("X-Amzn-ErrorType") != "SomeException:http://internal" || a.Header.Get("Retry-After") != "3" {
			t.Errorf("%d became %d %v %q", status, a.Status, a.Header, got)
		}
		if _, known := a.Usage(); known {
			t.Errorf("%d: usage of an error", status)
		}
	}
}

// refused checks the shape of a failure before the first byte.
func refused(t *testing.T, err error, code string, status int, hidden ...string) {
	t.Helper()
	var e *awserr.Error
	if !errors.As(err, &e) || e.Code != code || e.Status != status {
		t.Fatalf("error %v, want %s %d", err, code, status)
	}
	for _, h := range append(hidden, "127.0.0.1", "secret") {
		if strings.Contains(e.Message, h) {
			t.Errorf("the message tells %q: %s", h, e.Message)
		}
	}
	if status != 500 && !strings.Contains(e.Message, `"aws-eu"`) {
		t.Errorf("the message does not name the backend: %s", e.Message)
	}
}

func TestFailuresBeforeTheFirstByte(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + l.Addr().String()
	l.Close()
	_, err = dial(t, closed).Answer(t.Context(), call("Converse", "{}"))
	refused(t, err, "ServiceUnavailableException", 503)

	hangup := backend(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	_, err = hangup.Answer(t.Context(), call("Converse", "{}"))
	refused(t, err, "ServiceUnavailableException", 503)

	redirect := backend(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://10.1.2.3/elsewhere", http.StatusTemporaryRedirect)
	})
	_, err = redirect.Answer(t.Context(), call("Converse", "{}"))
	refused(t, err, "ServiceUnavailableException", 503, "10.1.2.3")

	noCreds := dial(t, closed, func(c *bedrock.Config) {
		c.Credentials.Static = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{}, errors.New("secret store down")
		})
	})
	_, err = noCreds.Answer(t.Context(), call("Converse", "{}"))
	refused(t, err, "ServiceUnavailableException", 503)

	for _, c := range []*model.Call{{Operation: "Converse", Region: "ap-south-1"}, {Operation: "ApplyGuardrail", Region: "eu-west-1"}} {
		_, err = dial(t, closed).Answer(t.Context(), c)
		refused(t, err, "InternalServerException", 500)
	}
}

func TestSlowUpstreamTimesOut(t *testing.T) {
	gone := make(chan struct{})
	b := backend(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
		close(gone)
	}, func(c *bedrock.Config) { c.FirstByte = 20 * time.Millisecond })
	_, err := b.Answer(t.Context(), call("Converse", "{}"))
	refused(t, err, "ModelTimeoutException", 408)
	<-gone
}

func TestCancelReachesUpstreamAtOnce(t *testing.T) {
	for _, when := range []string{"before the head", "in the body", "by closing"} {
		t.Run(when, func(t *testing.T) {
			arrived, gone := make(chan struct{}), make(chan struct{})
			b := backend(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				if when != "before the head" {
					w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
					w.(http.Flusher).Flush()
				}
				close(arrived)
				<-r.Context().Done()
				close(gone)
			})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if when == "before the head" {
				go func() { <-arrived; cancel() }()
				if _, err := b.Answer(ctx, call("ConverseStream", "{}")); !errors.Is(err, context.Canceled) {
					t.Errorf("answer: %v", err)
				}
				<-gone
				return
			}
			a, err := b.Answer(ctx, call("ConverseStream", "{}"))
			if err != nil {
				t.Fatal(err)
			}
			<-arrived
			if when == "in the body" {
				cancel()
				if body, err := io.ReadAll(a.Body); !errors.Is(err, context.Canceled) || len(body) > 0 {
					t.Errorf("body: %q, %v", body, err)
				}
			}
			a.Body.Close()
			<-gone
		})
	}
}

func TestTruncatedBodyIsAnError(t *testing.T) {
	b := backend(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, `{"usage":{"inputTokens":1}}`)
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	a, err := b.Answer(t.Context(), call("Converse", "{}"))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if _, err := io.ReadAll(a.Body); err == nil {
		t.Error("a truncated body ended cleanly")
	}
	if _, known := a.Usage(); known {
		t.Error("usage of half an answer")
	}
}

func TestConnectionsAreKept(t *testing.T) {
	from := map[string]bool{}
	b := backend(t, func(w http.ResponseWriter, r *http.Request) {
		from[r.RemoteAddr] = true
		_, _ = io.WriteString(w, "{}")
	})
	for range 20 {
		answer(t, b, call("InvokeModel", "{}"))
	}
	if len(from) != 1 {
		t.Errorf("%d connections for 20 calls in a row", len(from))
	}
}

func TestCABundleOfTheEnvironment(t *testing.T) {
	up := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "{}") }))
	up.EnableHTTP2 = true
	up.Config.ErrorLog = log.New(io.Discard, "", 0) // it would tell of the handshake that must fail
	up.StartTLS()
	t.Cleanup(up.Close)
	_, err := dial(t, up.URL).Answer(t.Context(), call("Converse", "{}"))
	refused(t, err, "ServiceUnavailableException", 503)

	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: up.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CA_BUNDLE", path)
	if a, _ := answer(t, dial(t, up.URL), call("Converse", "{}")); a.Status != 200 {
		t.Errorf("status %d", a.Status)
	}
}

func TestAssumedRole(t *testing.T) {
	sts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		if r.Form.Get("Action") != "AssumeRole" || r.Form.Get("RoleArn") != "arn:aws:iam::999:role/models" || r.Form.Get("ExternalId") != "ext" || r.Form.Get("RoleSessionName") != "hardpan" {
			t.Errorf("STS was asked %v", r.Form)
		}
		fmt.Fprintf(w, `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>%s</SecretAccessKey><SessionToken>%s</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
			creds.AccessKeyID, creds.SecretAccessKey, creds.SessionToken)
	}))
	t.Cleanup(sts.Close)
	t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
	calls := 0
	b := backend(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if calls++; !signed(t, r, body, "eu-west-1") {
			t.Error("not signed by the role")
		}
	}, func(c *bedrock.Config) {
		c.Credentials = bedrock.Credentials{Static: bedrock.Static("AKIABASE", "base", ""), RoleARN: "arn:aws:iam::999:role/models", ExternalID: "ext", STSEndpoint: sts.URL}
	})
	answer(t, b, call("Converse", "{}"))
	answer(t, b, call("Converse", "{}"))
	if calls != 2 {
		t.Errorf("%d calls", calls)
	}
}

func TestConfigIsChecked(t *testing.T) {
	for want, cfg := range map[string]bedrock.Config{
		"needs a name":      {Regions: []string{"us-west-2"}},
		"name the regions":  {Name: "x"},
		"either a profile":  {Name: "x", Regions: []string{"us-west-2"}, Credentials: bedrock.Credentials{Profile: "p", Static: bedrock.Static("a", "b", "")}},
		"must be http":      {Name: "x", Regions: []string{"us-west-2"}, Endpoint: "ftp://user:pw@host"},
		"get shared config": {Name: "x", Regions: []string{"us-west-2"}, Credentials: bedrock.Credentials{Profile: "missing"}},
	} {
		_, err := bedrock.New(t.Context(), cfg)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "pw") {
			t.Errorf("%+v: %v, want %q", cfg, err, want)
		}
	}
}

func TestStaticCredentialsDoNotPrint(t *testing.T) {
	cfg := bedrock.Config{Credentials: bedrock.Credentials{Static: bedrock.Static("AKIA", "very-private", "also-private")}}
	for _, form := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(form, cfg); strings.Contains(s, "private") || strings.Contains(s, "AKIA") {
			t.Errorf("%s prints %s", form, s)
		}
	}
	if !bytes.Contains(fmt.Appendf(nil, "%+v", cfg), []byte("Static")) {
		t.Error("the form printed nothing at all")
	}
}
