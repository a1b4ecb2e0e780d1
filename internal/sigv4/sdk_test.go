package sigv4

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"pgregory.net/rapid"
)

const (
	testKeyID  = "AKIAEXAMPLE0000001"
	testSecret = "secret/with+signs="
)

var signedAt = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// drawn is a request as a client makes it, before it is signed.
type drawn struct {
	method, target, host string
	header               http.Header
	body                 []byte
	token                string
	presign              bool
}

func drawRequest(t *rapid.T) drawn {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{
			"model", "anthropic.claude-3-5-haiku-20241022-v1:0", "arn%3Aaws%3Abedrock%3A%3A%3Afoundation-model%2Fx",
			"%2F", "%3A", ":", "a b", "a+b", "%2B", "%20", "ሴ", "%E1%88%B4", "~", "*", "(x)", "'", "@", ",", ";", "=", "$", ".", "..", "", "%25", "%2e%2e",
		}), rapid.StringMatching(`[A-Za-z0-9._~:@!$&'()*+,;=-]{1,8}`))
	pair := rapid.Custom(func(t *rapid.T) string {
		name := rapid.SampledFrom([]string{"type", "a", "A", "ab", "a-b", "Param-3", "%E1%88%B4", "x%20y", "x+y", "~", "max%2FResults", "%2A"}).Draw(t, "name")
		if rapid.Bool().Draw(t, "bare") {
			return name
		}
		return name + "=" + url.QueryEscape(rapid.String().Draw(t, "value"))
	})
	d := drawn{
		method:  rapid.SampledFrom([]string{"GET", "POST", "PUT", "DELETE", "HEAD", "PATCH"}).Draw(t, "method"),
		target:  "/" + strings.Join(rapid.SliceOfN(piece, 0, 6).Draw(t, "path"), "/"),
		host:    rapid.SampledFrom([]string{"127.0.0.1:8642", "bedrock-runtime.eu-west-1.amazonaws.com", "localhost"}).Draw(t, "host"),
		header:  http.Header{},
		token:   rapid.SampledFrom([]string{"", "HPS1.abc/def+ghi=="}).Draw(t, "token"),
		presign: rapid.Bool().Draw(t, "presign"),
	}
	if q := rapid.SliceOfN(pair, 0, 5).Draw(t, "query"); len(q) > 0 {
		d.target += "?" + strings.Join(q, "&")
	}
	names := []string{"Content-Type", "X-Stainless-Os", "X-Custom", "Accept", "X-Amz-Meta-A", "X-Amz-Target", "Amz-Sdk-Request"}
	for range rapid.IntRange(0, 4).Draw(t, "headers") {
		d.header.Add(rapid.SampledFrom(names).Draw(t, "header"), rapid.StringMatching(`[!-~]([ -~]{0,12}[!-~])?`).Draw(t, "value"))
	}
	if d.method == "POST" || d.method == "PUT" {
		d.body = rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "body")
	}
	return d
}

// signBySDK signs d as the SDK does and returns what a server reads off the wire.
func signBySDK(t interface{ Fatal(...any) }, d drawn) []byte {
	r, err := http.NewRequest(d.method, "http://"+d.host+strings.ReplaceAll(d.target, "a b", "a%20b"), bytes.NewReader(d.body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = d.header.Clone()
	sum := sha256.Sum256(d.body)
	creds := aws.Credentials{AccessKeyID: testKeyID, SecretAccessKey: testSecret, SessionToken: d.token}
	if d.presign {
		q := r.URL.Query()
		q.Set("X-Amz-Expires", "900")
		r.URL.RawQuery = q.Encode()
		signed, header, err := v4.NewSigner().PresignHTTP(context.Background(), creds, r, hex.EncodeToString(sum[:]), "bedrock", "eu-west-1", signedAt)
		if err != nil {
			t.Fatal(err)
		}
		if r.URL, err = url.Parse(signed); err != nil {
			t.Fatal(err)
		}
		header.Del("Host")
		header.Del("Content-Length")
		r.Header = header
	} else if err := v4.NewSigner().SignHTTP(context.Background(), creds, r, hex.EncodeToString(sum[:]), "bedrock", "eu-west-1", signedAt); err != nil {
		t.Fatal(err)
	}
	var wire bytes.Buffer
	if err := r.Write(&wire); err != nil {
		t.Fatal(err)
	}
	return wire.Bytes()
}

// verifyWire takes a request off the wire and through every step of verification.
func verifyWire(keys *Keys, wire []byte, secret string) error {
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(wire)))
	if err != nil {
		return err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	return verifyRequest(keys, r, secret, sha256.Sum256(body))
}

func verifyRequest(keys *Keys, r *http.Request, secret string, sum [32]byte) error {
	s, err := Parse(r)
	if err != nil {
		return err
	}
	if err := s.CheckScope(Scope{Region: "eu-west-1", Service: "bedrock"}); err != nil {
		return err
	}
	if err := s.CheckTime(signedAt.Add(time.Minute)); err != nil {
		return err
	}
	if s.KeyID != testKeyID {
		return errors.New("another key has another secret") // the header form does not sign the key id itself
	}
	return keys.Verify(s, r, secret, sum)
}

func TestWhatTheSDKSignsVerifies(t *testing.T) { rapid.Check(t, sdkSignaturesVerify) }

func FuzzAgainstTheSDK(f *testing.F) { f.Fuzz(rapid.MakeFuzz(sdkSignaturesVerify)) }

func sdkSignaturesVerify(t *rapid.T) {
	wire := signBySDK(t, drawRequest(t))
	keys := NewKeys(4)
	for range 2 { // the second time with a remembered key
		if err := verifyWire(keys, wire, testSecret); err != nil {
			t.Fatalf("%v\n%s", err, wire)
		}
	}
	if verifyWire(keys, wire, testSecret+"x") == nil {
		t.Fatal("verified with another secret")
	}
	mutateEachPart(t, keys, wire)
}

// mutateEachPart changes one signed part at a time: none may verify.
func mutateEachPart(t *rapid.T, keys *Keys, wire []byte) {
	at := rapid.IntRange(0, 1<<20).Draw(t, "where")
	for name, mutate := range mutations {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(wire)))
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(r.Body)
		before := describe(r, body)
		body = mutate(r, body, at)
		if describe(r, body) != before && verifyRequest(keys, r, testSecret, sha256.Sum256(body)) == nil {
			t.Fatalf("still verifies after mutation %q\n%s", name, wire)
		}
	}
}

func describe(r *http.Request, body []byte) string {
	var b strings.Builder
	b.WriteString(r.Method + " " + r.RequestURI + " " + r.Host + "\n")
	_ = r.Header.Write(&b)
	b.Write(body)
	return b.String()
}

var mutations = map[string]func(r *http.Request, body []byte, at int) []byte{
	"method": func(r *http.Request, body []byte, _ int) []byte { r.Method += "X"; return body },
	"path": func(r *http.Request, body []byte, _ int) []byte {
		path, query, _ := strings.Cut(r.RequestURI, "?")
		r.RequestURI = path + "x?" + query
		return body
	},
	"slash": func(r *http.Request, body []byte, _ int) []byte {
		r.RequestURI = strings.Replace(r.RequestURI, "%2F", "/x", 1)
		return body
	},
	"query": func(r *http.Request, body []byte, _ int) []byte {
		sep := "?"
		if strings.Contains(r.RequestURI, "?") {
			sep = "&"
		}
		r.RequestURI += sep + "zz=1"
		return body
	},
	"query byte": func(r *http.Request, body []byte, at int) []byte {
		path, query, _ := strings.Cut(r.RequestURI, "?")
		if query == "" {
			return body
		}
		b := []byte(query)
		if i := at % len(b); b[i] >= '0' && b[i] <= '8' {
			b[i]++
		} else if b[i] >= 'g' && b[i] <= 'y' {
			b[i]++
		}
		r.RequestURI = path + "?" + string(b)
		return body
	},
	"host": func(r *http.Request, body []byte, _ int) []byte { r.Host = "x" + r.Host; return body },
	"header value": func(r *http.Request, body []byte, at int) []byte {
		if name := signedHeaderAt(r, at); name != "" {
			r.Header[name] = append([]string{"x" + r.Header[name][0]}, r.Header[name][1:]...)
		}
		return body
	},
	"header gone": func(r *http.Request, body []byte, at int) []byte {
		if name := signedHeaderAt(r, at); name != "Content-Length" { // net/http knows that one by itself
			r.Header.Del(name)
		}
		return body
	},
	"unsigned x-amz": func(r *http.Request, body []byte, _ int) []byte {
		r.Header.Set("X-Amz-Smuggled", "1")
		return body
	},
	"body": func(_ *http.Request, body []byte, _ int) []byte { return append(body, 'x') },
	"authorization": func(r *http.Request, body []byte, at int) []byte {
		v := []byte(r.Header.Get("Authorization"))
		if len(v) == 0 {
			return body
		}
		i := strings.Index(string(v), "Credential=") + at%(len(v)-len("AWS4-HMAC-SHA256 "))
		if i = i % len(v); v[i] >= '0' && v[i] <= '8' || v[i] >= 'a' && v[i] <= 'e' {
			v[i]++
			r.Header.Set("Authorization", string(v))
		}
		return body
	},
}

func signedHeaderAt(r *http.Request, at int) string {
	s, err := Parse(r)
	if err != nil {
		return ""
	}
	var present []string
	for _, name := range s.SignedHeaders {
		if name = http.CanonicalHeaderKey(name); len(r.Header[name]) > 0 {
			present = append(present, name)
		}
	}
	if len(present) == 0 {
		return ""
	}
	return present[at%len(present)]
}

// FuzzParse feeds whole requests of any kind: no panic, and nothing verifies.
func FuzzParse(f *testing.F) {
	f.Add([]byte("GET /a%2/../b?x=%&X-Amz-Signature=&X-Amz-Credential=////// HTTP/1.1\r\nHost: h\r\n\r\n"))
	f.Add([]byte("GET / HTTP/1.1\r\nHost: h\r\nAuthorization: AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request,SignedHeaders=host;;host,Signature=0\r\nDate: Tue, 15 Nov 1994 08:12:31 GMT\r\n\r\n"))
	f.Fuzz(func(t *testing.T, wire []byte) {
		if verifyWire(NewKeys(1), wire, testSecret) == nil {
			t.Fatal("verified a request that nobody signed")
		}
	})
}
