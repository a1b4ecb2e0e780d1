package config

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"hardpan/arn"
	"hardpan/policy/wildcard"
)

// What a call through an inference profile has to be allowed in: every region
// that it may be routed to, as on AWS, or at least one, and then it is routed
// only to those that are allowed.
const (
	All     = "all"
	Allowed = "allowed"
)

// AllowedDestinations reports whether calls of a principal, given by the ARN of its
// user or role, are routed only among the regions that the caller may use. What is
// said of principals comes before what is said of accounts, and of several patterns
// that fit the longest counts.
func (c *Config) AllowedDestinations(account, principal string) bool {
	for _, pattern := range c.principalPatterns() {
		if wildcard.Match(wildcard.Parse(pattern), principal) {
			return c.PrincipalDestinations[pattern] == Allowed
		}
	}
	if own, ok := c.AccountDestinations[account]; ok {
		return own == Allowed
	}
	return c.Destinations == Allowed
}

// principalPatterns are those of principals, the longest first.
func (c *Config) principalPatterns() []string {
	return slices.SortedFunc(maps.Keys(c.PrincipalDestinations), func(a, b string) int {
		return cmp.Or(len(b)-len(a), cmp.Compare(a, b))
	})
}

func (c *Config) checkDestinations(l locator) error {
	if c.Destinations != All && c.Destinations != Allowed {
		return l.at("$.destinations", fmt.Sprintf("destinations is all or allowed, not %q", c.Destinations))
	}
	for account, own := range c.AccountDestinations {
		if !accountID.MatchString(account) {
			return l.at("$.account_destinations", fmt.Sprintf("%q is no account: accounts have 12 digits, in quotation marks", account))
		}
		if own != All && own != Allowed {
			return l.at("$.account_destinations", fmt.Sprintf("the destinations of account %s are all or allowed, not %q", account, own))
		}
	}
	for _, pattern := range c.principalPatterns() {
		a, err := arn.Parse(pattern)
		if err != nil || a.Service != "iam" || a.Type() != "user" && a.Type() != "role" {
			return l.at("$.principal_destinations", fmt.Sprintf("%q is no ARN of users or roles: arn:aws:iam::123456789012:role/NAME, where * stands for any text", pattern))
		}
		if own := c.PrincipalDestinations[pattern]; own != All && own != Allowed {
			return l.at("$.principal_destinations", fmt.Sprintf("the destinations of %s are all or allowed, not %q", pattern, own))
		}
	}
	if c.MaxProfiles < 1 || c.MaxProfiles > 10_000_000 {
		return l.at("$.max_profiles", "an account has 1 to 10000000 application inference profiles in a region")
	}
	return nil
}
