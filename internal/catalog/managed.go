package catalog

import "sync"

// ManagedPolicy is an AWS managed policy, written from what it grants.
type ManagedPolicy struct {
	ARN         string // e.g. "arn:aws:iam::aws:policy/AmazonBedrockFullAccess"
	Name        string
	Description string
	Document    string // JSON
}

var managedPolicies = sync.OnceValue(func() []ManagedPolicy {
	list := []ManagedPolicy{
		{Name: "AdministratorAccess", Description: "Everything in every service."},
		{Name: "AmazonBedrockFullAccess", Description: "Everything in Amazon Bedrock, and what its console needs of other services."},
		{Name: "AmazonBedrockLimitedAccess", Description: "What the user of a Bedrock API key gets when the console makes the key: calling models and most of the control plane."},
		{Name: "AmazonBedrockReadOnly", Description: "Reading and listing in Amazon Bedrock; no model calls."},
	}
	for i := range list {
		p := &list[i]
		p.ARN = "arn:aws:iam::aws:policy/" + p.Name
		raw, err := files.ReadFile("data/managed/" + p.Name + ".json")
		if err != nil {
			panic("catalog: " + err.Error())
		}
		p.Document = string(raw)
	}
	return list
})

// ManagedPolicies returns the AWS managed policies that exist here, ordered by
// name, with the ARNs of the commercial partition.
func ManagedPolicies() []ManagedPolicy { return managedPolicies() }

// FindManagedPolicy returns the managed policy with this ARN.
func FindManagedPolicy(arn string) (ManagedPolicy, bool) {
	for _, p := range managedPolicies() {
		if p.ARN == arn {
			return p, true
		}
	}
	return ManagedPolicy{}, false
}
