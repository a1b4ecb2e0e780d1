// Package builtin is the embedded default model: it needs no network, no key
// and no weights, answers the same call with the same words always, and never
// pretends to be more than it is. It exists so that Hardpan can be used, shown
// and tested alone, and so that programs that call models can be tested.
//
// It knows the bodies of Amazon Bedrock Runtime and of the models it stands
// for. It must not know callers, policies, routes or money.
//
// # What it speaks
//
// Converse, ConverseStream and CountTokens for every chat model. InvokeModel
// and InvokeModelWithResponseStream with the bodies of Anthropic Messages,
// Amazon Nova (messages-v1) and Amazon Titan Text; InvokeModel with those of
// Amazon Titan Text Embeddings V2 and G1. Other bodies are refused by name.
//
// # Tools
//
// It uses a tool when toolChoice forces it or when the user's words name one.
// The input is the JSON object that follows the name in the user's words, or
// else is made from the tool's schema. After a tool's result it says what the
// tool answered.
//
// # Reply scripts
//
// A [Script] is a YAML file that makes the model play a given conversation:
//
//	turns:
//	  - text: I will look that up.               # what to say
//	    tools:                                   # and the tools to use then
//	      - {name: get_weather, input: {city: Tokyo}}
//	  - text: It rains in Tokyo.
//	    stop: end_turn                           # default: end_turn, or tool_use after tools
//	    pause: 20ms                              # before each piece of a stream, up to 1m
//	  - when: "(?i)busy"                         # a regular expression (RE2)
//	    model: "haiku"                           # one for the model id; works with and without `when`
//	    text: Here I am again.
//	    error:                                   # fail first
//	      code: ThrottlingException              # an exception of Bedrock Runtime
//	      message: Slow down.
//	      times: 2                               # then answer; without it, fail every time
//	      after: 3                               # streams only: fail after so many events
//
// A turn with `when` answers whenever the last user text matches; the first
// such turn wins. The others are a sequence: the conversation's first reply is
// the first of them, and so on, counted by the assistant messages that the
// call carries. So one script serves any number of conversations at once. The
// last user text is the text of the last user message, or what its tool
// results say if it has none of its own. Where the script has nothing to say,
// the model answers as it does without one. maxTokens and stop sequences apply
// to scripted replies too.
package builtin

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"hardpan/internal/awserr"
	"hardpan/internal/catalog"
	"hardpan/internal/model"
	"hardpan/internal/usage"
)

// Options configure a [Backend]; the zero value is the default model.
type Options struct {
	Name   string  // of the backend, default "builtin"
	Script *Script // what to play, or nil
}

// Backend is the built-in model. It implements [model.Backend].
type Backend struct {
	name   string
	script *Script
}

// New makes the built-in model.
func New(o Options) *Backend {
	if o.Name == "" {
		o.Name = "builtin"
	}
	return &Backend{name: o.Name, script: o.Script}
}

// Name implements [model.Backend].
func (b *Backend) Name() string { return b.name }

// Answer implements [model.Backend]. Errors before the first byte are an
// [awserr.Error] with the texts of Amazon Bedrock, or ctx's.
func (b *Backend) Answer(ctx context.Context, call *model.Call) (*model.Answer, error) {
	started := time.Now()
	switch call.Operation {
	case "Converse", "ConverseStream":
		return b.converse(ctx, call, started)
	case "InvokeModel":
		return b.invoke(ctx, call, started)
	case "InvokeModelWithResponseStream":
		return b.invokeStream(ctx, call, started)
	case "CountTokens":
		return b.countTokens(ctx, call)
	}
	return nil, awserr.Validation("Hardpan's built-in model has no operation %s.", call.Operation)
}

// reply answers a conversation by the script or by the model's own words, and
// counts both sides.
func (b *Backend) reply(ctx context.Context, c *conversation) (*reply, error) {
	t := b.script.find(c)
	if err := t.fails(false); err != nil {
		return nil, err
	}
	r := &reply{}
	var blocks []replyBlock
	if t != nil {
		r.script, blocks = t, t.blocks(c)
	}
	if len(blocks) == 0 {
		blocks = compose(c)
	}
	var err error
	if r.input, err = c.inputTokens(ctx); err != nil {
		return nil, fmt.Errorf("counting the tokens of the call: %w", err)
	}
	finish(c, blocks, r)
	if t != nil && t.Stop != "" && (r.stopReason == "end_turn" || r.stopReason == "tool_use") {
		r.stopReason = t.Stop
	}
	return r, nil
}

func (r *reply) usage() (usage.Tokens, bool) {
	return usage.Tokens{Input: r.input, Output: r.output}, true
}

// answer is a whole (not streamed) answer.
func answer(call *model.Call, header http.Header, body []byte, tokens usage.Tokens) *model.Answer {
	return &model.Answer{
		Status: http.StatusOK,
		Header: header,
		Body:   io.NopCloser(bytes.NewReader(body)),
		Region: call.Region,
		Usage:  func() (usage.Tokens, bool) { return tokens, true },
	}
}

// invokeHeader is the header of an InvokeModel answer.
func invokeHeader(tokens usage.Tokens, started time.Time) http.Header {
	h := http.Header{}
	h.Set("Content-Type", "application/json")
	h.Set("X-Amzn-Bedrock-Input-Token-Count", strconv.FormatInt(tokens.Input, 10))
	h.Set("X-Amzn-Bedrock-Output-Token-Count", strconv.FormatInt(tokens.Output, 10))
	h.Set("X-Amzn-Bedrock-Invocation-Latency", strconv.FormatInt(latency(started), 10))
	return h
}

// latency is in milliseconds, at least 1.
func latency(started time.Time) int64 { return max(1, time.Since(started).Milliseconds()) }

// converses reports whether the Converse operation takes a model. One that is
// not in the catalog is taken for a chat model.
func converses(id string) bool {
	m, ok := catalog.Find(id)
	return !ok || m.Converse
}
