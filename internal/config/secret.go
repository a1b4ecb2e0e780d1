package config

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"hardpan/internal/token"
)

// SecretRef says where a secret is: "env:NAME" or "file:PATH". The secret itself
// never stands in the configuration. What is no reference prints as "[redacted]",
// since it may be the secret that someone wrote there.
type SecretRef string

const maxSecretBytes = 64 << 10

// Valid reports whether r is empty or a reference.
func (r SecretRef) Valid() bool {
	_, _, ok := r.split()
	return r == "" || ok
}

func (r SecretRef) split() (scheme, rest string, ok bool) {
	scheme, rest, _ = strings.Cut(string(r), ":")
	return scheme, rest, (scheme == "env" || scheme == "file") && rest != ""
}

// Resolve fetches the secret. Errors name the reference, never the secret.
func (r SecretRef) Resolve(getenv func(string) (string, bool)) (token.Secret, error) {
	scheme, rest, ok := r.split()
	if !ok {
		return token.Secret{}, errors.New("a secret is given by reference: env:NAME or file:PATH")
	}
	if scheme == "env" {
		value, set := getenv(rest)
		if !set || value == "" {
			return token.Secret{}, fmt.Errorf("resolving secret %s: the environment variable is not set", r)
		}
		return token.NewSecret(value), nil
	}
	text, err := readSecret(rest)
	if err != nil {
		return token.Secret{}, fmt.Errorf("resolving secret %s: %w", r, err)
	}
	return token.NewSecret(text), nil
}

// readSecret reads a file without the line end that editors put behind it.
func readSecret(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSecretBytes+1))
	if err != nil {
		return "", err
	}
	text := strings.TrimRight(string(data), "\r\n")
	if text == "" || len(data) > maxSecretBytes {
		return "", fmt.Errorf("the file has to hold 1 to %d bytes", maxSecretBytes)
	}
	return text, nil
}

// String implements fmt.Stringer.
func (r SecretRef) String() string {
	if r.Valid() {
		return string(r)
	}
	return "[redacted]"
}

// GoString implements fmt.GoStringer.
func (r SecretRef) GoString() string { return r.String() }

// Format implements fmt.Formatter for every verb.
func (r SecretRef) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.String()) }

// LogValue implements slog.LogValuer.
func (r SecretRef) LogValue() slog.Value { return slog.StringValue(r.String()) }

// MarshalText implements encoding.TextMarshaler, and so JSON.
func (r SecretRef) MarshalText() ([]byte, error) { return []byte(r.String()), nil }
