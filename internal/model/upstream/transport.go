package upstream

import (
	"net"
	"net/http"
	"sync"
	"time"
)

const dialTimeout = 5 * time.Second

// newTransport makes the connections to one server. They are kept: a gateway
// talks to few hosts, much. No proxy is taken from the environment, nothing is
// decompressed, and redirects are nobody's business here.
func newTransport(firstByte time.Duration) *http.Transport {
	return &http.Transport{
		DialContext:            (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:    dialTimeout,
		ResponseHeaderTimeout:  firstByte,
		DisableCompression:     true,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    512,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// budget bounds the retries of all calls together to a tenth of the calls, so
// that a server in trouble is not asked three times as much as before.
type budget struct {
	mu   sync.Mutex
	left float64 // retries
}

const (
	fullBudget = 10.0
	perCall    = 0.1
)

func (b *budget) deposit() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = min(fullBudget, b.left+perCall)
}

func (b *budget) withdraw() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}
