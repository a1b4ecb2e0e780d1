package bedrock

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"hardpan/internal/awserr"
)

const dialTimeout = 5 * time.Second

// newTransport makes the connections of one backend. They are kept: a gateway
// talks to few hosts, much. No proxy is taken from the environment, nothing is
// decompressed, and redirects are nobody's business here.
func newTransport(cfg aws.Config, firstByte time.Duration) *http.Transport {
	t := sdkTransport(cfg).GetTransport() // with the CA bundle, if one is set
	t.Proxy = nil
	t.DialContext = (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext
	t.TLSHandshakeTimeout = dialTimeout
	t.ResponseHeaderTimeout = firstByte
	t.DisableCompression = true
	t.ForceAttemptHTTP2 = true
	t.MaxIdleConns = 0 // no limit over all hosts
	t.MaxIdleConnsPerHost = 512
	t.MaxConnsPerHost = 0
	t.IdleConnTimeout = 90 * time.Second
	t.MaxResponseHeaderBytes = 64 << 10
	return t
}

// unreachable turns a failure before the first byte into what the caller sees:
// the backend's name, and nothing of where it is.
func (b *Backend) unreachable(err error) *awserr.Error {
	var op *net.OpError
	dialing := errors.As(err, &op) && op.Op == "dial"
	var timeout net.Error
	if !dialing && errors.As(err, &timeout) && timeout.Timeout() {
		return awserr.New("ModelTimeoutException", http.StatusRequestTimeout,
			"The model backend %q did not answer in time. Try again later or with a smaller request.", b.cfg.Name).Because(err)
	}
	if errors.Is(err, context.Canceled) {
		return b.unavailable("The call was canceled before the model backend %q answered.", err)
	}
	return b.unavailable("The model backend %q cannot be reached. Try again later; its operator finds the cause in the log.", err)
}

func (b *Backend) unavailable(format string, cause error) *awserr.Error {
	return awserr.New("ServiceUnavailableException", http.StatusServiceUnavailable, format, b.cfg.Name).Because(cause)
}
