package upstream

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
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

// errIdle ends an answer whose next piece does not come.
var errIdle = errors.New("the model backend stopped sending")

// source is an answer's body. Each Read must bring something within the idle
// time; Close ends the exchange, however much is left.
type source struct {
	rc     io.ReadCloser
	cancel context.CancelCauseFunc
	idle   time.Duration
	timer  *time.Timer
	late   atomic.Bool // the timer fired
}

// stalled reports whether the idle time passed.
func (s *source) stalled() bool { return s.late.Load() }

func (s *source) Read(p []byte) (int, error) {
	if s.timer == nil {
		s.timer = time.AfterFunc(s.idle, func() {
			s.late.Store(true)
			s.cancel(errIdle)
		})
	} else {
		s.timer.Reset(s.idle)
	}
	n, err := s.rc.Read(p)
	s.timer.Stop()
	return n, err
}

func (s *source) Close() error {
	if s.timer != nil {
		s.timer.Stop()
	}
	s.cancel(nil) // at once, rather than reading what is left
	return s.rc.Close()
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
