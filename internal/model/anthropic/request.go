package anthropic

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"hardpan/internal/awserr"
	"hardpan/internal/model/chat"
	"hardpan/internal/model/upstream"
	"hardpan/internal/wire/rest"
)

// request is a request to /v1/messages.
type request struct {
	Model       string            `json:"model"`
	Stream      bool              `json:"stream,omitempty"`
	MaxTokens   int64             `json:"max_tokens"`
	System      []block           `json:"system,omitempty"`
	Messages    []message         `json:"messages"`
	Tools       []json.RawMessage `json:"tools,omitempty"`
	Choice      *choice           `json:"tool_choice,omitempty"`
	Temperature *float64          `json:"temperature,omitempty"`
	TopP        *float64          `json:"top_p,omitempty"`
	TopK        *int64            `json:"top_k,omitempty"`
	Stop        []string          `json:"stop_sequences,omitempty"`
	Output      *output           `json:"output_config,omitempty"`
}

// ours are the members that come from Converse's own alone.
var ours = []string{"model", "stream", "max_tokens", "system", "messages", "tool_choice", "temperature", "top_p", "stop_sequences", "anthropic_version"}

type message struct {
	Role    string  `json:"role"`
	Content []block `json:"content"`
}

type block struct {
	Type      string          `json:"type"`
	Text      string          `json:"text,omitempty"`
	ID        string          `json:"id,omitempty"`
	Name      string          `json:"name,omitempty"`
	Title     string          `json:"title,omitempty"`
	Input     json.RawMessage `json:"input,omitempty"`
	ToolUseID string          `json:"tool_use_id,omitempty"`
	Content   []block         `json:"content,omitempty"`
	IsError   bool            `json:"is_error,omitempty"`
	Thinking  *string         `json:"thinking,omitempty"`
	Signature string          `json:"signature,omitempty"`
	Data      string          `json:"data,omitempty"`
	Source    *source         `json:"source,omitempty"`
	Cache     *cache          `json:"cache_control,omitempty"`
}

type source struct {
	Type  string `json:"type"`
	Media string `json:"media_type"`
	Data  string `json:"data"`
}

type cache struct {
	Type string `json:"type"`
	TTL  string `json:"ttl,omitempty"`
}

type tool struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Schema      json.RawMessage `json:"input_schema"`
	Strict      *bool           `json:"strict,omitempty"`
	Cache       *cache          `json:"cache_control,omitempty"`
}

type choice struct {
	Type string `json:"type"`
	Name string `json:"name,omitempty"`
}

// output has the answer's form and how hard to think; the member's shape is from
// memory of Anthropic's API.
type output struct {
	Effort string  `json:"effort,omitempty"`
	Format *format `json:"format,omitempty"`
}

type format struct {
	Type   string          `json:"type"`
	Schema json.RawMessage `json:"schema"`
}

// defaultMaxTokens is the limit where Converse names none: Anthropic's API needs
// one.
const defaultMaxTokens = 4096

// translate makes the server's request of a conversation.
func translate(id string, r *chat.Request, streams bool) (*upstream.Request, error) {
	out := &request{
		Model: modelID(id), Stream: streams, MaxTokens: r.MaxTokens, Temperature: r.Temperature, TopP: r.TopP, TopK: r.TopK, Stop: r.Stop,
	}
	if out.MaxTokens == 0 {
		out.MaxTokens = defaultMaxTokens
	}
	var err error
	if out.System, err = blocks(r.System); err != nil {
		return nil, err
	}
	for _, m := range r.Messages {
		content, err := blocks(m.Blocks)
		if err != nil {
			return nil, err
		}
		out.Messages = append(out.Messages, message{m.Role, content})
	}
	if r.Choice.Kind != "" {
		out.Choice = &choice{r.Choice.Kind, r.Choice.Name}
	}
	if r.Schema != nil || r.Effort != "" {
		out.Output = &output{Effort: r.Effort}
		if r.Schema != nil {
			out.Output.Format = &format{"json_schema", r.Schema.JSON}
		}
	}
	return out.finish(r)
}

// finish adds the tools, and the members that Bedrock hands to the model
// uninterpreted.
func (out *request) finish(r *chat.Request) (*upstream.Request, error) {
	for _, t := range r.Tools {
		raw, err := json.Marshal(&tool{t.Name, t.Description, t.Schema, t.Strict, cacheOf(t.Cache)})
		if err != nil {
			return nil, awserr.Internal(err)
		}
		out.Tools = append(out.Tools, raw)
	}
	req := &upstream.Request{Path: messagesPath, Header: http.Header{}, Stream: out.Stream}
	var more []rest.Field
	for _, f := range r.Extra {
		switch name := strings.ToLower(f.Name); {
		case f.Name == "anthropic_beta":
			if err := setBetas(req.Header, f.Raw); err != nil {
				return nil, err
			}
		case f.Name == "tools": // those of Anthropic's own, which Converse has no words for
			var own []json.RawMessage
			if err := json.Unmarshal(f.Raw, &own); err != nil {
				return nil, chat.Malformed("#/additionalModelRequestFields/tools: it has to be a list")
			}
			out.Tools = append(out.Tools, own...)
		case slices.Contains(ours, name), slices.Contains(notHere, name),
			name == "output_config" && out.Output != nil, name == "top_k" && out.TopK != nil:
			return nil, chat.Malformed("#/additionalModelRequestFields: the member %q cannot be given here", f.Name)
		default:
			more = append(more, f)
		}
	}
	body, err := json.Marshal(out)
	if err != nil {
		return nil, awserr.Internal(err)
	}
	for _, f := range more {
		if body, err = appendField(body, f); err != nil {
			return nil, err
		}
	}
	req.Body = body
	return req, nil
}

func cacheOf(ttl string) *cache {
	switch ttl {
	case "":
		return nil
	case "5m":
		return &cache{Type: "ephemeral"}
	}
	return &cache{Type: "ephemeral", TTL: ttl}
}

func blocks(in []chat.Block) ([]block, error) {
	var out []block
	for i := range in {
		if b := &in[i]; b.Kind == chat.Reasoning && b.Signature == "" {
			continue // another model thought it; Anthropic takes only its own, which it signed
		}
		b, err := blockOf(&in[i])
		if err != nil {
			return nil, err
		}
		b.Cache = cacheOf(in[i].Cache)
		out = append(out, b)
	}
	return out, nil
}

func blockOf(b *chat.Block) (block, error) {
	switch b.Kind {
	case chat.Image:
		return block{Type: "image", Source: &source{"base64", b.Media, b.Data}}, nil
	case chat.Document:
		if b.Data != "" {
			return block{Type: "document", Title: b.Name, Source: &source{"base64", b.Media, b.Data}}, nil
		}
		return block{Type: "document", Title: b.Name, Source: &source{"text", "text/plain", b.Text}}, nil
	case chat.ToolUse:
		return block{Type: "tool_use", ID: b.ID, Name: b.Name, Input: b.Input}, nil
	case chat.ToolResult:
		content, err := blocks(b.Content)
		return block{Type: "tool_result", ToolUseID: b.ID, Content: content, IsError: b.Failed}, err
	case chat.Reasoning:
		return block{Type: "thinking", Thinking: &b.Text, Signature: b.Signature}, nil
	case chat.Redacted:
		data, err := chat.Unopaque(b.Data)
		return block{Type: "redacted_thinking", Data: data}, err
	}
	return block{Type: "text", Text: b.Text}, nil
}
