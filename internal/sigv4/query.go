package sigv4

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// MaxExpires is how long a presigned request may be valid: seven days (AWS: General).
const MaxExpires = 604800 * time.Second

// The query parameters of a presigned request.
const (
	queryAlgorithm     = "X-Amz-Algorithm"
	queryCredential    = "X-Amz-Credential"
	queryDate          = "X-Amz-Date"
	queryExpires       = "X-Amz-Expires"
	querySignedHeaders = "X-Amz-SignedHeaders"
	querySignature     = "X-Amz-Signature"
	queryToken         = "X-Amz-Security-Token"
)

// isPresigned tells whether a raw query means to carry a signature.
func isPresigned(raw string) bool {
	return strings.Contains(raw, queryAlgorithm+"=") || strings.Contains(raw, queryCredential+"=") ||
		strings.Contains(raw, querySignature+"=")
}

// parseQuery reads the query form.
func parseQuery(raw string, h http.Header) (*Signature, *Error) {
	q, err := presignParameters(raw)
	if err != nil {
		return nil, err
	}
	if err := requireParameters(q); err != nil {
		return nil, err
	}
	if q[queryAlgorithm] != Algorithm {
		return nil, incomplete("Unsupported AWS 'algorithm': '%s'.", clip(q[queryAlgorithm]))
	}
	s := &Signature{Presigned: true, SessionToken: q[queryToken], signature: q[querySignature]}
	if s.Date, err = parseDate(q[queryDate]); err != nil {
		return nil, err
	}
	if s.Expires, err = parseExpires(q[queryExpires]); err != nil {
		return nil, err
	}
	if err := s.credential(q[queryCredential]); err != nil {
		return nil, err
	}
	if err := s.headerList(q[querySignedHeaders]); err != nil {
		return nil, err
	}
	if err := s.requireSigned(h, ""); err != nil {
		return nil, err
	}
	if s.SessionToken == "" {
		s.SessionToken, err = single(h, "X-Amz-Security-Token")
	}
	return s, err
}

func signingParameter(name string) bool {
	switch name {
	case queryAlgorithm, queryCredential, queryDate, queryExpires, querySignedHeaders, querySignature, queryToken:
		return true
	}
	return false
}

// presignParameters returns the signing parameters of a raw query, each given once.
func presignParameters(raw string) (map[string]string, *Error) {
	found := make(map[string]string, 8)
	if strings.Count(raw, "&") >= maxQueryParameters {
		return nil, errTooManyParameters()
	}
	for part := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(part, "=")
		if !signingParameter(name) {
			continue
		}
		if _, twice := found[name]; twice {
			return nil, incomplete("AWS query-string parameter '%s' must be given once.", clip(name))
		}
		decoded, err := url.QueryUnescape(value)
		if err != nil {
			return nil, incomplete("AWS query-string parameter '%s' is not URI-encoded.", clip(name))
		}
		found[name] = decoded
	}
	return found, nil
}

// requireParameters words what is missing as AWS does (from memory).
func requireParameters(q map[string]string) *Error {
	var b strings.Builder
	for _, name := range [...]string{queryAlgorithm, queryCredential, querySignature, querySignedHeaders, queryDate} {
		if q[name] == "" {
			b.WriteString("AWS query-string parameters must include '" + name + "'. ")
		}
	}
	if b.Len() == 0 {
		return nil
	}
	return incomplete("%sRe-examine the query-string parameters.", b.String())
}

// parseExpires reads X-Amz-Expires, whole seconds. Absent is 0: the request then
// lives as long as one signed in the header. (Texts from memory.)
func parseExpires(text string) (time.Duration, *Error) {
	if text == "" {
		return 0, nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil:
		return 0, incomplete("X-Amz-Expires should be a number")
	case seconds < 0:
		return 0, incomplete("X-Amz-Expires must be non-negative")
	case seconds > int64(MaxExpires/time.Second):
		return 0, incomplete("X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds")
	}
	return time.Duration(seconds) * time.Second, nil
}

func errTooManyParameters() *Error {
	return incomplete("The query string has more than %d parameters.", maxQueryParameters)
}
