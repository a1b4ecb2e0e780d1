package oidc

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Bounds of a fetch. AWS has the same number of keys of each kind (from memory);
// the sizes are far above what providers publish.
const (
	fetchTime    = 10 * time.Second // discovery and keys together
	maxDiscovery = 128 << 10        // bytes
	maxKeySet    = 1 << 20          // bytes
	maxKeys      = 100              // RSA keys, and as many EC keys
)

// fetch finds where a provider's keys are and gets them (OpenID Connect
// Discovery 1.0).
func (v *Verifier) fetch(ctx context.Context, p Provider) (published, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	var found struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	at := p.Discovery
	if at == "" {
		at = strings.TrimSuffix(p.Issuer, "/") + "/.well-known/openid-configuration"
	}
	if err := v.get(ctx, p, at, maxDiscovery, &found); err != nil {
		return published{}, err
	}
	if p.Issuer != "" && found.Issuer != p.Issuer {
		return published{}, fmt.Errorf("%s is the configuration of %q", at, clip(found.Issuer))
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := v.get(ctx, p, found.Keys, maxKeySet, &set); err != nil {
		return published{}, err
	}
	keys, err := readKeys(set.Keys)
	return published{found.Issuer, keys}, err
}

// published is what a provider says of itself.
type published struct {
	issuer string
	keys   []jose.JSONWebKey
}

// readKeys leaves out keys of other kinds and uses: a provider may have any.
func readKeys(published []json.RawMessage) ([]jose.JSONWebKey, error) {
	if len(published) > 3*maxKeys {
		return nil, fmt.Errorf("the key set has %d keys", len(published))
	}
	var keys []jose.JSONWebKey
	count := map[bool]int{} // by whether it is an RSA key
	for _, raw := range published {
		var k jose.JSONWebKey
		if json.Unmarshal(raw, &k) != nil || !usable(k) {
			continue
		}
		_, isRSA := k.Key.(*rsa.PublicKey)
		if count[isRSA]++; count[isRSA] > maxKeys {
			return nil, fmt.Errorf("the key set has more than %d RSA or EC keys", maxKeys)
		}
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return nil, errors.New("the key set has no key that verifies signatures")
	}
	return keys, nil
}

// encrypted reports whether nobody between could change what is fetched: TLS, or
// a way that does not leave the machine, which the guard has to allow.
func encrypted(u *url.URL) bool {
	if u.Scheme == "https" {
		return true
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "http" && ip != nil && ip.IsLoopback()
}

// get reads one JSON document. Redirects are not followed: nothing but what was
// registered, and the key set it names, is asked.
func (v *Verifier) get(ctx context.Context, p Provider, at string, most int64, into any) error {
	u, err := url.Parse(at)
	if err != nil || !encrypted(u) || u.Host == "" || u.User != nil || u.Fragment != "" {
		return fmt.Errorf("%q is no URL that is fetched: https://host/path is", clip(at))
	}
	transport := v.guard.Transport()
	transport.TLSClientConfig = tlsConfig(u.Hostname(), p.Thumbprints)
	defer transport.CloseIdleConnections()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return fmt.Errorf("fetching %s: %w", clip(at), err)
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "hardpan")
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return fmt.Errorf("fetching %s: %w", clip(at), err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("fetching %s: status %d", clip(at), answer.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, most+1))
	if err != nil {
		return fmt.Errorf("fetching %s: %w", clip(at), err)
	}
	if int64(len(body)) > most {
		return fmt.Errorf("fetching %s: it is larger than %d bytes", clip(at), most)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("fetching %s: it is not the JSON that is expected: %w", clip(at), err)
	}
	return nil
}
