// Package identity knows who exists: accounts, users, groups, roles, their
// credentials and policies, and what each of them may be compiled into.
//
// Entities are plain values that nobody changes once they are handed over: a
// change is a new value. A [Directory] holds them all in memory, one immutable
// [Snapshot] an account, and is changed by delta. A [Principal] is what
// authorization needs of a user, role, session or root user, compiled when it
// is first asked for.
//
// The package must not know where entities are stored, how a caller proved who
// it is, or what a request looks like. It does no I/O and reads no clock.
package identity

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Kind is a kind of entity.
type Kind string

// The kinds of entities, as stored and as named in the change log.
const (
	KindAccount           Kind = "account"
	KindUser              Kind = "user"
	KindGroup             Kind = "group"
	KindRole              Kind = "role"
	KindPolicy            Kind = "policy"
	KindAccessKey         Kind = "access-key"
	KindServiceCredential Kind = "service-credential"
	KindInferenceConfig   Kind = "inference-config"
	KindInferenceProfile  Kind = "inference-profile"
	KindOIDCProvider      Kind = "oidc-provider"
	KindBudget            Kind = "budget"
)

// Ref names one entity.
type Ref struct {
	Kind    Kind
	Account string
	ID      string // unique in account and kind
}

// Entity is one of *[Account], *[User], *[Group], *[Role], *[ManagedPolicy],
// *[AccessKey], *[ServiceCredential], *[InferenceConfig], *[InferenceProfile],
// *[OIDCProvider],
// *[Budget], or a [Resource] of another service.
type Entity interface {
	Ref() Ref

	// Canonical returns the entity with its lists in a fixed order and its times
	// in UTC cut to microseconds, the precision they are stored with. Two
	// entities that mean the same are then equal. The entity is not changed.
	Canonical() Entity
}

// Scope is where an entity lives.
type Scope struct {
	Partition string // "aws"
	Account   string // 12 digits
}

// iamARN builds arn:PARTITION:iam::ACCOUNT:TYPE/PATH/NAME.
func (s Scope) iamARN(typ, path, name string) string {
	return "arn:" + s.Partition + ":iam::" + s.Account + ":" + typ + path + name
}

// RootARN is the ARN of the account's root user, which also stands for the
// account in trust policies.
func (s Scope) RootARN() string { return "arn:" + s.Partition + ":iam::" + s.Account + ":root" }

// Tag is a key and a value.
type Tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// InlinePolicy is a policy embedded in a user, group or role.
type InlinePolicy struct {
	Name     string `json:"name"`
	Document string `json:"document"` // JSON, as it was given
}

// Status of an access key or service credential.
type Status string

// The statuses that are stored. Expiry is a matter of time, not of status.
const (
	Active   Status = "Active"
	Inactive Status = "Inactive"
)

// Account is one AWS account.
type Account struct {
	Scope
	Name    string
	Alias   string // as set by iam:CreateAccountAlias, or empty
	Created time.Time
}

// Ref implements [Entity].
func (a *Account) Ref() Ref { return Ref{KindAccount, a.Account, a.Account} }

// Canonical implements [Entity].
func (a *Account) Canonical() Entity {
	c := *a
	c.Created = instant(c.Created)
	return &c
}

// FoldName is the form in which IAM names are compared: they are unique
// without regard to case, and keep the case they were given.
// Source: IAM User Guide, "IAM and AWS STS quotas".
func FoldName(name string) string { return strings.ToLower(name) }

func instant(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}

// sortedStrings returns nil for an empty list, so that "none" has one form.
func sortedStrings(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return slices.Compact(slices.Sorted(slices.Values(list)))
}

func sortedTags(tags []Tag) []Tag {
	return sortedBy(tags, func(t Tag) string { return FoldName(t.Key) })
}

func sortedInline(list []InlinePolicy) []InlinePolicy {
	return sortedBy(list, func(p InlinePolicy) string { return p.Name })
}

func sortedBy[T any](list []T, key func(T) string) []T {
	if len(list) == 0 {
		return nil
	}
	return slices.SortedStableFunc(slices.Values(list), func(a, b T) int { return cmp.Compare(key(a), key(b)) })
}
