// Package sigv4 verifies AWS Signature Version 4, in the Authorization header
// and in the query string (presigned requests).
//
// It knows what a signature is made of and how AWS words its refusals. It does
// not know whose key it is, which regions and services exist, or the time: the
// caller brings the secret, the wanted scope and the clock. It never reads a body.
//
// A request is verified in this order, the first three steps before a byte of
// the body is read:
//
//	sig, err := sigv4.Parse(r)           // who signed, for which scope, when
//	err = sig.CheckScope(scope)          // terminator, date, region, service
//	err = sig.CheckTime(now)             // ±5 minutes, or the presigned window
//	err = keys.Verify(sig, r, secret, sha256.Sum256(body))
//
// The canonical request is built from the path and query as they were sent, and
// from exactly the headers the signer listed: SDKs leave out User-Agent or
// Expect, other clients sign them.
package sigv4

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// Algorithm is the one signing algorithm that is verified.
const Algorithm = "AWS4-HMAC-SHA256"

const (
	terminator = "aws4_request"
	isoBasic   = "20060102T150405Z" // ISO 8601 basic format, as in X-Amz-Date
)

// Limits of one signature. AWS publishes none; these are far above what SDKs send
// and keep the canonical request of a hostile one small.
const (
	maxSignedHeaders   = 128
	maxQueryParameters = 512
	maxCanonicalBytes  = 128 << 10
	maxKeyIDBytes      = 128 // IAM: access key ids have 16 to 128 characters
)

// Signature is what a request says of its own signing. Nothing in it is proven
// until [Keys.Verify] returns nil.
type Signature struct {
	Presigned     bool
	KeyID         string
	ScopeDate     string // YYYYMMDD
	Region        string
	Service       string
	Terminator    string
	Date          time.Time     // when it was signed, UTC
	Expires       time.Duration // presigned: valid this long after Date; 0 if not said
	SignedHeaders []string      // as listed by the signer, lower case
	SessionToken  string        // X-Amz-Security-Token from header or query, or empty

	signedHeaders string // the list as sent
	signature     string // 64 hex digits
}

// Scope is the credential scope as it stands in the string to sign.
func (s *Signature) Scope() string {
	return s.ScopeDate + "/" + s.Region + "/" + s.Service + "/" + s.Terminator
}

// String names the key and its scope, and neither token nor signature.
func (s *Signature) String() string { return s.KeyID + "/" + s.Scope() }

// GoString implements fmt.GoStringer without the session token.
func (s *Signature) GoString() string { return "sigv4.Signature(" + s.String() + ")" }

// Format implements fmt.Formatter: every verb prints [Signature.String].
func (s *Signature) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// LogValue implements slog.LogValuer.
func (s *Signature) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON implements json.Marshaler without the session token.
func (s *Signature) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// Parse finds the signature of r, in the header or in the query, and takes it
// apart. It reads headers and query only. The error is an *[Error].
func Parse(r *http.Request) (*Signature, error) {
	headers := r.Header["Authorization"]
	if len(headers) > 1 {
		return nil, incomplete("Authorization header must be given once, found %d.", len(headers))
	}
	var (
		s   *Signature
		err *Error
	)
	_, query := target(r)
	switch {
	case len(headers) == 1 && strings.HasPrefix(headers[0], "AWS4-"):
		s, err = parseHeader(headers[0], r.Header)
	case len(headers) == 0 && isPresigned(query):
		s, err = parseQuery(query, r.Header)
	default:
		err = errMissing()
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// credential takes keyid/date/region/service/terminator apart. It reads from the
// right, since the key id is the only part whose alphabet is not fixed.
func (s *Signature) credential(text string) *Error {
	parts := strings.Split(text, "/")
	if len(parts) < 5 || len(parts) > 8 {
		// AWS's text, from memory.
		return incomplete("Credential must have at least 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '%s'", clip(text))
	}
	n := len(parts) - 4
	s.KeyID = strings.Join(parts[:n], "/")
	s.ScopeDate, s.Region, s.Service, s.Terminator = parts[n], parts[n+1], parts[n+2], parts[n+3]
	if s.KeyID == "" || len(s.KeyID) > maxKeyIDBytes || len(text) > 4*maxKeyIDBytes {
		return incomplete("Credential holds no valid access key id, got '%s'", clip(text))
	}
	return nil
}

// headerList takes a SignedHeaders list. The names are lower case in every client
// seen, and the list has to name host, or what HTTP/2 has in its place: AWS's SDK
// for JavaScript signs that (AWS's text, from memory).
func (s *Signature) headerList(list string) *Error {
	if strings.Count(list, ";") >= maxSignedHeaders {
		return incomplete("SignedHeaders names more than %d headers.", maxSignedHeaders)
	}
	s.signedHeaders, s.SignedHeaders = list, strings.Split(list, ";")
	if !s.signs("host") && !s.signs(authority) {
		return mismatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	return nil
}

func (s *Signature) signs(name string) bool {
	for _, h := range s.SignedHeaders {
		if h == name {
			return true
		}
	}
	return false
}

// clip keeps a stranger's text short in an answer.
func clip(text string) string {
	const most = 128
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}
