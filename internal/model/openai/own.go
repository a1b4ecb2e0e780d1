package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"hardpan/internal/awserr"
	"hardpan/internal/model"
	"hardpan/internal/model/chat"
	"hardpan/internal/model/upstream"
	"hardpan/internal/usage"
	"hardpan/internal/wire/rest"
	"hardpan/internal/wire/stream"
)

// own are the prefixes of models whose InvokeModel body on Bedrock is that of
// /chat/completions (Amazon Bedrock User Guide for openai.; the others from
// memory).
var own = []string{"openai.", "qwen.", "deepseek.v3", "moonshot", "minimax.", "zai.", "nvidia.", "google.gemma"}

func isOwn(id string) bool {
	return slices.ContainsFunc(own, func(prefix string) bool { return strings.HasPrefix(id, prefix) })
}

// invoke passes a body that is the server's own: its members stay as they are,
// but for those that Hardpan alone sets.
func (b *Backend) invoke(ctx context.Context, call *model.Call, started time.Time) (*model.Answer, error) {
	resp, err := b.postOwn(ctx, call, false)
	if err != nil {
		return nil, err
	}
	raw, err := b.client.ReadAll(resp)
	if err != nil {
		return nil, err
	}
	var a answer
	if err := json.Unmarshal(raw, &a); err != nil {
		return nil, b.client.Malformed(fmt.Errorf("reading its answer: %w", err))
	}
	if given(a.Error) {
		return nil, b.client.Streamed(upstream.ParseReport(raw))
	}
	if len(a.Choices) == 0 {
		return nil, b.client.Malformed(errors.New("its answer has no choices"))
	}
	tokens, counted := a.Usage.tokens()
	return chat.WholeAnswer(chat.InvokeHeader(tokens, counted, started), raw, tokens, counted), nil
}

func (b *Backend) invokeStream(ctx context.Context, call *model.Call, started time.Time) (*model.Answer, error) {
	resp, err := b.postOwn(ctx, call, true)
	if err != nil {
		return nil, err
	}
	return b.client.Stream(resp, &passing{client: b.client, started: started}, chat.StreamHeader(call.Operation)), nil
}

func (b *Backend) postOwn(ctx context.Context, call *model.Call, streams bool) (*upstream.Response, error) {
	fields, err := rest.Top(call.Body)
	if err != nil {
		return nil, err
	}
	if _, ok := fields.Get("messages"); !ok {
		return nil, chat.Malformed("#: required key [messages] not found")
	}
	head := struct {
		Model   string         `json:"model"`
		Stream  bool           `json:"stream,omitempty"`
		Options *streamOptions `json:"stream_options,omitempty"`
	}{Model: call.ModelID, Stream: streams}
	if streams {
		head.Options = &streamOptions{Usage: true}
	}
	body, err := json.Marshal(head)
	if err != nil {
		return nil, awserr.Internal(err)
	}
	if body, err = appendFields(body, fields, b.limit); err != nil {
		return nil, err
	}
	return b.client.Post(ctx, &upstream.Request{Path: completions, Body: body, Stream: streams})
}

// appendFields adds the members of a body to an object that has some, but for
// those that Hardpan sets. Names that differ in case only are refused: which of
// the two a server would take is not for it to choose.
func appendFields(body []byte, fields rest.Fields, limit string) ([]byte, error) {
	limited := false
	for _, f := range fields {
		name := f.Name
		switch strings.ToLower(name) {
		case "model", "stream", "stream_options":
			continue
		case "service_tier", "models", "n", "best_of": // another price, another model, or several answers
			return nil, chat.Malformed("#: extraneous key [%s] is not permitted", name)
		case "max_tokens", "max_completion_tokens":
			if name != strings.ToLower(name) || limited {
				return nil, chat.Malformed("#: extraneous key [%s] is not permitted", name)
			}
			name, limited = limit, true
		}
		quoted, err := json.Marshal(name)
		if err != nil {
			return nil, awserr.Internal(err)
		}
		body = append(body[:len(body)-1], ',')
		body = append(append(append(body, quoted...), ':'), f.Raw...)
		body = append(body, '}')
	}
	return body, nil
}

// passing hands a server's chunks on as they are. The one with the usage waits
// for the end, to take Bedrock's metrics along.
type passing struct {
	client         *upstream.Client
	started, first time.Time
	last           []byte // the chunk without choices
	finished       bool
	tokens         usage.Tokens
	counted        bool
}

// Event implements [upstream.Decoder].
func (d *passing) Event(dst, data []byte) ([]byte, bool, error) {
	if d.first.IsZero() {
		d.first = time.Now()
	}
	data = bytes.TrimSpace(data)
	if bytes.Equal(data, doneMark) {
		dst, err := d.End(dst)
		return dst, err == nil, err
	}
	var a answer
	if err := json.Unmarshal(data, &a); err != nil {
		return dst, false, fmt.Errorf("reading a chunk: %w", err)
	}
	if given(a.Error) {
		return dst, false, d.client.Streamed(upstream.ParseReport(data))
	}
	if t, ok := a.Usage.tokens(); ok {
		d.tokens, d.counted = t, true
	}
	if len(a.Choices) == 0 {
		d.last = append(d.last[:0], data...)
		return dst, false, nil
	}
	d.finished = d.finished || a.Choices[0].Finish != ""
	dst, err := stream.AppendChunk(dst, data)
	return dst, false, err
}

// End implements [upstream.Decoder].
func (d *passing) End(dst []byte) ([]byte, error) {
	if !d.finished {
		return dst, errUnfinished
	}
	if len(d.last) < 2 || d.last[0] != '{' {
		d.last = []byte(`{"choices":[]}`)
	}
	metrics, err := json.Marshal(chat.NewMetrics(d.tokens, d.started, d.first))
	if err != nil {
		return dst, err
	}
	body := append(d.last[:len(d.last)-1], `,"amazon-bedrock-invocationMetrics":`...)
	return stream.AppendChunk(dst, append(append(body, metrics...), '}'))
}

// Usage implements [upstream.Decoder].
func (d *passing) Usage() (usage.Tokens, bool) { return d.tokens, d.counted }
