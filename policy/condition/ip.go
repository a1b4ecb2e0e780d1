package condition

import (
	"net/netip"
	"strings"
)

// ip is IpAddress and NotIpAddress: a CIDR block, or one address. IPv4 and IPv6
// may be mixed; an address of the other family is in no block.
type ip struct {
	text  string
	block netip.Prefix
	valid bool
}

func newIP(value string, _ bool) comparison {
	block, ok := ParseBlock(value)
	return &ip{text: value, block: block, valid: ok}
}

func (p *ip) compare(value string, _ *Context) (fits, typed bool) {
	addr, err := netip.ParseAddr(value)
	if err != nil || !p.valid {
		return false, false
	}
	return p.block.Contains(addr.Unmap().WithZone("")), true
}

func (p *ip) wanted(*Context) string { return p.text }

// ParseBlock reads a CIDR block. Without a prefix length it is one address, /32
// or /128 (the latter from memory).
func ParseBlock(s string) (netip.Prefix, bool) {
	if strings.IndexByte(s, '/') < 0 {
		addr, err := netip.ParseAddr(s)
		if err != nil || addr.Zone() != "" {
			return netip.Prefix{}, false
		}
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), true
	}
	block, err := netip.ParsePrefix(s)
	return block.Masked(), err == nil
}
