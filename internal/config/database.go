package config

import (
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"
)

// DatabaseURL is the URL of a PostgreSQL, or a reference to where that stands,
// env:NAME or file:PATH, since it may hold a password. It prints without one.
// Empty means the embedded database in the data folder.
type DatabaseURL string

// valid reports whether d is empty, a URL or a reference.
func (d DatabaseURL) valid() bool {
	return d == "" || d.isURL() || SecretRef(d).Valid()
}

func (d DatabaseURL) isURL() bool {
	return strings.HasPrefix(string(d), "postgres://") || strings.HasPrefix(string(d), "postgresql://")
}

// Resolve returns the URL, from where it stands; "" for the embedded database.
func (d DatabaseURL) Resolve(getenv func(string) (string, bool)) (string, error) {
	if d == "" || d.isURL() {
		return string(d), nil
	}
	text, err := SecretRef(d).Resolve(getenv)
	if err != nil {
		return "", fmt.Errorf("finding the database URL: %w", err)
	}
	if !DatabaseURL(text.Reveal()).isURL() {
		return "", fmt.Errorf("finding the database URL: what stands in %s is no URL like postgres://user@host/database", d)
	}
	return text.Reveal(), nil
}

// String implements fmt.Stringer.
func (d DatabaseURL) String() string {
	if !d.isURL() {
		return SecretRef(d).String()
	}
	u, err := url.Parse(string(d))
	if err != nil {
		return "[redacted]"
	}
	if u.RawQuery != "" {
		u.RawQuery = "..." // a parameter may be a password too
	}
	return u.Redacted()
}

// GoString implements fmt.GoStringer.
func (d DatabaseURL) GoString() string { return d.String() }

// Format implements fmt.Formatter for every verb.
func (d DatabaseURL) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, d.String()) }

// LogValue implements slog.LogValuer.
func (d DatabaseURL) LogValue() slog.Value { return slog.StringValue(d.String()) }

// MarshalText implements encoding.TextMarshaler, and so JSON.
func (d DatabaseURL) MarshalText() ([]byte, error) { return []byte(d.String()), nil }
