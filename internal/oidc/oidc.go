// Package oidc verifies the tokens of outside OpenID Connect identity providers:
// JSON Web Tokens, signed with keys that the provider publishes.
//
// The rules: only a registered issuer's URL is ever fetched, over HTTPS, and
// nothing that a token says leads anywhere else. What is fetched is bounded in
// size, time, number of keys and frequency, however many tokens come. All that
// can be refused without a key is refused before one is fetched. Nothing of a
// token is believed before its signature is good: [Verifier.Verify] returns
// claims, or an error and nothing.
//
// The package knows JWTs, discovery and key sets. It does not know which
// providers are registered, what a claim allows, or how AWS words a refusal.
package oidc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"

	"hardpan/internal/egress"
)

// Provider is a registered identity provider.
type Provider struct {
	Issuer      string   // https://…, exactly as the iss claim has it
	Discovery   string   // where its configuration is; empty: at the issuer, as the standard has it
	ClientIDs   []string // the audiences that are accepted
	Thumbprints []string // SHA-1, 40 hex digits in lower case: see tls.go
}

// Reason is what is wrong with a token.
type Reason uint8

// The reasons for which a token is not accepted.
const (
	Malformed   Reason = iota + 1 // not a JWT, or one that breaks the rules of its claims
	Algorithm                     // signed by an algorithm that is not accepted, or not at all
	Issuer                        // of another issuer than the provider
	Audience                      // made for somebody else
	Expired                       // its time is over
	NotYet                        // its time has not come
	Claim                         // a claim for AWS breaks AWS's rules
	Signature                     // the signature is not good
	UnknownKey                    // signed with a key that the provider does not publish
	Unreachable                   // the provider's keys could not be fetched
)

// Error is a token that is not accepted. Detail may hold what the token says,
// and is for whoever sent it; Cause is for the operator.
type Error struct {
	Reason Reason
	Detail string
	Cause  error // may be nil
}

// Error implements error.
func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Detail
	}
	return e.Detail + ": " + e.Cause.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

func refuse(reason Reason, format string, args ...any) *Error {
	return &Error{Reason: reason, Detail: fmt.Sprintf(format, args...)}
}

// algorithms are those that AWS accepts (IAM User Guide, "Create an OpenID
// Connect (OIDC) identity provider in IAM"; from memory). "none" and the
// symmetric ones are not among them.
var algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.ES256, jose.ES384, jose.ES512}

// maxToken is the longest token in bytes. Source: STS API Reference,
// AssumeRoleWithWebIdentity.
const maxToken = 20_000

// skew is how far a provider's clock may be ahead of this one.
const skew = 5 * time.Minute

// Token is a JWT that was read and not verified.
type Token struct {
	claims *claims
	signed *jose.JSONWebSignature
	key    header
}

// header is what the token says of the key that signed it.
type header struct{ id, algorithm string }

// Parse reads a token. Errors are *[Error]; nothing in the token is proven.
func Parse(text string) (*Token, error) {
	if len(text) > maxToken {
		return nil, refuse(Malformed, "the token is longer than %d bytes", maxToken)
	}
	signed, err := jose.ParseSignedCompact(text, algorithms)
	if err != nil {
		if e, ok := errors.AsType[*jose.ErrUnexpectedSignatureAlgorithm](err); ok {
			return nil, refuse(Algorithm, "the token is signed by the algorithm %.20q; accepted are %v", e.Got, algorithms)
		}
		return nil, &Error{Malformed, "the token is no signed JWT", err}
	}
	if len(signed.Signatures) != 1 {
		return nil, refuse(Malformed, "the token has %d signatures", len(signed.Signatures))
	}
	said := signed.Signatures[0].Protected
	c, err := readClaims(signed.UnsafePayloadWithoutVerification())
	if err != nil {
		return nil, err
	}
	return &Token{claims: c, signed: signed, key: header{said.KeyID, said.Algorithm}}, nil
}

// Issuer is whose token it says that it is.
func (t *Token) Issuer() string { return t.claims.Issuer }

// Verifier verifies tokens and keeps the keys of providers. It is safe for
// concurrent use.
type Verifier struct {
	// Failed hears why a provider's keys could not be fetched, at most once in
	// ten seconds for each. It may be nil, and is set before the first use.
	Failed func(p Provider, err error)

	sets  keySets
	guard *egress.Guard
	now   func() time.Time
}

// NewVerifier makes a verifier that fetches through guard.
func NewVerifier(guard *egress.Guard, now func() time.Time) *Verifier {
	return &Verifier{guard: guard, now: now}
}

// Verify holds a token against a provider and returns what it claims. Errors
// are *[Error]. A client that leaves does not end a fetch that others wait for.
func (v *Verifier) Verify(ctx context.Context, p Provider, t *Token) (*Claims, error) {
	if err := t.claims.check(p, v.now()); err != nil {
		return nil, err
	}
	out, err := t.claims.export(p)
	if err != nil {
		return nil, err
	}
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
	return out, nil
}

// clip keeps what a stranger sent short where it is shown.
func clip(text string) string {
	const most = 80
	if len(text) <= most {
		return text
	}
	return text[:most] + "…"
}
