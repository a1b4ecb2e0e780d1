package sigv4

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const (
	goodCredential = "AKIAEXAMPLE0000001/20261122/eu-west-1/bedrock/aws4_request"
	goodSignature  = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
)

func headerRequest(authorization string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/model/x/invoke", nil)
	r.Header.Set("Authorization", authorization)
	r.Header.Set("X-Amz-Date", "20261122T100000Z")
	return r
}

func TestParseTakesParametersInAnyOrderAndSpacing(t *testing.T) {
	for _, sep := range []string{", ", ",", " ", ",  \t"} {
		parts := []string{"Signature=" + goodSignature, "SignedHeaders=host;x-amz-date", "Credential=" + goodCredential}
		r := headerRequest(Algorithm + " " + strings.Join(parts, sep))
		r.Header.Set("X-Amz-Cf-Id", "added by a CDN")
		r.Header.Set("X-Amzn-Trace-Id", "added by a proxy")
		s, err := Parse(r)
		if err != nil {
			t.Fatalf("%q: %v", sep, err)
		}
		if s.KeyID != "AKIAEXAMPLE0000001" || s.Region != "eu-west-1" || s.Service != "bedrock" || s.signature != goodSignature {
			t.Errorf("%q: parsed %v", sep, s)
		}
	}
}

func TestParseAcceptsADateHeader(t *testing.T) {
	r := headerRequest(Algorithm + " Credential=" + goodCredential + ", SignedHeaders=date;host, Signature=" + goodSignature)
	r.Header.Del("X-Amz-Date")
	r.Header.Set("Date", "Sun, 22 Nov 2026 10:00:00 GMT")
	s, err := Parse(r)
	if err != nil || !s.Date.Equal(signedAt) {
		t.Fatalf("parsed %v, %v", s, err)
	}
}

func TestParseRefusesWithAWSTexts(t *testing.T) {
	rest := ", SignedHeaders=host;x-amz-date, Signature=" + goodSignature
	presigned := func(query string) *http.Request {
		return httptest.NewRequest(http.MethodGet, "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="+goodCredential+
			"&X-Amz-Date=20261122T100000Z&X-Amz-SignedHeaders=host&X-Amz-Signature="+goodSignature+query, nil)
	}
	twice := headerRequest(Algorithm + " Credential=" + goodCredential + rest)
	twice.Header.Add("X-Amz-Date", "20261122T100001Z")
	unsigned := headerRequest(Algorithm + " Credential=" + goodCredential + rest)
	unsigned.Header.Set("X-Amz-Security-Token", "t")
	bare := headerRequest(Algorithm + " Credential=" + goodCredential + rest)
	bare.Header.Del("X-Amz-Date")
	for name, tt := range map[string]struct {
		r    *http.Request
		kind Kind
		text string
	}{
		"nothing":              {httptest.NewRequest(http.MethodGet, "/", nil), Missing, "Missing Authentication Token"},
		"basic":                {headerRequest("Basic abc"), Missing, "Missing Authentication Token"},
		"algorithm":            {headerRequest("AWS4-ECDSA-P256-SHA256 Credential=x"), Incomplete, "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'."},
		"no credential":        {headerRequest(Algorithm + " " + rest), Incomplete, "Authorization header requires 'Credential' parameter. (Hashed"},
		"empty":                {headerRequest(Algorithm), Incomplete, "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter."},
		"no date":              {bare, Incomplete, "existence of either a 'X-Amz-Date' or a 'Date' header."},
		"no equal sign":        {headerRequest(Algorithm + " Credential"), Incomplete, "missing equal-sign"},
		"credential twice":     {headerRequest(Algorithm + " Credential=a, Credential=b" + rest), Incomplete, "once"},
		"short credential":     {headerRequest(Algorithm + " Credential=a/b/c" + rest), Incomplete, "slash-delimited elements"},
		"two dates":            {twice, Incomplete, "must be given once"},
		"host unsigned":        {headerRequest(Algorithm + " Credential=" + goodCredential + ", SignedHeaders=x-amz-date, Signature=0"), Mismatch, "'Host' or ':authority' must be a 'SignedHeader'"},
		"token unsigned":       {unsigned, Mismatch, "'X-Amz-Security-Token' must be a 'SignedHeader'"},
		"too many headers":     {headerRequest(Algorithm + " Credential=" + goodCredential + ", SignedHeaders=host" + strings.Repeat(";a", 200) + ", Signature=0"), Incomplete, "more than 128 headers"},
		"presigned parts":      {httptest.NewRequest(http.MethodGet, "/?X-Amz-Algorithm=AWS4-HMAC-SHA256", nil), Incomplete, "AWS query-string parameters must include 'X-Amz-Credential'. "},
		"presigned week":       {presigned("&X-Amz-Expires=604801"), Incomplete, "less than a week"},
		"presigned negative":   {presigned("&X-Amz-Expires=-1"), Incomplete, "non-negative"},
		"presigned word":       {presigned("&X-Amz-Expires=soon"), Incomplete, "should be a number"},
		"presigned twice":      {presigned("&X-Amz-Date=20261122T100000Z"), Incomplete, "given once"},
		"presigned escape":     {presigned("&X-Amz-Security-Token=%zz"), Incomplete, "not URI-encoded"},
		"presigned parameters": {presigned(strings.Repeat("&a", 600)), Incomplete, "more than 512 parameters"},
	} {
		_, err := Parse(tt.r)
		var e *Error
		if !errors.As(err, &e) || e.Kind != tt.kind || !strings.Contains(e.Message, tt.text) {
			t.Errorf("%s: got %v, want kind %d with %q", name, err, tt.kind, tt.text)
		}
	}
}

func TestErrorsInBothProtocols(t *testing.T) {
	for kind, want := range map[Kind][2]string{
		Missing:    {"MissingAuthenticationToken: Request is missing Authentication Token", "MissingAuthenticationTokenException: m"},
		Incomplete: {"IncompleteSignature: m", "IncompleteSignatureException: m"},
		Mismatch:   {"SignatureDoesNotMatch: m", "InvalidSignatureException: m"},
	} {
		e := &Error{Kind: kind, Message: "m"}
		if q, j := e.AWS(false), e.AWS(true); q.Error() != want[0] || j.Error() != want[1] || q.Status != 403 || j.Status != 403 {
			t.Errorf("kind %d: %v, %v", kind, q, j)
		}
	}
}

func TestCheckScope(t *testing.T) {
	good := Signature{KeyID: "K", ScopeDate: "20261122", Region: "xx", Service: "sts", Terminator: "aws4_request", Date: signedAt}
	bad := good
	bad.Terminator = "aws5_request"
	late := good
	late.ScopeDate = "20261121"
	for _, tt := range []struct {
		s    Signature
		want Scope
		text string
	}{
		{good, Scope{}, ""},
		{good, Scope{Region: "xx", Service: "sts"}, ""},
		{good, Scope{Region: "eu-west-1"}, "Credential should be scoped to a valid Region, not 'xx'. "},
		{good, Scope{Service: "bedrock"}, "Credential should be scoped to correct service: 'bedrock'. "},
		{bad, Scope{}, "Credential should be scoped with a valid terminator: 'aws4_request'"},
		{late, Scope{}, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP"},
	} {
		if err := tt.s.CheckScope(tt.want); fmt.Sprint(err) != tt.text && (err != nil || tt.text != "") {
			t.Errorf("%v: got %v, want %q", tt.want, err, tt.text)
		}
	}
}

func TestCheckTime(t *testing.T) {
	for _, tt := range []struct {
		expires, later time.Duration
		text           string
	}{
		{0, 0, ""},
		{0, 5 * time.Minute, ""},
		{0, -5 * time.Minute, ""},
		{0, 5*time.Minute + 999*time.Millisecond, ""},
		{0, 301 * time.Second, "Signature expired: 20261122T100000Z is now earlier than 20261122T100001Z (20261122T100501Z - 5 min.)"},
		{0, -301 * time.Second, "Signature not yet current: 20261122T100000Z is still later than 20261122T095959Z (20261122T095459Z + 5 min.)"},
		{time.Hour, time.Hour, ""},
		{time.Hour, time.Hour + time.Second, "Signature expired: 20261122T100000Z is now earlier than 20261122T100001Z (20261122T110001Z - 60 min.)"},
		{time.Hour, -6 * time.Minute, "Signature not yet current: 20261122T100000Z is still later than 20261122T095900Z (20261122T095400Z + 5 min.)"},
		{time.Second, 2 * time.Second, "Signature expired: 20261122T100000Z is now earlier than 20261122T100001Z (20261122T100002Z - 1 sec.)"},
	} {
		s := Signature{Date: signedAt, Expires: tt.expires, Presigned: tt.expires > 0}
		if err := s.CheckTime(signedAt.Add(tt.later)); fmt.Sprint(err) != tt.text && (err != nil || tt.text != "") {
			t.Errorf("%v later: got %v, want %q", tt.later, err, tt.text)
		}
	}
}

func TestDeclaredPayload(t *testing.T) {
	for value, ok := range map[string]bool{
		"": true, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855": true,
		"E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855": true,
		"UNSIGNED-PAYLOAD": false, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD": false, goodSignature: false,
	} {
		h := http.Header{}
		if value != "" {
			h.Set("X-Amz-Content-Sha256", value)
		}
		if err := checkDeclaredPayload(h, &EmptyPayload); (err == nil) != ok {
			t.Errorf("%q: %v", value, err)
		}
	}
}

// Clients that are not the Go SDK sign User-Agent, Expect, Content-Length and
// X-Stainless-*; the list in the request decides.
func TestHeadersOnlyOtherClientsSign(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/model/a:b/invoke", strings.NewReader("{}"))
	r.Header.Set("User-Agent", "some  agent/1.0 ")
	r.Header.Set("Expect", "100-continue")
	r.TransferEncoding = []string{"chunked"}
	s := &Signature{}
	if err := s.headerList("content-length;expect;host;transfer-encoding;user-agent"); err != nil {
		t.Fatal(err)
	}
	got, err := s.appendCanonical(nil, r, "/model/a:b/invoke", "", &EmptyPayload)
	if err != nil {
		t.Fatal(err)
	}
	want := "POST\n/model/a%3Ab/invoke\n\ncontent-length:2\nexpect:100-continue\nhost:example.com\ntransfer-encoding:chunked\nuser-agent:some agent/1.0\n\n" +
		"content-length;expect;host;transfer-encoding;user-agent\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if _, err := (&Signature{SignedHeaders: []string{"x-absent"}}).appendCanonical(nil, r, "/", "", &EmptyPayload); err == nil {
		t.Error("a listed header that was not sent was accepted")
	}
}

func TestTargetIsAsSent(t *testing.T) {
	for raw, want := range map[string][2]string{
		"/regions/eu-west-1/model/a%3Ab?x=%2f": {"/regions/eu-west-1/model/a%3Ab", "x=%2f"},
		"http://h:1/a?b":                       {"/a", "b"},
		"http://h?b":                           {"/", "b"},
		"/?":                                   {"/", ""},
	} {
		r := httptest.NewRequest(http.MethodGet, "/rewritten", nil)
		r.RequestURI = raw
		if path, query := target(r); path != want[0] || query != want[1] {
			t.Errorf("%s: %q %q", raw, path, query)
		}
	}
}

func TestCanonicalFormIsBounded(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	s := &Signature{SignedHeaders: []string{"x-big", "host"}, signature: goodSignature}
	r.Header.Set("X-Big", strings.Repeat("x", maxCanonicalBytes+1))
	if err := NewKeys(1).Verify(s, r, "secret", EmptyPayload); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Error(err)
	}
	r = httptest.NewRequest(http.MethodGet, "/?"+strings.Repeat("a&", maxQueryParameters), nil)
	if err := NewKeys(1).Verify(s, r, "secret", EmptyPayload); err == nil || !strings.Contains(err.Error(), "parameters") {
		t.Error(err)
	}
}

func TestAnEmptySecretVerifiesNothing(t *testing.T) {
	if err := NewKeys(1).Verify(&Signature{}, httptest.NewRequest(http.MethodGet, "/", nil), "", EmptyPayload); err == nil {
		t.Error("verified")
	}
}

func TestKeysAreBoundedAndFollowTheSecret(t *testing.T) {
	k := NewKeys(3)
	for i := range 100 {
		s := &Signature{KeyID: fmt.Sprint("AKIA", i), ScopeDate: "20261122", Region: "r", Service: "s"}
		if _, keep := k.key(s, "secret"); keep == nil {
			t.Fatal("a key was remembered before it was kept")
		} else {
			keep()
		}
		if _, keep := k.key(s, "secret"); keep != nil {
			t.Fatal("a kept key was forgotten")
		}
		one, _ := k.key(s, "secret")
		if other, keep := k.key(s, "replaced"); keep == nil || one == other {
			t.Fatal("a replaced secret got the old key")
		}
	}
	if n := len(k.young) + len(k.old); n > 6 {
		t.Errorf("%d keys held", n)
	}
}

func TestSignaturePrintsNoToken(t *testing.T) {
	s := &Signature{KeyID: "AKIA", SessionToken: "tell-nobody", signature: "tell-nobody"}
	j, _ := json.Marshal(s)
	for _, text := range []string{fmt.Sprintf("%v %+v %#v %s %q %d", s, s, s, s, s, s), s.LogValue().String(), s.GoString(), string(j)} {
		if strings.Contains(text, "tell-nobody") {
			t.Errorf("printed %s", text)
		}
	}
}

// AWS's SDK for JavaScript speaks HTTP/2 to Bedrock Runtime and signs :authority in
// place of host. It is bound to the same name.
func TestAuthorityStandsForHost(t *testing.T) {
	r := headerRequest(Algorithm + " Credential=" + goodCredential + ", SignedHeaders=:authority;x-amz-date, Signature=" + strings.Repeat("0", 64))
	s, err := Parse(r)
	if err != nil {
		t.Fatal(err)
	}
	line, wrong := appendHeader(nil, r, ":authority")
	if wrong != nil || string(line) != ":authority:"+r.Host+"\n" || r.Host == "" {
		t.Errorf("canonical line %q, %v", line, wrong)
	}
	if !s.signs(":authority") || s.signs("host") {
		t.Errorf("signed: %v", s.SignedHeaders)
	}
}
