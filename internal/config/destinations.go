package config

import "fmt"

// What a call through an inference profile has to be allowed in: every region
// that it may be routed to, as on AWS, or at least one, and then it is routed
// only to those that are allowed.
const (
	All     = "all"
	Allowed = "allowed"
)

// AllowedDestinations reports whether calls of an account are routed only among
// the regions that the caller may use.
func (c *Config) AllowedDestinations(account string) bool {
	if own, ok := c.AccountDestinations[account]; ok {
		return own == Allowed
	}
	return c.Destinations == Allowed
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
	if c.MaxProfiles < 1 || c.MaxProfiles > 10_000_000 {
		return l.at("$.max_profiles", "an account has 1 to 10000000 application inference profiles in a region")
	}
	return nil
}
