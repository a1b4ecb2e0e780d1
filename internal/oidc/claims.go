package oidc

import (
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4/json" // refuses a claim that is there twice
	"github.com/go-jose/go-jose/v4/jwt"
)

// Claims are what a verified token says.
type Claims struct {
	Issuer   string
	Subject  string   // 1–255 bytes
	Audience string   // azp if the token has it, else the aud that is registered
	Original []string // aud, all of it
	Methods  []string // amr: how the user proved who they are
	Email    string   // or empty

	Tags       []Tag    // for the session
	Transitive []string // keys of tags that later sessions inherit
	Source     string   // source identity, or empty
	Expires    time.Time
}

// maxText bounds the claims that become names, in bytes (OpenID Connect Core,
// "sub"; AWS's SubjectFromWebIdentityToken has the same length), maxList those
// that are lists.
const (
	maxText = 255
	maxList = 100
)

// claims are a token's payload.
type claims struct {
	jwt.Claims
	Authorized string   `json:"azp"`
	Methods    []string `json:"amr"`
	Email      text     `json:"email"`

	raw map[string]json.RawMessage // what AWS's own claims are looked for in
}

// text is a claim that is taken if it is a string, and else not there.
type text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *text) UnmarshalJSON(data []byte) error {
	_ = json.Unmarshal(data, (*string)(t))
	return nil
}

func readClaims(payload []byte) (*claims, error) {
	c := &claims{}
	if err := json.Unmarshal(payload, &c.raw); err != nil {
		return nil, &Error{Malformed, "the token's payload is no JSON object", err}
	}
	if err := json.Unmarshal(payload, c); err != nil {
		return nil, &Error{Malformed, "a claim of the token is not of its type", err}
	}
	return c, nil
}

// check holds the claims against the provider and the time. They are not proven
// yet, so all that it can do is refuse.
func (c *claims) check(p Provider, now time.Time) error {
	for _, required := range []struct {
		name  string
		there bool
	}{
		{"iss", c.Issuer != ""},
		{"sub", c.Subject != ""},
		{"aud", len(c.Audience) > 0},
		{"exp", c.Expiry != nil},
		{"iat", c.IssuedAt != nil},
	} {
		if !required.there {
			return refuse(Malformed, "Missing a required claim: %s", required.name)
		}
	}
	switch {
	case c.Issuer != p.Issuer:
		return refuse(Issuer, "the token is of %q", clip(c.Issuer))
	case len(c.Subject) > maxText || len(c.Authorized) > maxText || len(c.Email) > maxText:
		return refuse(Malformed, "a claim is longer than %d bytes", maxText)
	case len(c.Audience) > maxList || len(c.Methods) > maxList:
		return refuse(Malformed, "a claim has more than %d values", maxList)
	case c.audience(p) == "":
		return refuse(Audience, "the token is for %q", clip(c.Audience[0]))
	case !now.Before(c.Expiry.Time()):
		return refuse(Expired, "current date/time %d must be before the expiration date/time %d", now.Unix(), *c.Expiry)
	case c.NotBefore != nil && now.Add(skew).Before(c.NotBefore.Time()):
		return refuse(NotYet, "the token is not valid before %d", *c.NotBefore)
	case now.Add(skew).Before(c.IssuedAt.Time()):
		return refuse(NotYet, "the token was issued at %d, which is to come", *c.IssuedAt)
	}
	return nil
}

// audience is whom the token was made for, if that is one of the provider's
// client ids, else empty. The party that a token was issued to (azp) goes before
// those that it may be shown to (aud), as with AWS, whose condition key "aud" is
// azp where there is one (IAM User Guide, "Available keys for AWS OIDC
// federation"; from memory).
func (c *claims) audience(p Provider) string {
	candidates := []string(c.Audience)
	if c.Authorized != "" {
		candidates = []string{c.Authorized}
	}
	for _, a := range candidates {
		if a != "" && len(a) <= maxText && slices.Contains(p.ClientIDs, a) {
			return a
		}
	}
	return ""
}

func (c *claims) export(p Provider) (*Claims, error) {
	out := &Claims{
		Issuer: c.Issuer, Subject: c.Subject, Audience: c.audience(p), Original: c.Audience,
		Methods: c.Methods, Email: string(c.Email), Expires: c.Expiry.Time(),
	}
	return out, c.forAWS(out)
}
