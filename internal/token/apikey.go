package token

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"
)

// The prefixes of the two kinds of Bedrock API key (AWS: Bedrock User Guide; the
// first also from public secret scanners).
const (
	LongTermPrefix  = "ABSK"
	ShortTermPrefix = "bedrock-api-key-"
)

// maxKeyBytes bounds the text of an API key before anything is decoded. A
// short-term key carries a URL-encoded session token.
const maxKeyBytes = 2 * MaxTokenBytes

// KeyError is an API key that is not accepted. Message is AWS's text (observed)
// and safe to show; Detail is for the log and holds no part of the key.
type KeyError struct{ Message, Detail string }

// Error implements error.
func (e *KeyError) Error() string {
	if e.Detail == "" {
		return e.Message
	}
	return e.Message + " (" + e.Detail + ")"
}

// Is makes errors.Is compare what the caller is told.
func (e *KeyError) Is(target error) bool {
	t, ok := target.(*KeyError)
	return ok && t.Message == e.Message
}

// What AWS answers to API keys, each a 403 AccessDeniedException.
var (
	ErrKeyPrefix  = &KeyError{Message: "Invalid API Key format: Must start with pre-defined prefix"}
	ErrKeyInvalid = &KeyError{Message: "Authentication failed: Please make sure your API Key is valid."}
	ErrKeyExpired = &KeyError{Message: "Bearer Token has expired"}
)

func invalidKey(detail string) error { return &KeyError{ErrKeyInvalid.Message, detail} }

// CheckPrefix returns [ErrKeyPrefix] for a text that is no Bedrock API key of any
// kind, and tells a short-term key from a long-term one.
func CheckPrefix(text string) (shortTerm bool, err error) {
	switch {
	case strings.HasPrefix(text, ShortTermPrefix):
		return true, nil
	case strings.HasPrefix(text, LongTermPrefix):
		return false, nil
	}
	return false, ErrKeyPrefix
}

// MakeAPIKey makes a long-term key for a credential's alias, such as
// "BedrockAPIKey-x1y2-at-123456789012", which holds no ":". The text is shown
// once; the hash is what to store.
//
// The form, ABSK and the base64 of "alias:secret", is from memory, unverified
// but for the prefix; with 45 random bytes a key has the length of AWS's.
func MakeAPIKey(alias string) (text Secret, hash [sha256.Size]byte) {
	var raw [45]byte
	_, _ = rand.Read(raw[:]) // never fails: crypto/rand aborts the program instead
	secret := base64.StdEncoding.EncodeToString(raw[:])
	text = NewSecret(LongTermPrefix + base64.StdEncoding.EncodeToString([]byte(alias+":"+secret)))
	return text, HashSecret(secret)
}

// ParseAPIKey takes a long-term key apart. Errors are [ErrKeyPrefix] and
// [ErrKeyInvalid].
func ParseAPIKey(text string) (alias string, secretHash [sha256.Size]byte, err error) {
	body, ok := strings.CutPrefix(text, LongTermPrefix)
	if !ok {
		return "", secretHash, ErrKeyPrefix
	}
	plain, ok := decodeKey(body)
	if !ok {
		return "", secretHash, invalidKey("long-term key is not base64")
	}
	alias, secret, ok := strings.Cut(plain, ":")
	if !ok || alias == "" || secret == "" {
		return "", secretHash, invalidKey("long-term key has no alias or no secret")
	}
	return alias, HashSecret(secret), nil
}

// HashSecret is how the secret of a long-term key is kept. It is random and long,
// so that a plain SHA-256 is enough.
func HashSecret(secret string) [sha256.Size]byte { return sha256.Sum256([]byte(secret)) }

// SameHash compares two hashes in constant time.
func SameHash(a, b [sha256.Size]byte) bool { return subtle.ConstantTimeCompare(a[:], b[:]) == 1 }

// decodeKey reads base64 with or without padding.
func decodeKey(body string) (string, bool) {
	if len(body) > maxKeyBytes {
		return "", false
	}
	plain, err := base64.RawStdEncoding.Strict().DecodeString(strings.TrimRight(body, "="))
	return string(plain), err == nil
}
