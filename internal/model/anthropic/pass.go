package anthropic

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
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

// notHere are members of Anthropic's API that Bedrock does not take. They let
// the server reach elsewhere, or change the price or the place of a call that
// was authorized without them.
var notHere = []string{"service_tier", "mcp_servers", "container", "inference_geo", "speed", "fallbacks"}

// pass hands a body of Claude's on.
func (b *Backend) pass(ctx context.Context, call *model.Call, started time.Time) (*model.Answer, error) {
	streams := call.Operation == "InvokeModelWithResponseStream"
	r, err := passed(modelID(call.ModelID), call.Body, streams, nil)
	if err != nil {
		return nil, err
	}
	resp, err := b.client.Post(ctx, r)
	if err != nil {
		return nil, err
	}
	if streams {
		d := &passing{meter: meter{client: b.client}, started: started}
		return b.client.Stream(resp, d, chat.StreamHeader(call.Operation)), nil
	}
	raw, err := b.client.ReadAll(resp)
	if err != nil {
		return nil, err
	}
	a, err := b.read(raw)
	if err != nil {
		return nil, err
	}
	tokens, counted := a.Usage.tokens()
	return chat.WholeAnswer(chat.InvokeHeader(tokens, counted, started), raw, tokens, counted), nil
}

// passed makes the server's request of a Bedrock body. If only is not nil, other
// members stay here.
func passed(id string, body []byte, streams bool, only []string) (*upstream.Request, error) {
	fields, err := rest.Top(body)
	if err != nil {
		return nil, err
	}
	version, err := versionOf(fields)
	if err != nil {
		return nil, err
	}
	head := struct {
		Model  string `json:"model"`
		Stream bool   `json:"stream,omitempty"`
	}{id, streams}
	out, err := json.Marshal(head)
	if err != nil {
		return nil, awserr.Internal(err)
	}
	r := &upstream.Request{Path: messagesPath, Header: http.Header{versionHeader: {version}}, Stream: streams}
	for _, f := range fields {
		switch name := strings.ToLower(f.Name); {
		case name == "model" || name == "stream" || name == "anthropic_version":
			continue
		case f.Name == "anthropic_beta":
			if err := setBetas(r.Header, f.Raw); err != nil {
				return nil, err
			}
			continue
		case slices.Contains(notHere, name):
			return nil, awserr.Validation("%.64s: Extra inputs are not permitted", f.Name)
		case only != nil && !slices.Contains(only, f.Name):
			continue
		}
		if out, err = appendField(out, f); err != nil {
			return nil, err
		}
	}
	r.Body = out
	return r, nil
}

// versionOf is the version of the API that a body asks for.
func versionOf(fields rest.Fields) (string, error) {
	raw, _ := fields.Get("anthropic_version")
	var given string
	if json.Unmarshal(raw, &given) != nil {
		given = string(raw) // empty where there is none; else no string
	}
	return chat.ClaudeVersion(given)
}

// appendField adds a member to an object that has some already.
func appendField(object []byte, f rest.Field) ([]byte, error) {
	name, err := json.Marshal(f.Name)
	if err != nil {
		return nil, awserr.Internal(err)
	}
	object = append(object[:len(object)-1], ',')
	object = append(append(append(object, name...), ':'), f.Raw...)
	return append(object, '}'), nil
}

// beta is the form of a beta's name, which becomes a part of a header.
var beta = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)

func setBetas(h http.Header, raw []byte) error {
	var names []string
	if err := json.Unmarshal(raw, &names); err != nil {
		return chat.Malformed("#/anthropic_beta: it has to be a list of names")
	}
	for _, name := range names {
		if !beta.MatchString(name) {
			return chat.Malformed("#/anthropic_beta: %.40q is no name of a beta", name)
		}
	}
	if len(names) > 0 {
		h["Anthropic-Beta"] = []string{strings.Join(names, ",")}
	}
	return nil
}

// passing hands a server's events on as chunks; the last takes Bedrock's
// metrics along.
type passing struct {
	meter
	started, first time.Time
}

// Event implements [upstream.Decoder].
func (d *passing) Event(dst, data []byte) ([]byte, bool, error) {
	if d.first.IsZero() {
		d.first = time.Now()
	}
	ev, err := d.see(data)
	if err != nil || ev.Type == "ping" {
		return dst, false, err
	}
	if ev.Type != "message_stop" {
		dst, err := stream.AppendChunk(dst, data)
		return dst, false, err
	}
	metrics, err := json.Marshal(chat.NewMetrics(d.tokens, d.started, d.first))
	if err != nil {
		return dst, false, fmt.Errorf("writing the metrics: %w", err)
	}
	last := fmt.Appendf(nil, `{"type":"message_stop","amazon-bedrock-invocationMetrics":%s}`, metrics)
	dst, err = stream.AppendChunk(dst, last)
	return dst, err == nil, err
}

// End implements [upstream.Decoder].
func (d *passing) End(dst []byte) ([]byte, error) { return dst, errUnfinished }

// meter reads what every event of a stream may tell: usage, or an error.
type meter struct {
	client  *upstream.Client
	tokens  usage.Tokens
	counted bool
}

// Usage implements [upstream.Decoder].
func (m *meter) Usage() (usage.Tokens, bool) { return m.tokens, m.counted }
