package token

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// MaxShortTerm is how long a short-term key may live: 12 hours (AWS: Bedrock User
// Guide, API keys).
const MaxShortTerm = 43200 * time.Second

const (
	shortTermHost   = "bedrock.amazonaws.com"
	shortTermAction = "CallWithBearerToken"
)

// ShortTerm is a short-term Bedrock API key: a presigned request of the caller's
// own credentials. Nothing in it is proven until Request is verified as a
// presigned request with an empty payload, scoped to Region and to "bedrock".
//
// Form: AWS's token generator (public source): the URL without "https://", with
// "&Version=1" appended after signing, in base64.
type ShortTerm struct {
	Request *http.Request // as it was signed: POST https://bedrock.amazonaws.com/?Action=…, without Version
	Region  string        // the only Region the key is good for
	Expires time.Duration // as requested, 1 s to [MaxShortTerm]; the signer's own expiry may come first
}

// String implements fmt.Stringer: the region, and nothing that works as a key.
func (k *ShortTerm) String() string { return "short-term key for " + k.Region }

// GoString implements fmt.GoStringer.
func (k *ShortTerm) GoString() string { return k.String() }

// Format implements fmt.Formatter for every verb.
func (k *ShortTerm) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }

// LogValue implements slog.LogValuer.
func (k *ShortTerm) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalJSON implements json.Marshaler.
func (k *ShortTerm) MarshalJSON() ([]byte, error) { return []byte(strconv.Quote(redacted)), nil }

// ParseShortTerm takes a short-term key apart, whatever the order of its
// parameters. Errors are [ErrKeyPrefix] and [ErrKeyInvalid].
func ParseShortTerm(text string) (*ShortTerm, error) {
	body, ok := strings.CutPrefix(text, ShortTermPrefix)
	if !ok {
		return nil, ErrKeyPrefix
	}
	plain, ok := decodeKey(body)
	if !ok {
		return nil, invalidKey("short-term key is not base64")
	}
	rest, ok := strings.CutPrefix(plain, shortTermHost)
	query, isQuery := strings.CutPrefix(strings.TrimPrefix(rest, "/"), "?")
	if !ok || !isQuery {
		return nil, invalidKey("short-term key is no presigned request to " + shortTermHost)
	}
	query = withoutVersion(query)
	k, err := readShortTerm(query)
	if err != nil {
		return nil, err
	}
	k.Request = &http.Request{
		Method: http.MethodPost, Host: shortTermHost, Header: http.Header{}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		URL: &url.URL{Scheme: "https", Host: shortTermHost, Path: "/", RawQuery: query},
	}
	return k, nil
}

// withoutVersion takes out the parameter that was added after signing.
func withoutVersion(query string) string {
	var kept []string
	for part := range strings.SplitSeq(query, "&") {
		if name, _, _ := strings.Cut(part, "="); name != "Version" {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "&")
}

func readShortTerm(query string) (*ShortTerm, error) {
	q, err := url.ParseQuery(query)
	if err != nil {
		return nil, invalidKey("short-term key has a malformed query")
	}
	if len(q["Action"]) != 1 || q.Get("Action") != shortTermAction {
		return nil, invalidKey("short-term key is not for " + shortTermAction)
	}
	scope := strings.Split(q.Get("X-Amz-Credential"), "/")
	if len(scope) != 5 || scope[3] != "bedrock" || scope[2] == "" {
		return nil, invalidKey("short-term key is not scoped to bedrock")
	}
	seconds, err := strconv.ParseInt(q.Get("X-Amz-Expires"), 10, 64)
	if err != nil || seconds < 1 || seconds > int64(MaxShortTerm/time.Second) {
		return nil, invalidKey("short-term key asks for no time up to 43200 seconds")
	}
	return &ShortTerm{Region: scope[2], Expires: time.Duration(seconds) * time.Second}, nil
}
