package openai

import (
	"encoding/json"
	"slices"
	"strings"

	"hardpan/internal/awserr"
	"hardpan/internal/model"
	"hardpan/internal/model/chat"
)

// completion is a request to /chat/completions.
type completion struct {
	Model       string         `json:"model"`
	Messages    []message      `json:"messages"`
	Stream      bool           `json:"stream,omitempty"`
	Options     *streamOptions `json:"stream_options,omitempty"`
	Tools       []tool         `json:"tools,omitempty"`
	Choice      any            `json:"tool_choice,omitempty"`
	MaxTokens   int64          `json:"max_tokens,omitempty"`
	MaxAnswer   int64          `json:"max_completion_tokens,omitempty"`
	Temperature *float64       `json:"temperature,omitempty"`
	TopP        *float64       `json:"top_p,omitempty"`
	TopK        *int64         `json:"top_k,omitempty"` // no member of OpenAI's, but of most others
	Stop        []string       `json:"stop,omitempty"`
	Format      *format        `json:"response_format,omitempty"`
	Effort      string         `json:"reasoning_effort,omitempty"`
}

// ours are the members that Hardpan alone sets: what a call was authorized for
// and what it may cost hang on them. A body that names one is refused.
var ours = []string{
	"model", "messages", "stream", "stream_options", "tools", "tool_choice", "max_tokens", "max_completion_tokens",
	"temperature", "top_p", "stop", "response_format", "n", "best_of", "models", "service_tier",
}

type streamOptions struct {
	Usage bool `json:"include_usage"`
}

type message struct {
	Role      string `json:"role"`
	Content   any    `json:"content"` // a text, parts, or null
	Reasoning string `json:"reasoning_content,omitempty"`
	Calls     []call `json:"tool_calls,omitempty"`
	CallID    string `json:"tool_call_id,omitempty"`
}

type part struct {
	Type  string    `json:"type"`
	Text  string    `json:"text,omitempty"`
	Image *imageURL `json:"image_url,omitempty"`
	File  *file     `json:"file,omitempty"`
}

type imageURL struct {
	URL string `json:"url"`
}

type file struct {
	Name string `json:"filename"`
	Data string `json:"file_data"`
}

type call struct {
	Index    *int   `json:"index,omitempty"` // in a stream
	ID       string `json:"id,omitempty"`
	Type     string `json:"type,omitempty"`
	Function struct {
		Name      string `json:"name,omitempty"`
		Arguments string `json:"arguments"`
	} `json:"function"`
}

type tool struct {
	Type     string   `json:"type"`
	Function function `json:"function"`
}

type function struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parameters,omitempty"`
	Strict      *bool           `json:"strict,omitempty"`
}

type format struct {
	Type   string `json:"type"`
	Schema struct {
		Name        string          `json:"name"`
		Description string          `json:"description,omitempty"`
		Schema      json.RawMessage `json:"schema"`
		Strict      bool            `json:"strict"`
	} `json:"json_schema"`
}

// body makes the request body of a conversation.
func (b *Backend) body(call *model.Call, r *chat.Request, streams bool) ([]byte, error) {
	c := &completion{
		Model: call.ModelID, Messages: messages(r), Stream: streams, Temperature: r.Temperature, TopP: r.TopP, TopK: r.TopK,
		Stop: r.Stop, Effort: r.Effort, Choice: choice(r),
	}
	if streams {
		c.Options = &streamOptions{Usage: true}
	}
	if b.limit == "max_tokens" {
		c.MaxTokens = r.MaxTokens
	} else {
		c.MaxAnswer = r.MaxTokens
	}
	for _, t := range r.Tools {
		c.Tools = append(c.Tools, tool{"function", function{t.Name, t.Description, t.Schema, t.Strict}})
	}
	if r.Schema != nil {
		c.Format = &format{Type: "json_schema"}
		c.Format.Schema.Name, c.Format.Schema.Description, c.Format.Schema.Schema = r.Schema.Name, r.Schema.Description, r.Schema.JSON
		if r.Schema.Name == "" {
			c.Format.Schema.Name = "answer" // the member is required
		}
		c.Format.Schema.Strict = true
	}
	out, err := json.Marshal(c)
	if err != nil {
		return nil, awserr.Internal(err)
	}
	return extend(out, call.Family(), r)
}

// claudeOnly tune Anthropic's own service; another server has no use for them.
var claudeOnly = []string{"thinking", "anthropic_beta", "output_config", "context_management", "metadata"}

// extend adds the members that Bedrock hands to the model uninterpreted.
func extend(body []byte, family string, r *chat.Request) ([]byte, error) {
	for _, f := range r.Extra {
		switch {
		case strings.HasPrefix(family, "anthropic.") && slices.Contains(claudeOnly, f.Name):
			continue
		case slices.ContainsFunc(ours, func(name string) bool { return strings.EqualFold(name, f.Name) }),
			r.TopK != nil && f.Name == "top_k", r.Effort != "" && f.Name == "reasoning_effort":
			return nil, chat.Malformed("#/additionalModelRequestFields: the member %q is set by Bedrock's own members and cannot be given here", f.Name)
		}
		name, err := json.Marshal(f.Name)
		if err != nil {
			return nil, awserr.Internal(err)
		}
		body = append(body[:len(body)-1], ',')
		body = append(append(append(body, name...), ':'), f.Raw...)
		body = append(body, '}')
	}
	return body, nil
}

func choice(r *chat.Request) any {
	switch r.Choice.Kind {
	case "any":
		return "required"
	case "tool":
		return map[string]any{"type": "function", "function": map[string]string{"name": r.Choice.Name}}
	case "auto", "none":
		if len(r.Tools) > 0 {
			return r.Choice.Kind
		}
	}
	return nil
}
