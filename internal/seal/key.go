// Package seal keeps secrets at rest: a master key wraps a keyset, the keyset
// seals rows and derives secrets.
//
// It knows cryptography (through tink) and nothing else: not where the master
// key comes from, not where the wrapped keyset is stored, not what it seals.
// The master key never encrypts a row, so it can be replaced by wrapping the
// same keyset again ([Box.Wrap]) without touching one of them.
package seal

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// KeySize is the size of a master key in bytes.
const KeySize = 32

const redacted = "[redacted]"

// Key is a master key. It prints as "[redacted]" however it is printed; only
// [Key.Text] reveals it.
type Key struct {
	secret *[KeySize]byte // a pointer, so that no reflective printer reaches the bytes by value
}

// NewKey makes a master key from the system's random source.
func NewKey() Key {
	k := Key{secret: new([KeySize]byte)}
	_, _ = rand.Read(k.secret[:]) // never fails: crypto/rand aborts the program instead
	return k
}

// ParseKey reads a master key as [Key.Text] prints it: 32 bytes in standard
// base64; white space around it is ignored. The error never holds the text.
func ParseKey(text string) (Key, error) {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil {
		return Key{}, errors.New("a seal key is 32 bytes in base64, this text is not base64; make one with: openssl rand -base64 32")
	}
	if len(raw) != KeySize {
		return Key{}, fmt.Errorf("a seal key is %d bytes in base64, this one has %d; make one with: openssl rand -base64 32", KeySize, len(raw))
	}
	return Key{secret: (*[KeySize]byte)(raw)}, nil
}

// IsZero reports whether k holds no key.
func (k Key) IsZero() bool { return k.secret == nil }

// Text reveals the key in the form that [ParseKey] reads, for the file or the
// variable it is kept in.
func (k Key) Text() string { return base64.StdEncoding.EncodeToString(k.secret[:]) }

// ID names the key without revealing it: 16 hex digits of a labelled SHA-256.
// It may be stored, logged and shown.
func (k Key) ID() string {
	sum := sha256.Sum256(append([]byte("hardpan seal key id\x00"), k.secret[:]...))
	return hex.EncodeToString(sum[:8])
}

// String implements fmt.Stringer without revealing the key.
func (k Key) String() string { return redacted }

// GoString implements fmt.GoStringer without revealing the key.
func (k Key) GoString() string { return redacted }

// Format implements fmt.Formatter: every verb prints the same.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue implements slog.LogValuer.
func (k Key) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON implements json.Marshaler.
func (k Key) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// MarshalText implements encoding.TextMarshaler, which YAML and flags use.
func (k Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }
