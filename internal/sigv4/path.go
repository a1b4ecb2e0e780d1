package sigv4

import (
	"net/http"
	"strings"
)

// target returns path and query of r as they were sent. A server's request keeps
// them in RequestURI whatever was done to r.URL since; a request that was built
// here has only its URL.
func target(r *http.Request) (path, query string) {
	raw := r.RequestURI
	if raw == "" {
		path, query = r.URL.EscapedPath(), r.URL.RawQuery
	} else {
		if !strings.HasPrefix(raw, "/") { // absolute form, as proxies are spoken to
			raw = originForm(raw)
		}
		path, query, _ = strings.Cut(raw, "?")
	}
	if path == "" {
		path = "/"
	}
	return path, query
}

func originForm(raw string) string {
	_, rest, ok := strings.Cut(raw, "://")
	if !ok {
		return raw // "*" of OPTIONS, or a host:port of CONNECT
	}
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		return rest[i:]
	}
	return ""
}

// NormalPath returns the path that a signature by AWS's rule speaks for: empty
// segments, "." and ".." are resolved, percent-escapes stay as they are. A server
// has to route on this form, or refuse a path that differs from it, since
// requests to both share one signature.
func NormalPath(path string) string {
	if isNormal(path) {
		return path
	}
	var kept []string
	for segment := range strings.SplitSeq(path, "/") {
		switch segment {
		case "", ".":
		case "..":
			if len(kept) > 0 {
				kept = kept[:len(kept)-1]
			}
		default:
			kept = append(kept, segment)
		}
	}
	normal := "/" + strings.Join(kept, "/")
	if len(kept) > 0 && strings.HasSuffix(path, "/") {
		normal += "/"
	}
	return normal
}

func isNormal(path string) bool {
	return strings.HasPrefix(path, "/") && !strings.Contains(path, "//") && !strings.Contains(path, "/./") &&
		!strings.Contains(path, "/../") && !strings.HasSuffix(path, "/.") && !strings.HasSuffix(path, "/..")
}

const upperHex = "0123456789ABCDEF"

// appendEncoded appends AWS's UriEncode of s: all but A-Z a-z 0-9 - . _ ~ (and
// "/" in a path) becomes %XX. A path as sent is encoded as it stands, so that an
// escape in it is encoded a second time, as every service but S3 does.
func appendEncoded(dst []byte, s string, keepSlash bool) []byte {
	for i := range len(s) {
		c := s[i]
		if unreserved[c] || c == '/' && keepSlash {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return dst
}

var unreserved = func() (set [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") {
		set[c] = true
	}
	return set
}()
