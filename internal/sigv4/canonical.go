package sigv4

import (
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// appendCanonical appends the canonical request: method, path, query, the signed
// headers with their values, their list, and the payload hash.
func (s *Signature) appendCanonical(dst []byte, r *http.Request, path, query string, payload *[32]byte) ([]byte, *Error) {
	method := r.Method
	if method == "" {
		method = http.MethodGet
	}
	dst = append(append(dst, method...), '\n')
	dst = append(appendEncoded(dst, path, true), '\n')
	dst, err := s.appendQuery(dst, query)
	if err != nil {
		return nil, err
	}
	dst = append(dst, '\n')
	for _, name := range s.SignedHeaders {
		if dst, err = appendHeader(dst, r, name); err != nil {
			return nil, err
		}
		if len(dst) > maxCanonicalBytes {
			return nil, incomplete("The signed headers are longer than %d bytes.", maxCanonicalBytes)
		}
	}
	dst = append(dst, '\n')
	dst = append(append(dst, s.signedHeaders...), '\n')
	return hex.AppendEncode(dst, payload[:]), nil
}

// appendHeader appends one line of the canonical headers. A header that is
// listed but was not sent cannot have been signed as it is.
func appendHeader(dst []byte, r *http.Request, name string) ([]byte, *Error) {
	dst = append(append(dst, name...), ':')
	values := r.Header[http.CanonicalHeaderKey(name)]
	if len(values) == 0 {
		own := serverHeader(r, name)
		if own == "" {
			return nil, doesNotMatch("signed header " + clip(name) + " was not sent")
		}
		return append(appendTrimmed(dst, own), '\n'), nil
	}
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendTrimmed(dst, v)
	}
	return append(dst, '\n'), nil
}

// authority is HTTP/2's name for the Host header.
const authority = ":authority"

// serverHeader returns the headers that net/http moves out of the header map.
func serverHeader(r *http.Request, name string) string {
	switch name {
	case "host", authority:
		if r.Host == "" && r.URL != nil {
			return r.URL.Host
		}
		return r.Host
	case "content-length":
		if r.ContentLength >= 0 {
			return strconv.FormatInt(r.ContentLength, 10)
		}
	case "transfer-encoding":
		return strings.Join(r.TransferEncoding, ",")
	}
	return ""
}

// appendTrimmed appends a header value without the blanks around it and with runs
// of blanks inside it made one.
func appendTrimmed(dst []byte, v string) []byte {
	v = strings.TrimSpace(v)
	for {
		i := strings.Index(v, "  ")
		if i < 0 {
			return append(dst, v...)
		}
		dst = append(dst, v[:i+1]...)
		v = strings.TrimLeft(v[i:], " ")
	}
}

// appendQuery appends the canonical query: every name and value decoded, encoded
// AWS's way, then sorted by name and value. A presigned request leaves out its
// own signature.
func (s *Signature) appendQuery(dst []byte, raw string) ([]byte, *Error) {
	if raw == "" {
		return dst, nil
	}
	if len(raw) > maxCanonicalBytes || strings.Count(raw, "&") >= maxQueryParameters {
		return nil, errTooManyParameters()
	}
	type parameter struct{ name, value string }
	list := make([]parameter, 0, strings.Count(raw, "&")+1)
	for part := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(part, "=")
		if part == "" || s.Presigned && name == querySignature {
			continue
		}
		list = append(list, parameter{reencode(name), reencode(value)})
	}
	slices.SortFunc(list, func(a, b parameter) int {
		if c := strings.Compare(a.name, b.name); c != 0 {
			return c
		}
		return strings.Compare(a.value, b.value)
	})
	for i, p := range list {
		if i > 0 {
			dst = append(dst, '&')
		}
		dst = append(append(append(dst, p.name...), '='), p.value...)
	}
	return dst, nil
}

// reencode brings one name or value of a query into AWS's encoding. "+" is a
// blank, as SDKs read it; a "%" that starts no escape stands for itself.
func reencode(s string) string {
	if isEncoded(s) {
		return s
	}
	out := make([]byte, 0, len(s)+16)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '+':
			c = ' '
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			c = fromHex(s[i+1])<<4 | fromHex(s[i+2])
			i += 2
		}
		if unreserved[c] {
			out = append(out, c)
		} else {
			out = append(out, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return string(out)
}

func isEncoded(s string) bool {
	for i := range len(s) {
		if !unreserved[s[i]] {
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func fromHex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c >= 'a':
		return c - 'a' + 10
	default:
		return c - 'A' + 10
	}
}
