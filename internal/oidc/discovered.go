package oidc

import (
	"context"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
)

// VerifyDiscovered holds a token against the provider whose configuration is at
// a URL, and returns all that it claims. Whom the token was made for is not
// looked at: a gateway that takes tokens has rules of its own for that, which
// need not name an audience. Errors are *[Error].
func (v *Verifier) VerifyDiscovered(ctx context.Context, at string, t *Token) (map[string]any, error) {
	if err := t.claims.checkTime(v.now()); err != nil {
		return nil, err
	}
	p := Provider{Discovery: at}
	keys, err := v.keys(ctx, p, t.key)
	if err != nil {
		return nil, err
	}
	good := slices.ContainsFunc(keys, func(k jose.JSONWebKey) bool {
		_, err := t.signed.Verify(k.Key)
		return err == nil
	})
	if !good {
		return nil, refuse(Signature, "the signature is not that of the provider's key %q", clip(t.key.id))
	}
	set := v.sets.of(p)
	set.mu.Lock()
	issuer := set.issuer
	set.mu.Unlock()
	if t.claims.Issuer != issuer {
		return nil, refuse(Issuer, "the token is of %q", clip(t.claims.Issuer))
	}
	all := make(map[string]any, len(t.claims.raw))
	for name, raw := range t.claims.raw {
		var value any
		if err := json.Unmarshal(raw, &value); err != nil {
			return nil, &Error{Malformed, "a claim of the token is no JSON", err}
		}
		all[name] = value
	}
	return all, nil
}

// checkTime is what a token of any provider has to be: somebody's, and good now.
func (c *claims) checkTime(now time.Time) error {
	switch {
	case c.Subject == "":
		return refuse(Malformed, "Missing a required claim: sub")
	case c.Expiry == nil:
		return refuse(Malformed, "Missing a required claim: exp")
	case !now.Before(c.Expiry.Time()):
		return refuse(Expired, "the token was good until %s", c.Expiry.Time().UTC().Format(time.RFC3339))
	case c.NotBefore != nil && now.Add(skew).Before(c.NotBefore.Time()):
		return refuse(NotYet, "the token is not valid before %s", c.NotBefore.Time().UTC().Format(time.RFC3339))
	}
	return nil
}
