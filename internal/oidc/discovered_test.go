package oidc_test

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"hardpan/internal/egress"
	"hardpan/internal/oidc"
	"hardpan/internal/oidctest"
)

func TestTokensOfAConfigurationsIssuer(t *testing.T) {
	issuer, other := oidctest.StartPlain(t), oidctest.StartPlain(t)
	now := time.Now()
	v := oidc.NewVerifier(egress.NewGuard(netip.MustParsePrefix("127.0.0.0/8")), func() time.Time { return now })
	at := issuer.URL + "/.well-known/openid-configuration"
	good := issuer.Claims(now, "anybody", map[string]any{"groups": []string{"a", "b"}})

	parsed, err := oidc.Parse(issuer.Token(good))
	if err != nil {
		t.Fatal(err)
	}
	claims, err := v.VerifyDiscovered(t.Context(), at, parsed)
	if err != nil || claims["sub"] != "user-1" || len(claims["groups"].([]any)) != 2 {
		t.Errorf("claims %v, %v", claims, err)
	}
	for name, c := range map[string]struct {
		token string
		want  oidc.Reason
	}{
		"another issuer's key":    {other.Token(good), oidc.Signature},
		"another issuer's name":   {issuer.Token(other.Claims(now, "x", nil)), oidc.Issuer},
		"over":                    {issuer.Token(issuer.Claims(now, "x", map[string]any{"exp": now.Unix()})), oidc.Expired},
		"not yet":                 {issuer.Token(issuer.Claims(now, "x", map[string]any{"nbf": now.Add(time.Hour).Unix()})), oidc.NotYet},
		"nobody's":                {issuer.Token(issuer.Claims(now, "x", map[string]any{"sub": nil})), oidc.Malformed},
		"a key of its own making": {oidctest.Sign(t, oidctest.NewKey(t, "made-up", jose.RS256), good), oidc.UnknownKey},
	} {
		parsed, err := oidc.Parse(c.token)
		if err != nil {
			t.Fatal(err)
		}
		_, err = v.VerifyDiscovered(t.Context(), at, parsed)
		var refused *oidc.Error
		if !errors.As(err, &refused) || refused.Reason != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A configuration on this machine is fetched without TLS only where the operator
// allows the address, and never elsewhere.
func TestAConfigurationWithoutTLS(t *testing.T) {
	issuer := oidctest.StartPlain(t)
	parsed, err := oidc.Parse(issuer.Token(issuer.Claims(time.Now(), "x", nil)))
	if err != nil {
		t.Fatal(err)
	}
	v := oidc.NewVerifier(new(egress.Guard), time.Now)
	for _, at := range []string{issuer.URL + "/.well-known/openid-configuration", "http://login.example.com/.well-known/openid-configuration"} {
		_, err := v.VerifyDiscovered(t.Context(), at, parsed)
		var refused *oidc.Error
		if !errors.As(err, &refused) || refused.Reason != oidc.Unreachable {
			t.Errorf("%s: %v", at, err)
		}
	}
}
