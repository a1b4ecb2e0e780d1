package builtin

import (
	"encoding/json"
	"strings"

	"hardpan/internal/model"
)

// anthropic speaks Anthropic Messages as Amazon Bedrock takes them. Members it
// does not know (thinking, metadata, betas) are accepted and not applied.
type anthropic struct{}

type anthropicRequest struct {
	Version       string             `json:"anthropic_version"`
	MaxTokens     *int64             `json:"max_tokens"`
	System        anthropicContent   `json:"system"`
	Messages      []anthropicMessage `json:"messages"`
	StopSequences []string           `json:"stop_sequences"`
	Temperature   *float64           `json:"temperature"`
	TopP          *float64           `json:"top_p"`
	Tools         []anthropicTool    `json:"tools"`
	ToolChoice    *anthropicChoice   `json:"tool_choice"`
}

type anthropicMessage struct {
	Role    string           `json:"role"`
	Content anthropicContent `json:"content"`
}

type anthropicTool struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Type        string          `json:"type"`
	InputSchema json.RawMessage `json:"input_schema"`
}

type anthropicChoice struct {
	Type string `json:"type"`
	Name string `json:"name"`
}

// anthropicContent is a list of blocks; a string stands for one text block.
type anthropicContent []anthropicBlock

type anthropicBlock struct {
	Type      string           `json:"type"`
	Text      string           `json:"text"`
	ID        string           `json:"id"`
	Name      string           `json:"name"`
	Input     json.RawMessage  `json:"input"`
	ToolUseID string           `json:"tool_use_id"`
	Content   anthropicContent `json:"content"`
	IsError   bool             `json:"is_error"`
	Source    struct {
		Data string `json:"data"`
	} `json:"source"`
}

// UnmarshalJSON implements json.Unmarshaler.
func (c *anthropicContent) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return err
		}
		*c = anthropicContent{{Type: "text", Text: text}}
		return nil
	}
	var blocks []anthropicBlock
	if err := json.Unmarshal(raw, &blocks); err != nil {
		return err
	}
	*c = blocks
	return nil
}

func (c anthropicContent) text() string {
	var texts []string
	for _, b := range c {
		if b.Text != "" {
			texts = append(texts, b.Text)
		}
	}
	return strings.Join(texts, "\n")
}

func (anthropic) read(call *model.Call, body []byte) (*conversation, error) {
	var in anthropicRequest
	if err := readBody(body, &in); err != nil {
		return nil, err
	}
	if err := checkAnthropic(&in); err != nil {
		return nil, err
	}
	c := &conversation{
		model: call.ModelID, region: call.Region,
		maxTokens: *in.MaxTokens, stopSequences: in.StopSequences,
		choice: toolChoice{kind: "auto"},
	}
	for _, b := range in.System {
		c.system = append(c.system, b.Text)
	}
	if in.ToolChoice != nil {
		c.choice = toolChoice{in.ToolChoice.Type, in.ToolChoice.Name}
	}
	for _, t := range in.Tools {
		c.tools = append(c.tools, tool{t.Name, t.Description, jsonObject(t.InputSchema), string(t.InputSchema)})
	}
	for _, m := range in.Messages {
		c.messages = append(c.messages, message{m.Role, anthropicBlocks(m.Content)})
	}
	return c, checkAnthropicTurns(c)
}

func anthropicBlocks(content anthropicContent) []block {
	blocks := make([]block, 0, len(content))
	for _, b := range content {
		switch b.Type {
		case "text":
			blocks = append(blocks, block{kind: blockText, text: b.Text})
		case "tool_use":
			blocks = append(blocks, block{kind: blockToolUse, id: b.ID, name: b.Name, input: string(b.Input)})
		case "tool_result":
			blocks = append(blocks, block{kind: blockToolResult, id: b.ToolUseID, text: b.Content.text(), failed: b.IsError})
		case "image", "document":
			blocks = append(blocks, block{kind: blockAttachment, name: b.Type, bytes: len(b.Source.Data) / 4 * 3})
		default:
			blocks = append(blocks, block{kind: blockOther})
		}
	}
	return blocks
}

func jsonObject(raw []byte) map[string]any {
	var object map[string]any
	if json.Unmarshal(raw, &object) != nil {
		return nil
	}
	return object
}
