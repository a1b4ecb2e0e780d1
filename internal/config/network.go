package config

import (
	"fmt"
	"net/netip"
	"strings"
)

// Networks are IP networks. In the file they are a list, in a flag or variable
// parted by commas; a single address is the network of itself.
type Networks []string

// Prefixes returns the networks, of a checked configuration.
func (n Networks) Prefixes() []netip.Prefix {
	list := make([]netip.Prefix, 0, len(n))
	for _, text := range n {
		if p, err := parseNetwork(text); err == nil {
			list = append(list, p)
		}
	}
	return list
}

func parseNetwork(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
		return netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return p, fmt.Errorf("%q is no network; write it as 10.0.0.0/8 or fd00::/8", text)
	case p.Masked() != p:
		return p, fmt.Errorf("%q has bits behind its prefix; write %s", text, p.Masked())
	}
	return p, nil
}

func (c *Config) checkNetworks(l locator) error {
	for i, text := range c.AllowUpstream {
		if _, err := parseNetwork(text); err != nil {
			return l.at(fmt.Sprintf("$.allow_upstream[%d]", i), err.Error())
		}
	}
	return nil
}

// networks is the setting of a list of networks.
func networks(flag, path, usage string, field func(*Config) *Networks) setting {
	return setting{
		flag: flag, usage: usage, path: path,
		set: func(c *Config, v string) error {
			list := Networks{}
			for _, text := range strings.Split(v, ",") {
				text = strings.TrimSpace(text)
				if _, err := parseNetwork(text); err != nil {
					return err
				}
				list = append(list, text)
			}
			*field(c) = list
			return nil
		},
		get: func(c *Config) string { return strings.Join(*field(c), ",") },
	}
}
