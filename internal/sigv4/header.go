package sigv4

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"
)

// parseHeader reads the header form. Parameters may come in any order, parted by
// commas, blanks or both.
func parseHeader(value string, h http.Header) (*Signature, *Error) {
	algorithm, rest, _ := strings.Cut(value, " ")
	if strings.TrimRight(algorithm, ",") != Algorithm {
		// AWS's text, from memory.
		return nil, incomplete("Unsupported AWS 'algorithm': '%s'.", clip(algorithm))
	}
	p, err := authorizationParameters(rest)
	if err != nil {
		return nil, err
	}
	date, dateName, err := headerDate(h)
	if err != nil {
		return nil, err
	}
	if missing := p.missing(dateName != ""); missing != "" {
		return nil, incomplete("%s(Hashed with SHA-256 and encoded with Base64) Authorization=%s", missing, fingerprint(value))
	}
	s := &Signature{Date: date, signature: p.signature}
	if err := s.credential(p.credential); err != nil {
		return nil, err
	}
	if err := s.headerList(p.signedHeaders); err != nil {
		return nil, err
	}
	if err := s.requireSigned(h, dateName); err != nil {
		return nil, err
	}
	s.SessionToken, err = single(h, "X-Amz-Security-Token")
	return s, err
}

type authorization struct{ credential, signedHeaders, signature string }

func authorizationParameters(text string) (p authorization, err *Error) {
	for text != "" {
		var field string
		if i := strings.IndexAny(text, ", \t"); i >= 0 {
			field, text = text[:i], text[i+1:]
		} else {
			field, text = text, ""
		}
		if field == "" {
			continue
		}
		name, value, ok := strings.Cut(field, "=")
		if !ok {
			// AWS's text, from memory; it echoes the part, which may hold anything.
			return p, incomplete("'%s' not a valid key=value pair (missing equal-sign) in Authorization header.", clip(field))
		}
		into := p.field(name)
		if into == nil {
			continue // AWS's verifiers ignore what they do not know (unverified)
		}
		if *into != "" {
			return p, incomplete("Authorization header must give '%s' once.", name)
		}
		*into = value
	}
	return p, nil
}

func (p *authorization) field(name string) *string {
	switch name {
	case "Credential":
		return &p.credential
	case "SignedHeaders":
		return &p.signedHeaders
	case "Signature":
		return &p.signature
	}
	return nil
}

// missing lists in AWS's words what the Authorization header lacks, one sentence
// a parameter, each ending in a blank.
func (p authorization) missing(dated bool) string {
	var b strings.Builder
	for _, f := range [...]struct{ name, value string }{
		{"Credential", p.credential}, {"Signature", p.signature}, {"SignedHeaders", p.signedHeaders},
	} {
		if f.value == "" {
			b.WriteString("Authorization header requires '" + f.name + "' parameter. ")
		}
	}
	if !dated {
		b.WriteString("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ")
	}
	return b.String()
}

// fingerprint lets a caller recognise the header an error speaks of.
func fingerprint(value string) string {
	sum := sha256.Sum256([]byte(value))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// headerDate returns the date the signature was made with, and the lower-case
// name of the header that gave it ("" if there is none). X-Amz-Date wins.
func headerDate(h http.Header) (time.Time, string, *Error) {
	if v, err := single(h, "X-Amz-Date"); err != nil || v != "" {
		if err != nil {
			return time.Time{}, "", err
		}
		t, err := parseDate(v)
		return t, "x-amz-date", err
	}
	v, err := single(h, "Date")
	if err != nil || v == "" {
		return time.Time{}, "", err
	}
	if t, err := http.ParseTime(v); err == nil {
		return t.UTC(), "date", nil
	}
	t, err := parseDate(v)
	return t, "date", err
}

func parseDate(v string) (time.Time, *Error) {
	t, err := time.Parse(isoBasic, v)
	if err != nil {
		// AWS's text, from memory.
		return t, incomplete("Date must be in ISO-8601 'basic format'. Got '%s'. See http://en.wikipedia.org/wiki/ISO_8601", clip(v))
	}
	return t, nil
}

// single returns the value of a header that may be given once only: with two,
// signer and reader might each have another one in mind.
func single(h http.Header, name string) (string, *Error) {
	switch v := h[name]; len(v) {
	case 0:
		return "", nil
	case 1:
		return v[0], nil
	default:
		return "", incomplete("Header '%s' must be given once, found %d.", name, len(v))
	}
}

// requireSigned refuses headers that AWS wants signed and that are not: the date
// that was used, and every x-amz-* (from memory, unverified: AWS's guide demands
// it of signers, whether each service insists was not seen). x-amz-cf-id is what
// a CDN adds on the way, x-amzn-* are no x-amz-* headers.
func (s *Signature) requireSigned(h http.Header, dateName string) *Error {
	if dateName == "date" && !s.signs("date") {
		return mismatch("'Date' must be a 'SignedHeader' in the AWS Authorization.")
	}
	for name := range h {
		if len(name) > 6 && name[:6] == "X-Amz-" && name != "X-Amz-Cf-Id" && !s.signs(strings.ToLower(name)) {
			return mismatch("'%s' must be a 'SignedHeader' in the AWS Authorization.", clip(name))
		}
	}
	return nil
}
