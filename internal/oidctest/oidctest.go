// Package oidctest is an OpenID Connect identity provider on loopback, for
// tests: real discovery, real keys, real signatures. It can be told to misbehave.
//
// It knows nothing of what is tested with it, and is no part of the program.
package oidctest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // as AWS's thumbprints are
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Issuer is a running provider.
type Issuer struct {
	URL        string // https://127.0.0.1:port
	Thumbprint string // of its certificate, which no system trusts

	mu      sync.Mutex
	t       testing.TB
	keys    []Key
	fetches int // of key sets
	hook    http.HandlerFunc
}

// Key is a signing key.
type Key struct {
	ID        string
	Algorithm jose.SignatureAlgorithm
	Private   crypto.Signer
}

// Start brings a provider up, with one RS256 key, until the test ends.
func Start(t testing.TB) *Issuer {
	t.Helper()
	i := &Issuer{t: t}
	server := httptest.NewTLSServer(http.HandlerFunc(i.serve))
	t.Cleanup(server.Close)
	i.URL = server.URL
	sum := sha1.Sum(server.Certificate().Raw) //nolint:gosec // as AWS's thumbprints are
	i.Thumbprint = hex.EncodeToString(sum[:])
	i.Publish(NewKey(t, "first", jose.RS256))
	return i
}

// StartPlain is [Start] without TLS, for what trusts no certificate of its own.
func StartPlain(t testing.TB) *Issuer {
	t.Helper()
	i := &Issuer{t: t}
	server := httptest.NewServer(http.HandlerFunc(i.serve))
	t.Cleanup(server.Close)
	i.URL = server.URL
	i.Publish(NewKey(t, "first", jose.RS256))
	return i
}

// NewKey makes a key for RS256 or ES256.
func NewKey(t testing.TB, id string, algorithm jose.SignatureAlgorithm) Key {
	t.Helper()
	var private crypto.Signer
	var err error
	if algorithm == jose.ES256 {
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	} else {
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatal(err)
	}
	return Key{id, algorithm, private}
}

// Publish makes these the provider's keys; the first signs.
func (i *Issuer) Publish(keys ...Key) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = keys
}

// Misbehave answers requests by hook from now on; nil ends it.
func (i *Issuer) Misbehave(hook http.HandlerFunc) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.hook = hook
}

// Fetches is how often the keys were asked for, well or ill answered.
func (i *Issuer) Fetches() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.fetches
}

// Claims are those of a good token, made at now for audience, of the subject
// "user-1"; each of more is laid over them, and one that is nil is left out.
func (i *Issuer) Claims(now time.Time, audience string, more map[string]any) map[string]any {
	all := map[string]any{
		"iss": i.URL, "sub": "user-1", "aud": audience, "iat": now.Unix(), "exp": now.Add(10 * time.Minute).Unix(),
	}
	for name, value := range more {
		if all[name] = value; value == nil {
			delete(all, name)
		}
	}
	return all
}

// Token signs claims with the provider's first key.
func (i *Issuer) Token(claims map[string]any) string {
	i.mu.Lock()
	key := i.keys[0]
	i.mu.Unlock()
	return Sign(i.t, key, claims)
}

// Sign makes a token with any key.
func Sign(t testing.TB, key Key, claims map[string]any) string {
	t.Helper()
	options := (&jose.SignerOptions{}).WithType("JWT")
	if key.ID != "" {
		options.WithHeader("kid", key.ID)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: key.Algorithm, Key: key.Private}, options)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (i *Issuer) serve(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	if r.URL.Path == "/keys" {
		i.fetches++
	}
	hook, keys := i.hook, i.keys
	i.mu.Unlock()
	switch {
	case hook != nil:
		hook(w, r)
	case r.URL.Path == "/.well-known/openid-configuration":
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q}`, i.URL, i.URL+"/keys")
	case r.URL.Path == "/keys":
		_ = json.NewEncoder(w).Encode(Set(keys...))
	default:
		http.NotFound(w, r)
	}
}

// Set is the published form of keys.
func Set(keys ...Key) jose.JSONWebKeySet {
	var set jose.JSONWebKeySet
	for _, k := range keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: k.Private.Public(), KeyID: k.ID, Algorithm: string(k.Algorithm), Use: "sig"})
	}
	return set
}
