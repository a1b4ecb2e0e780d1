package chat

import (
	"encoding/json"
	"strings"

	"hardpan/internal/wire/rest"
)

// claude is the body of Anthropic Messages as Bedrock takes it, made into a
// conversation for a server of another kind. Members that tune Anthropic's own
// service (thinking, metadata, betas, context management) are read over: other
// servers decide for themselves how to think.
type claude struct{}

type claudeMessage struct {
	Role    string        `json:"role"`
	Content claudeContent `json:"content"`
}

// claudeContent is a list of blocks; a string stands for one text block.
type claudeContent []claudeBlock

type claudeBlock struct {
	Type      string          `json:"type"`
	Text      string          `json:"text"`
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Title     string          `json:"title"`
	Input     json.RawMessage `json:"input"`
	ToolUseID string          `json:"tool_use_id"`
	Content   claudeContent   `json:"content"`
	IsError   bool            `json:"is_error"`
	Thinking  string          `json:"thinking"`
	Signature string          `json:"signature"`
	Data      string          `json:"data"`
	Source    *claudeSource   `json:"source"`
	Cache     *claudeCache    `json:"cache_control"`
}

type claudeSource struct {
	Type      string        `json:"type"`
	MediaType string        `json:"media_type"`
	Data      string        `json:"data"`
	URL       string        `json:"url"`
	Content   claudeContent `json:"content"`
}

type claudeCache struct {
	TTL string `json:"ttl"`
}

func (c *claudeCache) ttl() string {
	switch {
	case c == nil:
		return ""
	case c.TTL == "":
		return "5m"
	}
	return c.TTL
}

type claudeTool struct {
	Type        string          `json:"type"`
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Schema      json.RawMessage `json:"input_schema"`
	Strict      *bool           `json:"strict"`
	Cache       *claudeCache    `json:"cache_control"`
}

type claudeOutput struct {
	Format *struct {
		Type   string          `json:"type"`
		Schema json.RawMessage `json:"schema"`
	} `json:"format"`
}

// UnmarshalJSON implements json.Unmarshaler.
func (c *claudeContent) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return err
		}
		*c = claudeContent{{Type: "text", Text: text}}
		return nil
	}
	var blocks []claudeBlock
	if err := json.Unmarshal(raw, &blocks); err != nil {
		return err
	}
	*c = blocks
	return nil
}

func (claude) read(_ *Entrance, body rest.Fields) (*Request, error) {
	var system claudeContent
	var messages []claudeMessage
	var tools []claudeTool
	var maxTokens *int64
	var output claudeOutput
	r := &Request{}
	if err := members(body, "system", &system, "messages", &messages, "tools", &tools, "tool_choice", &r.Choice,
		"max_tokens", &maxTokens, "temperature", &r.Temperature, "top_p", &r.TopP, "top_k", &r.TopK, "stop_sequences", &r.Stop,
		"output_config", &output); err != nil {
		return nil, err
	}
	if maxTokens == nil {
		return nil, Malformed("#: required key [max_tokens] not found")
	}
	if err := r.limit("max_tokens", maxTokens); err != nil {
		return nil, err
	}
	if f := output.Format; f != nil && f.Type == "json_schema" {
		r.Schema = &Schema{JSON: f.Schema}
	}
	var err error
	if r.System, err = system.read(); err != nil {
		return nil, err
	}
	for _, m := range messages {
		blocks, err := m.Content.read()
		if err != nil {
			return nil, err
		}
		r.Messages = append(r.Messages, Message{m.Role, blocks})
	}
	return r, r.addClaudeTools(tools)
}

func (r *Request) addClaudeTools(tools []claudeTool) error {
	for _, t := range tools {
		if t.Type != "" && t.Type != "custom" {
			return refused("a tool of type " + t.Type)
		}
		schema, ok := object(t.Schema)
		if !ok {
			return Malformed("#/tools: the input_schema of tool %.64q has to be an object", t.Name)
		}
		r.Tools = append(r.Tools, Tool{Name: t.Name, Description: t.Description, Schema: schema, Strict: t.Strict, Cache: t.Cache.ttl()})
	}
	return nil
}

func (c claudeContent) read() ([]Block, error) {
	blocks := make([]Block, 0, len(c))
	for i := range c {
		b, err := c[i].read()
		if err != nil {
			return nil, err
		}
		b.Cache = c[i].Cache.ttl()
		blocks = append(blocks, b)
	}
	return blocks, nil
}

func (c *claudeBlock) read() (Block, error) {
	switch c.Type {
	case "text":
		return Block{Kind: Text, Text: c.Text}, nil
	case "tool_use":
		input, ok := object(c.Input)
		if !ok {
			return Block{}, Malformed("the input of tool use %.64q has to be an object", c.ID)
		}
		return Block{Kind: ToolUse, ID: c.ID, Name: c.Name, Input: input}, nil
	case "tool_result":
		content, err := c.Content.read()
		return Block{Kind: ToolResult, ID: c.ToolUseID, Content: content, Failed: c.IsError}, err
	case "thinking":
		return Block{Kind: Reasoning, Text: c.Thinking, Signature: c.Signature}, nil
	case "redacted_thinking":
		return Block{Kind: Redacted, Data: Opaque(c.Data)}, nil
	case "image":
		return c.image()
	case "document":
		return c.document()
	}
	return Block{}, refused("a content block of type " + c.Type)
}

func (c *claudeBlock) image() (Block, error) {
	switch {
	case c.Source != nil && c.Source.Type == "base64" && strings.HasPrefix(c.Source.MediaType, "image/"):
		return Block{Kind: Image, Media: c.Source.MediaType, Data: c.Source.Data}, nil
	case c.Source != nil && c.Source.Type == "url":
		return Block{}, refused("an image that is not sent along (source type url)") // nor does Bedrock take it
	}
	return Block{}, Malformed("an image needs a source of type base64 and a media type")
}

func (c *claudeBlock) document() (Block, error) {
	s := c.Source
	switch {
	case s != nil && s.Type == "base64" && s.MediaType == "application/pdf":
		return Block{Kind: Document, Name: c.Title, Media: s.MediaType, Data: s.Data}, nil
	case s != nil && s.Type == "text":
		return Block{Kind: Document, Name: c.Title, Media: "text/plain", Text: s.Data}, nil
	case s != nil && s.Type == "content":
		b := Block{Kind: Document, Name: c.Title, Media: "text/plain"}
		for _, part := range s.Content {
			b.Text += part.Text
		}
		return b, nil
	}
	return Block{}, refused("a document that is neither a PDF nor text sent along")
}
