package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
)

// Ids have AWS's shapes: a prefix that says the kind, then upper-case base32
// characters. Source: IAM User Guide, "IAM identifiers", unique identifiers;
// the prefix ACCA is from memory.

// NewUserID makes an id AIDA….
func NewUserID() string { return randomID("AIDA", 17) }

// NewGroupID makes an id AGPA….
func NewGroupID() string { return randomID("AGPA", 17) }

// NewRoleID makes an id AROA….
func NewRoleID() string { return randomID("AROA", 17) }

// NewPolicyID makes an id ANPA….
func NewPolicyID() string { return randomID("ANPA", 17) }

// NewAccessKeyID makes an id AKIA….
func NewAccessKeyID() string { return randomID("AKIA", 16) }

// NewSessionKeyID makes the id ASIA… of temporary credentials.
func NewSessionKeyID() string { return randomID("ASIA", 16) }

// NewServiceCredentialID makes an id ACCA….
func NewServiceCredentialID() string { return randomID("ACCA", 17) }

// NewSecret makes a secret access key: 240 random bits as 40 characters.
func NewSecret() string {
	var raw [30]byte
	_, _ = rand.Read(raw[:]) // never fails: crypto/rand aborts the program instead
	return base64.StdEncoding.EncodeToString(raw[:])
}

func randomID(prefix string, n int) string {
	var raw [11]byte // 88 bits: 17 characters hold 85
	_, _ = rand.Read(raw[:])
	return prefix + base32.StdEncoding.EncodeToString(raw[:])[:n]
}

// awsPolicyID derives the id of one of AWS's own policies from its ARN, so
// that it is the same on every node.
func awsPolicyID(arn string) string {
	sum := sha256.Sum256([]byte(arn))
	return "ANPA" + base32.StdEncoding.EncodeToString(sum[:])[:17]
}
