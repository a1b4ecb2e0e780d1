package sigv4

import (
	"bytes"
	"crypto/sha256"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The published example credentials of AWS's suite; every case uses them.
const (
	vectorKeyID  = "AKIDEXAMPLE"
	vectorSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

var vectorTime = time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)

func TestPublishedVectors(t *testing.T) {
	count := 0
	for _, suite := range []struct{ signed, canonical string }{
		{"v4/*/header-signed-request.txt", "header-canonical-request.txt"},
		{"v4/*/query-signed-request.txt", "query-canonical-request.txt"},
		{"classic/*.sreq", ""},
	} {
		files, err := filepath.Glob(filepath.Join("testdata", suite.signed))
		if err != nil || len(files) < 30 {
			t.Fatalf("%s: %d cases, err %v", suite.signed, len(files), err)
		}
		for _, file := range files {
			canonical := strings.TrimSuffix(file, ".sreq") + ".creq"
			if suite.canonical != "" {
				canonical = filepath.Join(filepath.Dir(file), suite.canonical)
			}
			t.Run(strings.TrimPrefix(file, "testdata/"), func(t *testing.T) { verifyVector(t, file, canonical) })
			count++
		}
	}
	t.Logf("%d published SigV4 vectors verified", count)
	if count != 106 {
		t.Errorf("expected 106 vectors, found %d", count)
	}
}

func verifyVector(t *testing.T, signedFile, canonicalFile string) {
	r, body := readVector(t, signedFile)
	if strings.Contains(signedFile, "post-sts-header-after") {
		withoutLateToken(t, r)
	}
	s, err := Parse(r)
	if err != nil {
		t.Fatal("parse:", err)
	}
	if s.KeyID != vectorKeyID || !s.Date.Equal(vectorTime) || s.Presigned != strings.Contains(signedFile, "query-signed") {
		t.Errorf("parsed %v, date %v, presigned %v", s, s.Date, s.Presigned)
	}
	if err := s.CheckScope(Scope{Region: "us-east-1", Service: "service"}); err != nil {
		t.Error("scope:", err)
	}
	if err := s.CheckTime(vectorTime); err != nil {
		t.Error("time:", err)
	}
	sum := sha256.Sum256(body)
	if err := NewKeys(1).Verify(s, r, vectorSecret, sum); err != nil {
		t.Error("verify:", err)
	}
	checkCanonical(t, s, r, sum, canonicalFile)
}

// withoutLateToken takes away the session token that these two cases add after
// signing, having seen that a request that leaves it unsigned is refused.
func withoutLateToken(t *testing.T, r *http.Request) {
	if s, err := Parse(r); err == nil && NewKeys(1).Verify(s, r, vectorSecret, EmptyPayload) == nil {
		t.Error("a session token outside the signature was accepted")
	}
	r.Header.Del("X-Amz-Security-Token")
	path, query, _ := strings.Cut(r.RequestURI, "?")
	var kept []string
	for part := range strings.SplitSeq(query, "&") {
		if part != "" && !strings.HasPrefix(part, queryToken) {
			kept = append(kept, part)
		}
	}
	if kept != nil {
		path += "?" + strings.Join(kept, "&")
	}
	r.RequestURI = path
}

func checkCanonical(t *testing.T, s *Signature, r *http.Request, sum [32]byte, file string) {
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	path, query := target(r)
	for _, p := range []string{NormalPath(path), path} {
		got, e := s.appendCanonical(nil, r, p, query, &sum)
		if e != nil {
			t.Fatal(e)
		}
		if string(got) == strings.ReplaceAll(string(want), "\r\n", "\n") {
			return
		}
		if p == path {
			t.Errorf("canonical request\n%s\nwant\n%s", got, want)
		}
	}
}

// readVector reads a request as net/http's server would hand it over. The suite's
// paths hold raw blanks and UTF-8, so it cannot be read by http.ReadRequest.
func readVector(t *testing.T, file string) (*http.Request, []byte) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, body, _ := bytes.Cut(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	method, rest, _ := strings.Cut(lines[0], " ")
	r := &http.Request{
		Method: method, RequestURI: strings.TrimSuffix(rest, " HTTP/1.1"), Header: http.Header{},
		URL: &url.URL{}, ContentLength: int64(len(body)),
	}
	last := ""
	for _, line := range lines[1:] {
		if line == "" {
			continue
		}
		if strings.HasPrefix(line, " ") { // folded: net/http joins the lines with one blank
			values := r.Header[last]
			values[len(values)-1] += " " + strings.TrimSpace(line)
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		last = http.CanonicalHeaderKey(name)
		r.Header.Add(last, strings.TrimSpace(value))
	}
	r.Host = r.Header.Get("Host")
	r.Header.Del("Host")
	return r, body
}
