package identity

import (
	"crypto/sha256"
	"crypto/subtle"
	"time"
)

// AccessKey is a long-term access key of a user, or of the root user.
type AccessKey struct {
	Scope
	ID      string // AKIA…
	UserID  string // the user it belongs to; empty: the account's root user
	Sealed  []byte // the secret, sealed for AssociatedData
	Status  Status
	Created time.Time
}

// Ref implements [Entity].
func (k *AccessKey) Ref() Ref { return Ref{KindAccessKey, k.Account, k.ID} }

// AssociatedData is what Sealed is bound to: this row and no other.
func (k *AccessKey) AssociatedData() []byte {
	return []byte(k.Account + "\x00" + string(KindAccessKey) + "\x00" + k.ID)
}

// Canonical implements [Entity].
func (k *AccessKey) Canonical() Entity {
	c := *k
	c.Created = instant(c.Created)
	return &c
}

// ServiceCredential is a service-specific credential, such as a long-term
// Bedrock API key. Its secret is not kept, only a hash of it: the secret is
// random and long, so that a fast hash is enough.
type ServiceCredential struct {
	Scope
	ID      string // ACCA…
	UserID  string
	Service string // "bedrock.amazonaws.com"
	Alias   string // ServiceCredentialAlias, e.g. "BedrockAPIKey-x1y2-at-123456789012"; unique in the service
	Hash    [sha256.Size]byte
	Status  Status
	Created time.Time
	Expires time.Time // zero: never
}

// Ref implements [Entity].
func (c *ServiceCredential) Ref() Ref { return Ref{KindServiceCredential, c.Account, c.ID} }

// HashSecret is the form in which the secret of a [ServiceCredential] is kept.
func HashSecret(secret string) [sha256.Size]byte { return sha256.Sum256([]byte(secret)) }

// Matches reports in constant time whether secret is the credential's.
func (c *ServiceCredential) Matches(secret string) bool {
	h := HashSecret(secret)
	return subtle.ConstantTimeCompare(h[:], c.Hash[:]) == 1
}

// Expired reports whether the credential has expired at now.
func (c *ServiceCredential) Expired(now time.Time) bool {
	return !c.Expires.IsZero() && !now.Before(c.Expires)
}

// Canonical implements [Entity].
func (c *ServiceCredential) Canonical() Entity {
	n := *c
	n.Created, n.Expires = instant(n.Created), instant(n.Expires)
	return &n
}

// InferenceConfig is what Hardpan keeps about the model calls of a principal.
type InferenceConfig struct {
	Scope
	PrincipalARN string // a user, role or the root user
	HomeRegion   string // where calls go that name no region
}

// Ref implements [Entity].
func (c *InferenceConfig) Ref() Ref { return Ref{KindInferenceConfig, c.Account, c.PrincipalARN} }

// Canonical implements [Entity].
func (c *InferenceConfig) Canonical() Entity {
	n := *c
	return &n
}
