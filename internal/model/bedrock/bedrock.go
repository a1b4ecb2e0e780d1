// Package bedrock is the model backend that passes calls through to Amazon
// Bedrock, or to anything that speaks its runtime protocol: another Hardpan,
// for one.
//
// It knows how such a call is addressed and signed, which headers may cross,
// and where an answer says what it used. Bodies and event-stream frames pass as
// they are. It must not know who called: the caller's credentials never come
// here, every request is signed anew with the backend's own.
//
// Upstream errors are answers and pass with status and body, marked by
// X-Hardpan-Upstream-Error. That holds for a denial of Hardpan's own
// credentials too: the mark tells it from Hardpan's denial of the caller.
package bedrock

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go/encoding/httpbinding"

	"hardpan/internal/awserr"
	"hardpan/internal/catalog"
	"hardpan/internal/model"
)

// Backend is one pass-through backend. It is safe for concurrent use.
type Backend struct {
	cfg       Config
	bases     map[string]*base // by region
	creds     aws.CredentialsProvider
	signer    *v4.Signer
	transport *http.Transport
}

var _ model.Backend = (*Backend)(nil)

// base is where the calls of one region go.
type base struct {
	scheme, host string
	path         string // escaped, without a slash at its end
}

// signingName is what credentials for Bedrock Runtime are scoped to.
const signingName = "bedrock"

// operations are the last elements of their paths.
var operations = map[string]string{
	"Converse":                      "/converse",
	"ConverseStream":                "/converse-stream",
	"InvokeModel":                   "/invoke",
	"InvokeModelWithResponseStream": "/invoke-with-response-stream",
	"CountTokens":                   "/count-tokens",
}

// New makes a backend. ctx only bounds the reading of configuration files: no
// credentials are fetched before the first call.
func New(ctx context.Context, cfg Config) (*Backend, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if cfg.FirstByte == 0 {
		cfg.FirstByte = DefaultFirstByte
	}
	if cfg.Idle == 0 {
		cfg.Idle = DefaultIdle
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	bases := map[string]*base{}
	for _, region := range cfg.Regions {
		u, err := cfg.endpoint(ctx, region)
		if err != nil {
			return nil, err
		}
		bases[region] = &base{u.Scheme, u.Host, strings.TrimRight(u.EscapedPath(), "/")}
	}
	sdk, err := cfg.load(ctx)
	if err != nil {
		return nil, err
	}
	if sdk.Credentials == nil {
		return nil, fmt.Errorf("backend %q: the AWS configuration holds no credentials", cfg.Name)
	}
	return &Backend{cfg, bases, sdk.Credentials, v4.NewSigner(), newTransport(sdk, cfg.FirstByte)}, nil
}

// Name returns the backend's name.
func (b *Backend) Name() string { return b.cfg.Name }

// Close drops idle connections.
func (b *Backend) Close() { b.transport.CloseIdleConnections() }

// Answer passes the call on. It returns when the head of the answer is there;
// ctx ends the whole exchange, the reading of the body included. An error is an
// *awserr.Error: ServiceUnavailableException when the backend cannot be reached
// or has no credentials, ModelTimeoutException when it does not answer in time.
func (b *Backend) Answer(ctx context.Context, call *model.Call) (*model.Answer, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	req, err := b.request(ctx, call)
	if err != nil {
		cancel(nil)
		return nil, err
	}
	resp, err := b.transport.RoundTrip(req)
	if err != nil {
		cancel(nil)
		return nil, b.unreachable(err)
	}
	if resp.StatusCode < 200 || resp.StatusCode/100 == 3 {
		cancel(nil)
		resp.Body.Close()
		return nil, b.unavailable("The model backend %q did not answer as Amazon Bedrock does. Its operator finds the cause in the log.",
			fmt.Errorf("status %s, a redirect to %q is not followed", resp.Status, resp.Header.Get("Location")))
	}
	return b.answer(call, resp, cancel), nil
}

// request makes the signed request of a call.
func (b *Backend) request(ctx context.Context, call *model.Call) (*http.Request, error) {
	suffix, ok := operations[call.Operation]
	if !ok {
		return nil, awserr.Internal(fmt.Errorf("backend %q: operation %q is not passed through", b.cfg.Name, call.Operation))
	}
	base, ok := b.bases[call.Region]
	if !ok {
		return nil, awserr.Internal(fmt.Errorf("backend %q was given a call for region %q, which it does not stand for", b.cfg.Name, call.Region))
	}
	creds, err := b.creds.Retrieve(ctx)
	if err != nil {
		return nil, b.unavailable("The model backend %q has no valid credentials at the moment. Its operator finds the cause in the log.", err)
	}
	req := &http.Request{
		Method: http.MethodPost, Host: base.host, Header: requestHeader(call.Header),
		// Opaque is what goes over the wire and what is signed, to the byte.
		URL:           &url.URL{Scheme: base.scheme, Host: base.host, Opaque: base.path + "/model/" + httpbinding.EscapePath(upstreamModel(call), true) + suffix},
		ContentLength: int64(len(call.Body)),
		Body:          io.NopCloser(bytes.NewReader(call.Body)),
		// For a kept connection that turns out to be closed: nothing was sent then.
		GetBody: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(call.Body)), nil },
	}
	req = req.WithContext(ctx)
	if err := b.signer.SignHTTP(ctx, creds, req, bodyHash(call), signingName, call.Region, b.cfg.Now()); err != nil {
		return nil, b.unavailable("The model backend %q cannot sign its request. Its operator finds the cause in the log.", err)
	}
	return req, nil
}

func bodyHash(call *model.Call) string {
	if call.BodySHA256 != "" {
		return call.BodySHA256
	}
	sum := sha256.Sum256(call.Body)
	return hex.EncodeToString(sum[:])
}

// upstreamModel is the model or profile that upstream is asked for: what the route
// calls it there, if it does, whatever the caller named. Else a system-defined profile keeps its id, as the model behind it may answer only
// through it. ARNs name this server's account, which upstream does not know, so
// what they end in is taken; an application profile exists only here.
func upstreamModel(call *model.Call) string {
	if renamed(call) {
		return call.ModelID
	}
	if !strings.HasPrefix(call.Named, "arn:") {
		return call.Named
	}
	if _, id, ok := strings.Cut(call.Named, ":inference-profile/"); ok {
		return id
	}
	return call.ModelID
}

// renamed reports whether the route has a name of its own for the model.
func renamed(call *model.Call) bool { return call.ModelID != call.Family() }

// ranIn returns the region that answered. A profile lets upstream choose among
// several, and upstream does not say which it took; what a route's own name stands
// for is known only if it is a foundation model's.
func ranIn(call *model.Call, asked string) string {
	_, known := catalog.Find(asked)
	if asked == call.Family() || renamed(call) && known {
		return call.Region
	}
	return "unknown"
}
