package identity

import (
	"slices"
	"strconv"
	"sync"
	"time"

	"hardpan/internal/catalog"
)

// MaxPolicyVersions is how many versions a managed policy keeps.
// Source: IAM User Guide, "IAM and AWS STS quotas".
const MaxPolicyVersions = 5

// ManagedPolicy is a policy that can be attached. A customer's has up to
// [MaxPolicyVersions] versions; AWS's own come with the program and have one.
type ManagedPolicy struct {
	Scope              // Account is "aws" for AWS's own
	ID          string // ANPA…
	Name        string // 1–128 characters
	Path        string
	Description string
	Created     time.Time
	Updated     time.Time // when the default version or the set of versions last changed
	Default     string    // id of the version in force, e.g. "v2"
	Latest      int       // number of the newest version ever made; numbers are not used twice
	Versions    []PolicyVersion
	Tags        []Tag
}

// PolicyVersion is one version of a managed policy.
type PolicyVersion struct {
	ID       string // "v1", "v2", …
	Document string // JSON, as it was given
	Created  time.Time
}

// Ref implements [Entity].
func (p *ManagedPolicy) Ref() Ref { return Ref{KindPolicy, p.Account, p.ID} }

// ARN is arn:PARTITION:iam::ACCOUNT:policy/PATH/NAME.
func (p *ManagedPolicy) ARN() string { return p.iamARN("policy", p.Path, p.Name) }

// AWSManaged reports whether the policy is AWS's own.
func (p *ManagedPolicy) AWSManaged() bool { return p.Account == "aws" }

// Version returns the version with this id.
func (p *ManagedPolicy) Version(id string) (PolicyVersion, bool) {
	i := slices.IndexFunc(p.Versions, func(v PolicyVersion) bool { return v.ID == id })
	if i < 0 {
		return PolicyVersion{}, false
	}
	return p.Versions[i], true
}

// Document is the document in force.
func (p *ManagedPolicy) Document() string {
	v, _ := p.Version(p.Default)
	return v.Document
}

// Canonical implements [Entity].
func (p *ManagedPolicy) Canonical() Entity {
	c := *p
	c.Created, c.Updated = instant(c.Created), instant(c.Updated)
	c.Tags = sortedTags(c.Tags)
	c.Versions = slices.Clone(c.Versions)
	for i := range c.Versions {
		c.Versions[i].Created = instant(c.Versions[i].Created)
	}
	slices.SortFunc(c.Versions, func(a, b PolicyVersion) int { return versionNumber(a.ID) - versionNumber(b.ID) })
	return &c
}

func versionNumber(id string) int {
	n, err := strconv.Atoi(id[min(1, len(id)):])
	if err != nil {
		return 0
	}
	return n
}

// awsManaged are AWS's own policies by ARN, each compiled at most once for
// the whole program.
var awsManaged = sync.OnceValue(func() map[string]*policyEntry {
	byARN := map[string]*policyEntry{}
	for _, p := range catalog.ManagedPolicies() {
		byARN[p.ARN] = newPolicyEntry(&ManagedPolicy{
			Scope: Scope{Partition: "aws", Account: "aws"}, ID: awsPolicyID(p.ARN),
			Name: p.Name, Path: "/", Description: p.Description,
			Default: "v1", Latest: 1, Versions: []PolicyVersion{{ID: "v1", Document: p.Document}},
		})
	}
	return byARN
})

// AWSManagedPolicies returns AWS's own policies in name order. Their ids are
// stable but Hardpan's own.
func AWSManagedPolicies() []*ManagedPolicy {
	var list []*ManagedPolicy
	for _, e := range awsManaged() {
		list = append(list, e.policy)
	}
	return sortedBy(list, func(p *ManagedPolicy) string { return FoldName(p.Name) })
}
