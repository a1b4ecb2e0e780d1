package bedrock

import (
	"net/http"
	"strconv"
	"strings"
)

// Headers that Hardpan adds to a passed answer.
const (
	HeaderUpstreamRequestID = "X-Hardpan-Upstream-Request-Id" // upstream's own request id
	HeaderUpstreamError     = "X-Hardpan-Upstream-Error"      // "true": status and body are upstream's, not Hardpan's
)

const modelHeader = "X-Amzn-Bedrock-"

// requestHeader picks what may go upstream. Whatever else a client sent, its
// credentials above all, stays here.
func requestHeader(in http.Header) http.Header {
	out := make(http.Header, len(in)+4) // with room for the signature's
	for name, values := range in {
		if name == "Content-Type" || name == "Accept" || strings.HasPrefix(name, modelHeader) {
			out[name] = values
		}
	}
	out["User-Agent"] = userAgent
	return out
}

var userAgent = []string{"hardpan"}

// answerHeader picks what may go back to the client.
func answerHeader(resp *http.Response, stream bool) http.Header {
	out := make(http.Header, 8)
	for name, values := range resp.Header {
		switch name {
		case "Content-Type", "Content-Encoding", "Retry-After", "X-Amzn-Errortype":
			out[name] = values
		case "X-Amzn-Requestid":
			out[HeaderUpstreamRequestID] = values
		default:
			if strings.HasPrefix(name, modelHeader) {
				out[name] = values
			}
		}
	}
	if resp.StatusCode >= 400 {
		out[HeaderUpstreamError] = []string{"true"}
	}
	if resp.ContentLength >= 0 && !stream { // a cut stream is made longer than it was
		out["Content-Length"] = []string{strconv.FormatInt(resp.ContentLength, 10)}
	}
	return out
}
