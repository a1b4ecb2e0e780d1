// Package token makes and reads the credentials that Hardpan itself issues or
// that a client derives from them: session tokens of temporary credentials,
// long-term Bedrock API keys (ABSK…) and short-term ones (bedrock-api-key-…).
//
// It knows their forms and how they are sealed, hashed and bounded. It does not
// know whether a principal, key or region exists, what a session may do, or the
// time: the caller brings the clock and looks the rest up.
//
// Nothing is stored for a session. Its token holds everything, sealed, and its
// secret is derived from the same keyset, so that credentials minted on one node
// work on every node at once.
package token

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// Box seals values and derives secrets; internal/seal has the real one. Values
// sealed with other associated data, or altered, must not open.
type Box interface {
	Seal(plaintext, associatedData []byte) ([]byte, error)
	Open(sealed, associatedData []byte) ([]byte, error)
	Derive(label string, data []byte) ([]byte, error)
}

// What can be wrong with a session token. Callers are told no more than
// "invalid" or "expired".
var (
	ErrInvalid = errors.New("session token is not valid for this access key")
	ErrExpired = errors.New("session token has expired")
)

// Secret is a text that prints as "[redacted]", however it is printed.
type Secret struct {
	text *string // a pointer, so that fmt shows an address even where it cannot call String
}

const redacted = "[redacted]"

// NewSecret guards text.
func NewSecret(text string) Secret { return Secret{&text} }

// Reveal returns the text itself, for the one place that needs it.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether there is no text.
func (s Secret) IsZero() bool { return s.text == nil || *s.text == "" }

// String implements fmt.Stringer.
func (s Secret) String() string { return redacted }

// GoString implements fmt.GoStringer.
func (s Secret) GoString() string { return redacted }

// Format implements fmt.Formatter for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON implements json.Marshaler.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// MarshalText implements encoding.TextMarshaler.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
