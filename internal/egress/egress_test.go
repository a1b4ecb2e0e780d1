package egress_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hardpan/internal/egress"
)

func TestOnlyThePublicInternetIsDialled(t *testing.T) {
	var g egress.Guard
	for _, address := range []string{
		"127.0.0.1", "127.8.9.10", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.100.100.200",
		"0.0.0.0", "255.255.255.255", "224.0.0.1", "198.18.0.1", "192.0.2.1",
		"::1", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "fe80::1%eth0", "fd00:ec2::254", "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1",
	} {
		var refused *egress.RefusedError
		if err := g.Check(netip.MustParseAddr(address)); !errors.As(err, &refused) {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{"1.1.1.1", "172.32.0.1", "192.169.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"} {
		if err := g.Check(netip.MustParseAddr(address)); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	if g.Check(netip.Addr{}) == nil {
		t.Error("no address at all is allowed")
	}
}

func TestTheOperatorAllowsNetworks(t *testing.T) {
	g := egress.NewGuard(netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("::1/128"))
	for address, want := range map[string]bool{
		"10.1.2.3": true, "::ffff:10.1.2.3": true, "10.2.0.1": false, "::1": true, "127.0.0.1": false, "1.1.1.1": true,
	} {
		if err := g.Check(netip.MustParseAddr(address)); (err == nil) != want {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// However an IPv4 address is written into an IPv6 one, the guard says of it what
// it says of the address itself, or refuses.
func TestWrappingAnAddressLeadsNowhere(t *testing.T) {
	var g egress.Guard
	rapid.Check(t, func(t *rapid.T) {
		var four [4]byte
		copy(four[:], rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "address"))
		plain := g.Check(netip.AddrFrom4(four))
		for _, prefix := range []string{"::ffff:0:0", "::", "64:ff9b::"} {
			wrapped := netip.MustParseAddr(prefix).As16()
			copy(wrapped[12:], four[:])
			if plain != nil && g.Check(netip.AddrFrom16(wrapped)) == nil {
				t.Fatalf("%v is refused, and as %v it is not", netip.AddrFrom4(four), netip.AddrFrom16(wrapped))
			}
		}
	})
}

// A name is judged by what it resolves to, at the moment of dialling.
func TestNamesAreJudgedByTheirAddresses(t *testing.T) {
	there := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer there.Close()
	_, port, _ := net.SplitHostPort(there.Listener.Addr().String())
	get := func(g *egress.Guard) error {
		transport := g.Transport()
		defer transport.CloseIdleConnections()
		r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://localhost:"+port, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := transport.RoundTrip(r)
		if err == nil {
			err = answer.Body.Close()
		}
		return err
	}
	var refused *egress.RefusedError
	if err := get(egress.NewGuard()); !errors.As(err, &refused) || !strings.Contains(err.Error(), "--allow-upstream") {
		t.Errorf("localhost: %v", err)
	}
	if err := get(egress.NewGuard(netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"))); err != nil {
		t.Error(err)
	}
}

// A proxy of the environment would hide the address from the guard.
func TestNoProxyIsAsked(t *testing.T) {
	if egress.NewGuard().Transport().Proxy != nil {
		t.Error("the transport asks a proxy")
	}
}
