// Package anthropic is the model backend for servers with Anthropic's Messages
// API: Anthropic itself, and what answers /v1/messages below a base URL.
//
// It knows that API. Bodies of Claude's InvokeModel pass with their members as
// they are, for they are that API's own but for three: the version goes to a
// header, betas go to another, and the model is named in the body. Every other
// way in goes through a conversation (internal/model/chat). It must not know
// callers or connections.
package anthropic

import (
	"context"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"time"

	"hardpan/internal/awserr"
	"hardpan/internal/model"
	"hardpan/internal/model/chat"
	"hardpan/internal/model/upstream"
	"hardpan/internal/token"
)

// DefaultBaseURL is Anthropic itself.
const DefaultBaseURL = "https://api.anthropic.com"

// version is that of the API whose requests are made here; a body that is passed on
// says its own.
const (
	version       = "2023-06-01"
	versionHeader = "Anthropic-Version"
)

// Config describes one backend.
type Config struct {
	Name    string       // as operators and error messages call it
	BaseURL string       // what comes before /v1/messages; empty: Anthropic itself
	Key     token.Secret // sent as x-api-key; zero: none is
	Regions []string     // the regions it stands for; none: its answers come from "unknown"

	// These are as in [upstream.Config].
	FirstByte, Idle, Backoff time.Duration
	Log                      *slog.Logger
}

// Backend is one server. It is safe for concurrent use.
type Backend struct {
	client   *upstream.Client
	declared bool // it stands for regions
}

var _ model.Backend = (*Backend)(nil)

// New makes a backend. It connects on the first call.
func New(cfg Config) (*Backend, error) {
	if cfg.BaseURL == "" {
		cfg.BaseURL = DefaultBaseURL
	}
	client, err := upstream.New(upstream.Config{
		Name: cfg.Name, BaseURL: cfg.BaseURL, Key: cfg.Key, FirstByte: cfg.FirstByte, Idle: cfg.Idle, Backoff: cfg.Backoff, Log: cfg.Log,
		Authorize: func(h http.Header) {
			if len(h[versionHeader]) == 0 {
				h[versionHeader] = []string{version}
			}
			if !cfg.Key.IsZero() {
				h["X-Api-Key"] = []string{cfg.Key.Reveal()}
			}
		},
	})
	if err != nil {
		return nil, err
	}
	return &Backend{client, len(cfg.Regions) > 0}, nil
}

// Name implements [model.Backend].
func (b *Backend) Name() string { return b.client.Name() }

// Close drops idle connections.
func (b *Backend) Close() { b.client.Close() }

// Answer implements [model.Backend]. Errors before the first byte are an
// [awserr.Error].
func (b *Backend) Answer(ctx context.Context, call *model.Call) (*model.Answer, error) {
	a, err := b.answer(ctx, call, time.Now())
	if err != nil {
		return nil, err
	}
	a.Region = "unknown"
	if b.declared {
		a.Region = call.Region
	}
	return a, nil
}

func (b *Backend) answer(ctx context.Context, call *model.Call, started time.Time) (*model.Answer, error) {
	switch call.Operation {
	case "CountTokens":
		return b.count(ctx, call)
	case "Converse", "ConverseStream":
		return b.converse(ctx, call, started)
	case "InvokeModel", "InvokeModelWithResponseStream":
		if strings.HasPrefix(call.Family(), "anthropic.") {
			return b.pass(ctx, call, started)
		}
		return b.converse(ctx, call, started)
	}
	return nil, awserr.Validation("The model backend %q has no operation %s.", b.Name(), call.Operation)
}

// converse answers through a conversation.
func (b *Backend) converse(ctx context.Context, call *model.Call, started time.Time) (*model.Answer, error) {
	entrance, request, err := chat.Open(call, started)
	if err != nil {
		return nil, err
	}
	streams := strings.HasSuffix(call.Operation, "Stream")
	r, err := translate(call.ModelID, request, streams)
	if err != nil {
		return nil, err
	}
	resp, err := b.client.Post(ctx, r)
	if err != nil {
		return nil, err
	}
	if streams {
		d := &decoder{meter: meter{client: b.client}, entrance: entrance}
		return b.client.Stream(resp, d, chat.StreamHeader(call.Operation)), nil
	}
	return b.whole(call, resp, entrance)
}

const messagesPath = "/v1/messages"

// bedrockEnd is what Bedrock's ids of Claude end in.
var bedrockEnd = regexp.MustCompile(`-v[0-9]+(:[0-9]+)?$`)

// modelID is Anthropic's id of a model: anthropic.claude-sonnet-4-5-20250929-v1:0
// is claude-sonnet-4-5-20250929 there. What a route calls otherwise is kept.
func modelID(id string) string {
	bare, ok := strings.CutPrefix(id, "anthropic.")
	if !ok {
		return id
	}
	return bedrockEnd.ReplaceAllString(bare, "")
}
