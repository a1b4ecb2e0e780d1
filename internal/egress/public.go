package egress

import "net/netip"

// special are the networks that the IANA registries of special-purpose addresses
// (RFC 6890 and its updates) do not give to the public internet, and those whose
// addresses carry another within them, which would be dialled in the end.
var special = prefixes(
	"0.0.0.0/8",       // this host
	"10.0.0.0/8",      // private
	"100.64.0.0/10",   // behind carriers; cloud metadata of some providers
	"127.0.0.0/8",     // loopback
	"169.254.0.0/16",  // link-local; cloud metadata
	"172.16.0.0/12",   // private
	"192.0.0.0/24",    // protocol assignments
	"192.0.2.0/24",    // documentation
	"192.88.99.0/24",  // 6to4 relays
	"192.168.0.0/16",  // private
	"198.18.0.0/15",   // benchmarks
	"198.51.100.0/24", // documentation
	"203.0.113.0/24",  // documentation
	"224.0.0.0/4",     // multicast
	"240.0.0.0/4",     // reserved, broadcast

	"::/96",        // unspecified, loopback, and IPv4 within IPv6 as it was
	"64:ff9b::/96", // IPv4 behind NAT64
	"64:ff9b:1::/48",
	"100::/64",      // discarded
	"2001::/23",     // protocol assignments, Teredo
	"2001:db8::/32", // documentation
	"2002::/16",     // 6to4
	"3fff::/20",     // documentation
	"5f00::/16",     // segment routing
	"fc00::/7",      // private; cloud metadata
	"fe80::/10",     // link-local
	"fec0::/10",     // private, as it was
	"ff00::/8",      // multicast
)

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}

// public reports whether an address, not mapped and without a zone, is one of
// the public internet.
func public(address netip.Addr) bool {
	if !address.IsValid() {
		return false
	}
	for _, network := range special {
		if network.Contains(address) {
			return false
		}
	}
	return true
}
