// Package egress guards the connections that Hardpan opens to addresses which
// its operator did not write into the configuration: an outside identity
// provider's, a tool server's. Whoever may register such a URL must not reach
// through Hardpan what only Hardpan's own machine and network can.
//
// The rule: an address is judged where it is dialled, after its name was
// resolved, so that no name, redirect or second answer of a DNS server leads
// around it. What is not on the public internet is refused unless the operator
// allows it.
//
// It does not know who asks or why, and does not speak HTTP itself.
package egress

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// Times within which an upstream has to take a connection and answer.
const (
	dialTime   = 5 * time.Second
	tlsTime    = 5 * time.Second
	headerTime = 10 * time.Second
	idleTime   = 30 * time.Second
)

// Guard decides which addresses may be dialled. Its zero value allows the public
// internet only. It is immutable and safe for concurrent use.
type Guard struct{ allowed []netip.Prefix }

// NewGuard also allows addresses in these networks, as the operator named them.
func NewGuard(allowed ...netip.Prefix) *Guard { return &Guard{allowed: allowed} }

// RefusedError is an address that may not be dialled.
type RefusedError struct{ Address netip.Addr }

// Error implements error: what the operator can do about it is in the text.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("%s is not on the public internet; hardpan serve --allow-upstream %s/%d would allow it",
		e.Address, e.Address, e.Address.BitLen())
}

// Check returns a *[RefusedError] for an address that may not be dialled.
func (g *Guard) Check(address netip.Addr) error {
	address = address.Unmap().WithZone("")
	for _, network := range g.allowed {
		if network.Contains(address) {
			return nil
		}
	}
	if !public(address) {
		return &RefusedError{address}
	}
	return nil
}

// Control is the ControlContext of a [net.Dialer]: it sees each address that a
// name resolved to before a connection to it is opened.
func (g *Guard) Control(_ context.Context, _, address string, _ syscall.RawConn) error {
	dialled, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("dialling %s: %w", address, err)
	}
	return g.Check(dialled.Addr())
}

// Transport opens guarded connections. It asks no proxy, since the guard would
// see the proxy's address and not the one behind it; it keeps few connections.
func (g *Guard) Transport() *http.Transport {
	dialer := &net.Dialer{Timeout: dialTime, ControlContext: g.Control}
	return &http.Transport{
		DialContext: dialer.DialContext, TLSHandshakeTimeout: tlsTime, ResponseHeaderTimeout: headerTime,
		MaxIdleConnsPerHost: 1, MaxIdleConns: 64, IdleConnTimeout: idleTime, ForceAttemptHTTP2: true,
	}
}
