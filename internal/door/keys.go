package door

import (
	"net"
	"net/http"
	"strconv"
	"time"

	"hardpan/internal/op"
	"hardpan/policy/condition"
)

// requestKeys returns the global condition keys of a call, on top of its
// caller's own. Source: IAM User Guide, AWS global condition context keys.
func requestKeys(r *http.Request, c *op.Call) *condition.Context {
	keys := condition.NewContext(c.Caller.Keys)
	if c.Region != "" { // an unsigned call to a global endpoint has none
		keys.Set("aws:RequestedRegion", c.RegionFrom, c.Region)
	}
	keys.Set("aws:CurrentTime", "request", c.Time.UTC().Format(time.RFC3339))
	keys.Set("aws:EpochTime", "request", strconv.FormatInt(c.Time.Unix(), 10))
	keys.Set("aws:SecureTransport", "network", strconv.FormatBool(r.TLS != nil))
	keys.Set("aws:SourceIp", "network", sourceIP(r))
	keys.Set("aws:ViaAWSService", "request", "false")
	if agent := r.UserAgent(); agent != "" {
		keys.Set("aws:UserAgent", "request", agent)
	}
	if referer := r.Referer(); referer != "" {
		keys.Set("aws:Referer", "request", referer)
	}
	return keys
}

// sourceIP is the peer's address. Forwarding headers are not believed: anyone
// can write them.
func sourceIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
