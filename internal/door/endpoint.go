package door

import (
	"net"
	"net/http"
	"regexp"
	"strings"
)

// Where a request says that it goes. AWS has a host name for every service
// and region; behind one listener the same is said by the host name, or by a
// path prefix /regions/<region>/, which is part of the signed path.
//
// The rule: a region is never guessed. It comes from the credential scope,
// else the host, else the path, else the home region of the key, session or
// principal; if none of them has one, the call is refused.

type endpoint struct {
	api        string // endpoint prefix named by the host, e.g. "bedrock-runtime", or ""
	region     string // region named by host or path, or ""
	regionFrom string // "host" or "path"
	clash      bool   // host and path name different regions
	path       string // escaped path without the region prefix
}

// hostPattern matches the first labels of an AWS endpoint's host name: service
// and region under any domain, or a service alone under AWS's own. Of another
// name the first label says nothing: hardpan.example.com and bedrock.corp.example
// serve every API.
var hostPattern = regexp.MustCompile(`^([a-z][a-z0-9-]*)\.(?:([a-z]{2,}(?:-[a-z]+)+-\d+)(?:\.|$)|amazonaws\.com(?:\.cn)?$)`)

// gatewayHost matches the host name of a tool gateway, under any domain: its
// paths are then those below /gateways/ID.
var gatewayHost = regexp.MustCompile(`^([0-9a-z-]+)\.gateway\.(bedrock-agentcore)\.([a-z]{2,}(?:-[a-z]+)+-\d+)(?:\.|$)`)

// locate reads the endpoint from the host and path of r. known tells which
// endpoint prefixes are served.
func locate(r *http.Request, known func(prefix string) bool) endpoint {
	e := endpoint{path: r.URL.EscapedPath()}
	if rest, ok := strings.CutPrefix(e.path, "/regions/"); ok {
		region, path, _ := strings.Cut(rest, "/")
		e.region, e.regionFrom, e.path = region, "path", "/"+path
	}
	host := strings.ToLower(r.Host)
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if m := gatewayHost.FindStringSubmatch(host); m != nil && known(m[2]) {
		e.clash = e.region != "" && e.region != m[3]
		e.api, e.region, e.regionFrom, e.path = m[2], m[3], "host", "/gateways/"+m[1]+e.path
		return e
	}
	m := hostPattern.FindStringSubmatch(host)
	if m == nil || !known(m[1]) {
		return e
	}
	e.api = m[1]
	if m[2] != "" {
		e.clash = e.region != "" && e.region != m[2]
		e.region, e.regionFrom = m[2], "host"
	}
	return e
}

// disagree reports whether the endpoint names another region than the scope.
func (e endpoint) disagree(region string) bool {
	return e.clash || e.region != "" && e.region != region
}
