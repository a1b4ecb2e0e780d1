package oidc_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"hardpan/internal/egress"
	"hardpan/internal/oidc"
	"hardpan/internal/oidctest"
)

const client = "sts.amazonaws.com"

// world is a provider, a verifier that knows it, and a clock.
type world struct {
	*oidctest.Issuer
	*oidc.Verifier
	t        *testing.T
	provider oidc.Provider
	ahead    atomic.Int64
}

func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

func (w *world) pass(d time.Duration) { w.ahead.Add(int64(d)) }

func start(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, Issuer: oidctest.Start(t)}
	w.Verifier = oidc.NewVerifier(egress.NewGuard(netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")), w.now)
	w.provider = oidc.Provider{Issuer: w.URL, ClientIDs: []string{"other", client}, Thumbprints: []string{w.Thumbprint}}
	return w
}

// token is a good token but for what changes.
func (w *world) token(changes map[string]any) string {
	return w.Token(w.Claims(w.now(), client, changes))
}

func (w *world) verify(text string) (*oidc.Claims, error) {
	token, err := oidc.Parse(text)
	if err != nil {
		return nil, err
	}
	return w.Verify(w.t.Context(), w.provider, token)
}

// refused verifies a token that must be refused for a reason.
func (w *world) refused(t *testing.T, text string, reason oidc.Reason) {
	t.Helper()
	claims, err := w.verify(text)
	var e *oidc.Error
	if !errors.As(err, &e) || e.Reason != reason || claims != nil {
		t.Errorf("want reason %d, got %+v, %v", reason, claims, err)
	}
}

func (w *world) good(text string) *oidc.Claims {
	w.t.Helper()
	claims, err := w.verify(text)
	if err != nil {
		w.t.Fatal(err)
	}
	return claims
}

func TestAGoodToken(t *testing.T) {
	w := start(t)
	got := w.good(w.token(map[string]any{
		"amr": []string{"pwd", "mfa"}, "email": "foo@example.com", "name": "ignored",
		"https://aws.amazon.com/tags": map[string]any{
			"principal_tags": map[string]any{"Team": []string{"red"}, "Cost": "42"}, "transitive_tag_keys": []string{"Team"},
		},
		"https://aws.amazon.com/source_identity": "foo",
	}))
	want := &oidc.Claims{
		Issuer: w.URL, Subject: "user-1", Audience: client, Original: []string{client}, Methods: []string{"pwd", "mfa"}, Email: "foo@example.com",
		Tags: []oidc.Tag{{Key: "Cost", Value: "42"}, {Key: "Team", Value: "red"}}, Transitive: []string{"Team"}, Source: "foo", Expires: got.Expires,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	flat := w.good(w.token(map[string]any{
		"https://aws.amazon.com/tags/principal_tags/Team": []string{"red"}, "https://aws.amazon.com/tags/transitive_tag_keys": []string{"Team"},
	}))
	if len(flat.Tags) != 1 || flat.Tags[0] != (oidc.Tag{Key: "Team", Value: "red"}) || len(flat.Transitive) != 1 {
		t.Errorf("flat tags: %+v", flat)
	}
	if w.Fetches() != 1 {
		t.Errorf("%d fetches for two tokens", w.Fetches())
	}
}

func TestClaimsThatAreRefused(t *testing.T) {
	w := start(t)
	now := w.now()
	for name, c := range map[string]struct {
		changes map[string]any
		reason  oidc.Reason
	}{
		"another issuer":          {map[string]any{"iss": "https://example.com"}, oidc.Issuer},
		"an issuer with a slash":  {map[string]any{"iss": w.URL + "/"}, oidc.Issuer},
		"another audience":        {map[string]any{"aud": "me"}, oidc.Audience},
		"an empty audience":       {map[string]any{"aud": ""}, oidc.Audience},
		"issued to another party": {map[string]any{"azp": "me"}, oidc.Audience},
		"expired":                 {map[string]any{"exp": now.Unix() - 1}, oidc.Expired},
		"expires now":             {map[string]any{"exp": now.Unix()}, oidc.Expired},
		"from the future":         {map[string]any{"nbf": now.Add(time.Hour).Unix()}, oidc.NotYet},
		"issued in the future":    {map[string]any{"iat": now.Add(time.Hour).Unix()}, oidc.NotYet},
		"no subject":              {map[string]any{"sub": nil}, oidc.Malformed},
		"no audience":             {map[string]any{"aud": nil}, oidc.Malformed},
		"never expires":           {map[string]any{"exp": nil}, oidc.Malformed},
		"no date of issue":        {map[string]any{"iat": nil}, oidc.Malformed},
		"an endless subject":      {map[string]any{"sub": strings.Repeat("x", 256)}, oidc.Malformed},
		"too many methods":        {map[string]any{"amr": make([]string, 101)}, oidc.Malformed},
		"two values of a tag":     {map[string]any{"https://aws.amazon.com/tags/principal_tags/a": []string{"1", "2"}}, oidc.Claim},
		"tags that are none":      {map[string]any{"https://aws.amazon.com/tags": "a=b"}, oidc.Claim},
		"a source that is none":   {map[string]any{"https://aws.amazon.com/source_identity": 7}, oidc.Claim},
	} {
		t.Run(name, func(t *testing.T) {
			w.refused(t, w.token(c.changes), c.reason)
		})
	}
	if w.Fetches() != 0 {
		t.Errorf("%d fetches for what can be refused without a key", w.Fetches())
	}
	w.good(w.token(map[string]any{"aud": []string{"me", "other"}, "nbf": now.Add(time.Minute).Unix()}))
	if got := w.good(w.token(map[string]any{"aud": []string{"me"}, "azp": client})); got.Audience != client || got.Original[0] != "me" {
		t.Errorf("%+v", got)
	}
}

// segment encodes one part of a token.
func segment(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

func TestTokensThatAreNone(t *testing.T) {
	w := start(t)
	payload, err := json.Marshal(w.Claims(w.now(), client, nil))
	if err != nil {
		t.Fatal(err)
	}
	good := w.token(nil)
	parts := strings.Split(good, ".")
	twice := strings.Replace(string(payload), `"sub":`, `"sub":"root","sub":`, 1)
	key := oidctest.NewKey(t, "first", jose.RS256)
	for name, c := range map[string]struct {
		text   string
		reason oidc.Reason
	}{
		"empty":              {"", oidc.Malformed},
		"text":               {"an access token", oidc.Malformed},
		"two parts":          {parts[0] + "." + parts[1], oidc.Malformed},
		"too long":           {strings.Repeat("x", 20_001), oidc.Malformed},
		"unsigned":           {segment(`{"alg":"none"}`) + "." + parts[1] + ".", oidc.Algorithm},
		"a shared secret":    {segment(`{"alg":"HS256","kid":"first"}`) + "." + parts[1] + "." + parts[2], oidc.Algorithm},
		"a critical header":  {segment(`{"alg":"RS256","kid":"first","crit":["b64"],"b64":false}`) + "." + parts[1] + "." + parts[2], oidc.Signature},
		"an altered payload": {parts[0] + "." + segment(strings.Replace(string(payload), "user-1", "user-2", 1)) + "." + parts[2], oidc.Signature},
		"a claim twice":      {parts[0] + "." + segment(twice) + "." + parts[2], oidc.Malformed},
		"no object":          {parts[0] + "." + segment(`[]`) + "." + parts[2], oidc.Malformed},
		"no signature":       {parts[0] + "." + parts[1] + ".", oidc.Signature},
		"another's key":      {oidctest.Sign(t, key, w.Claims(w.now(), client, nil)), oidc.Signature},
		"EC for RSA": {
			oidctest.Sign(t, oidctest.NewKey(t, "first", jose.ES256), w.Claims(w.now(), client, nil)), oidc.UnknownKey,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w.refused(t, c.text, c.reason)
		})
	}
	w.good(good)
}

func TestKeysRotate(t *testing.T) {
	w := start(t)
	before := w.token(nil)
	w.good(before)
	w.Publish(oidctest.NewKey(t, "second", jose.ES256))
	w.refused(t, w.token(nil), oidc.UnknownKey) // the keys were fetched a moment ago
	w.good(before)                              // and the old one is good as long as they are fresh
	w.pass(11 * time.Second)
	w.good(w.token(nil))
	w.refused(t, before, oidc.UnknownKey)
	if w.Fetches() != 2 {
		t.Errorf("%d fetches", w.Fetches())
	}
	w.pass(time.Hour)
	w.good(w.token(nil))
	if w.Fetches() != 3 {
		t.Errorf("%d fetches: keys are fetched anew once an hour", w.Fetches())
	}
}

func TestATokenThatNamesNoKey(t *testing.T) {
	w := start(t)
	one, two := oidctest.NewKey(t, "", jose.RS256), oidctest.NewKey(t, "", jose.RS256)
	w.Publish(one, oidctest.NewKey(t, "ec", jose.ES256))
	w.good(w.token(nil))
	w.Publish(one, two)
	w.pass(2 * time.Hour)
	w.refused(t, w.token(nil), oidc.UnknownKey)
}

// However many tokens with made-up keys come, and at once, the provider is asked
// once in a while.
func TestAFloodOfUnknownKeys(t *testing.T) {
	w := start(t)
	w.good(w.token(nil))
	w.pass(time.Minute)
	key := oidctest.NewKey(t, "", jose.ES256)
	var all sync.WaitGroup
	for i := range 200 {
		k := key
		k.ID = fmt.Sprint("made up ", i)
		text := oidctest.Sign(t, k, w.Claims(w.now(), client, nil))
		all.Go(func() { w.refused(t, text, oidc.UnknownKey) })
	}
	all.Wait()
	if w.Fetches() != 2 {
		t.Errorf("%d fetches", w.Fetches())
	}
	w.good(w.token(nil))
}

func TestAProviderThatIsAway(t *testing.T) {
	w := start(t)
	w.Misbehave(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusBadGateway) })
	w.refused(t, w.token(nil), oidc.Unreachable)
	w.Misbehave(nil)
	w.refused(t, w.token(nil), oidc.Unreachable) // it is asked again after a pause
	w.pass(11 * time.Second)
	w.good(w.token(nil))

	w.Misbehave(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusBadGateway) })
	w.pass(5 * time.Hour)
	w.good(w.token(nil)) // keys outlive a provider for a while
	w.pass(2 * time.Hour)
	w.refused(t, w.token(nil), oidc.Unreachable)
}

func TestProvidersThatMisbehave(t *testing.T) {
	keys := func(n int) any {
		key := oidctest.NewKey(t, "first", jose.ES256)
		list := make([]oidctest.Key, n)
		for i := range list {
			list[i] = key
		}
		return oidctest.Set(list...)
	}
	for name, answer := range map[string]func(w *world, rw http.ResponseWriter, r *http.Request){
		"another's configuration": func(_ *world, rw http.ResponseWriter, _ *http.Request) {
			_, _ = rw.Write([]byte(`{"issuer":"https://example.com","jwks_uri":"https://example.com/keys"}`))
		},
		"keys over plain HTTP": func(w *world, rw http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(rw, `{"issuer":%q,"jwks_uri":%q}`, w.URL, strings.Replace(w.URL, "https", "http", 1))
		},
		"keys in a file": func(w *world, rw http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(rw, `{"issuer":%q,"jwks_uri":"file:///etc/passwd"}`, w.URL)
		},
		"keys where only the machine may": func(w *world, rw http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(rw, `{"issuer":%q,"jwks_uri":"https://169.254.169.254/latest"}`, w.URL)
		},
		"a redirect": func(w *world, rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, w.URL+"/keys", http.StatusFound)
		},
		"no JSON": func(_ *world, rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write([]byte("<html>")) },
		"a flood": func(_ *world, rw http.ResponseWriter, _ *http.Request) {
			for range 2048 {
				if _, err := rw.Write(make([]byte, 1024)); err != nil {
					return
				}
			}
		},
		"no key":        servesKeys(map[string]any{"keys": []any{}}),
		"a short key":   servesKeys(map[string]any{"keys": []any{map[string]string{"kty": "RSA", "kid": "first", "n": "AQAB", "e": "AQAB"}}}),
		"a shared key":  servesKeys(map[string]any{"keys": []any{map[string]string{"kty": "oct", "kid": "first", "k": "AQAB"}}}),
		"too many keys": servesKeys(keys(101)),
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			w.Misbehave(func(rw http.ResponseWriter, r *http.Request) { answer(w, rw, r) })
			w.refused(t, w.token(nil), oidc.Unreachable)
		})
	}
}

func servesKeys(set any) func(*world, http.ResponseWriter, *http.Request) {
	return func(w *world, rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/keys" {
			_ = json.NewEncoder(rw).Encode(set)
			return
		}
		fmt.Fprintf(rw, `{"issuer":%q,"jwks_uri":%q}`, w.URL, w.URL+"/keys")
	}
}

// A certificate is trusted by the system or by its registered thumbprint, and
// for its own host only.
func TestWhoseConnectionIsTrusted(t *testing.T) {
	w := start(t)
	text := w.token(nil)
	w.provider.Thumbprints = nil
	w.refused(t, text, oidc.Unreachable)
	w.provider.Thumbprints = []string{strings.Repeat("0", 40)}
	w.refused(t, text, oidc.Unreachable)
	w.provider.Thumbprints = []string{strings.Repeat("0", 40), w.Thumbprint}
	w.good(text)

	w.provider.Issuer = strings.Replace(w.URL, "127.0.0.1", "localhost", 1) // the certificate has no such name
	if _, err := w.verify(w.token(map[string]any{"iss": w.provider.Issuer})); err == nil || !strings.Contains(err.Error(), "certificate is") {
		t.Errorf("under a name that the certificate does not have: %v", err)
	}
}

// Loopback and private addresses are dialled only where the operator allows it.
func TestTheGuardIsAsked(t *testing.T) {
	w := start(t)
	w.Verifier = oidc.NewVerifier(egress.NewGuard(), w.now)
	_, err := w.verify(w.token(nil))
	if _, ok := errors.AsType[*egress.RefusedError](err); !ok {
		t.Errorf("got %v", err)
	}
	if w.Fetches() != 0 {
		t.Error("the provider was reached")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("a.b.c")
	f.Add(segment(`{"alg":"RS256","kid":"first"}`) + "." + segment(`{"iss":"https://example.com","aud":["a"],"exp":1e300}`) + ".AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		token, err := oidc.Parse(text)
		var e *oidc.Error
		if (token == nil) != errors.As(err, &e) {
			t.Errorf("%v, %v", token, err)
		}
	})
}
