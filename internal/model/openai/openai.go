// Package openai is the model backend for servers with OpenAI's API: OpenAI
// itself, llama.cpp, vLLM, Ollama, and whatever else answers
// /chat/completions and /embeddings below a base URL.
//
// It knows those two bodies and how a conversation becomes one. It must not
// know callers, Bedrock's bodies (internal/model/chat does) or connections
// (internal/model/upstream does).
//
// What servers add to OpenAI's API is read where it is common: reasoning_content
// or reasoning for what a model thought, stop_reason for the stop sequence it
// met, prompt_cache_hit_tokens. Models whose InvokeModel body on Bedrock is
// OpenAI's own pass with their members as they are.
//
// CountTokens is refused by name: a server's tokenizer is its own, and a guess
// would be taken for a count.
package openai

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"hardpan/internal/awserr"
	"hardpan/internal/model"
	"hardpan/internal/model/chat"
	"hardpan/internal/model/upstream"
	"hardpan/internal/token"
)

// Config describes one backend.
type Config struct {
	Name    string       // as operators and error messages call it
	BaseURL string       // what comes before /chat/completions, e.g. https://api.openai.com/v1
	Key     token.Secret // sent as a bearer token; zero: none is
	Regions []string     // the regions it stands for; none: its answers come from "unknown"

	// These are as in [upstream.Config].
	FirstByte, Idle, Backoff time.Duration
	Log                      *slog.Logger
}

// Backend is one server. It is safe for concurrent use.
type Backend struct {
	client   *upstream.Client
	declared bool // it stands for regions
	limit    string
}

var _ model.Backend = (*Backend)(nil)

// New makes a backend. It connects on the first call.
func New(cfg Config) (*Backend, error) {
	client, err := upstream.New(upstream.Config{
		Name: cfg.Name, BaseURL: cfg.BaseURL, Key: cfg.Key, FirstByte: cfg.FirstByte, Idle: cfg.Idle, Backoff: cfg.Backoff, Log: cfg.Log,
		Authorize: func(h http.Header) {
			if !cfg.Key.IsZero() {
				h["Authorization"] = []string{"Bearer " + cfg.Key.Reveal()}
			}
		},
	})
	if err != nil {
		return nil, err
	}
	return &Backend{client, len(cfg.Regions) > 0, limitName(cfg.BaseURL)}, nil
}

// limitName is how the most tokens to answer with are called. OpenAI's newer
// models refuse the name that every other server knows.
func limitName(base string) string {
	u, err := url.Parse(base)
	if err == nil && (u.Hostname() == "api.openai.com" || strings.HasSuffix(u.Hostname(), ".openai.azure.com")) {
		return "max_completion_tokens"
	}
	return "max_tokens"
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
	streams := false
	switch call.Operation {
	case "Converse":
	case "ConverseStream":
		streams = true
	case "InvokeModel":
		if e := embeddingOf(call.Family()); e != nil {
			return b.embed(ctx, call, e, started)
		}
		if isOwn(call.Family()) {
			return b.invoke(ctx, call, started)
		}
	case "InvokeModelWithResponseStream":
		if isOwn(call.Family()) {
			return b.invokeStream(ctx, call, started)
		}
		streams = true
	case "CountTokens":
		return nil, awserr.Validation("The model backend %q cannot count tokens: its server's tokenizer is not known to Hardpan. Leave room for an estimate of your own, or route the model to a backend of type bedrock or anthropic.", b.Name())
	default:
		return nil, awserr.Validation("The model backend %q has no operation %s.", b.Name(), call.Operation)
	}
	entrance, request, err := chat.Open(call, started)
	if err != nil {
		return nil, err
	}
	body, err := b.body(call, request, streams)
	if err != nil {
		return nil, err
	}
	resp, err := b.client.Post(ctx, &upstream.Request{Path: completions, Body: body, Stream: streams})
	if err != nil {
		return nil, err
	}
	if streams {
		d := &decoder{client: b.client, entrance: entrance}
		return b.client.Stream(resp, d, chat.StreamHeader(call.Operation)), nil
	}
	return b.whole(call, resp, entrance)
}

const completions = "/chat/completions"
