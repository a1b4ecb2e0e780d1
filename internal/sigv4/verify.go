package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"
)

// EmptyPayload is the SHA-256 of no bytes at all, the payload of a request
// without a body.
var EmptyPayload = sha256.Sum256(nil)

// Verify tells whether secret signed r, whose body has the SHA-256 payload. It
// returns nil or an *[Error]; scope and time are checked by others, see [Parse].
//
// The path is taken by AWS's rule, normalised. Where that differs from the path
// as sent, a signature over the latter is accepted too: the Go SDK does not
// normalise, and such a signature proves more, not less.
func (k *Keys) Verify(s *Signature, r *http.Request, secret string, payload [32]byte) error {
	if secret == "" {
		return doesNotMatch("no secret to verify with")
	}
	if err := checkDeclaredPayload(r.Header, &payload); err != nil {
		return err
	}
	key, keep := k.key(s, secret)
	path, query := target(r)
	ok, err := s.signedBy(&key, r, NormalPath(path), query, &payload)
	if err == nil && !ok && !isNormal(path) {
		ok, err = s.signedBy(&key, r, path, query, &payload)
	}
	if err != nil {
		return err
	}
	if !ok {
		return doesNotMatch("signature of " + clip(s.KeyID) + " differs")
	}
	if keep != nil {
		keep()
	}
	return nil
}

// checkDeclaredPayload holds x-amz-content-sha256, where a client sends it,
// against the body. S3's other values (UNSIGNED-PAYLOAD, STREAMING-…) leave the
// body unproven and are not accepted by the services served here.
func checkDeclaredPayload(h http.Header, payload *[32]byte) *Error {
	declared, err := single(h, "X-Amz-Content-Sha256")
	if err != nil || declared == "" {
		return err
	}
	var sum [64]byte
	hex.Encode(sum[:], payload[:])
	if !strings.EqualFold(declared, string(sum[:])) {
		return doesNotMatch("x-amz-content-sha256 is not the hash of the body")
	}
	return nil
}

// signedBy builds the string to sign and compares signatures in constant time.
func (s *Signature) signedBy(key *[32]byte, r *http.Request, path, query string, payload *[32]byte) (bool, *Error) {
	buffer := buffers.Get().(*[]byte)
	defer putBuffer(buffer)
	text, err := s.appendCanonical((*buffer)[:0], r, path, query, payload)
	if err != nil {
		return false, err
	}
	canonical := sha256.Sum256(text)
	text = s.appendStringToSign(text[:0], &canonical)
	*buffer = text

	h := hmac.New(sha256.New, key[:])
	h.Write(text)
	var sum [32]byte
	var want [64]byte
	hex.Encode(want[:], h.Sum(sum[:0]))
	return subtle.ConstantTimeCompare(want[:], []byte(s.signature)) == 1, nil
}

func (s *Signature) appendStringToSign(dst []byte, canonical *[32]byte) []byte {
	dst = append(append(dst, Algorithm...), '\n')
	dst = append(s.Date.AppendFormat(dst, isoBasic), '\n')
	for _, part := range [...]string{s.ScopeDate, s.Region, s.Service} {
		dst = append(append(dst, part...), '/')
	}
	dst = append(append(dst, s.Terminator...), '\n')
	return hex.AppendEncode(dst, canonical[:])
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 2048); return &b }}

// putBuffer forgets the rare large buffer.
func putBuffer(b *[]byte) {
	if cap(*b) <= 16<<10 {
		buffers.Put(b)
	}
}
