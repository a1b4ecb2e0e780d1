package builtin

import (
	"slices"
	"strings"

	"hardpan/internal/awserr"
	"hardpan/internal/model/chat"
)

// checkAnthropic refuses what the Messages API refuses about a body. The texts
// are as remembered, not verified.
func checkAnthropic(in *anthropicRequest) error {
	if _, err := chat.ClaudeVersion(in.Version); err != nil {
		return err
	}
	switch {
	case in.MaxTokens == nil:
		return malformed("#: required key [max_tokens] not found")
	case *in.MaxTokens < 1:
		return awserr.Validation("max_tokens: must be greater than or equal to 1")
	case len(in.Messages) == 0:
		return awserr.Validation("messages: at least one message is required")
	}
	for name, v := range map[string]*float64{"temperature": in.Temperature, "top_p": in.TopP} {
		if v != nil && (*v < 0 || *v > 1) {
			return awserr.Validation("%s: range: 0..1", name)
		}
	}
	return checkAnthropicChoice(in)
}

func checkAnthropicChoice(in *anthropicRequest) error {
	for i, t := range in.Tools {
		if t.Name == "" {
			return awserr.Validation("tools.%d.name: Field required", i)
		}
	}
	choice := in.ToolChoice
	switch {
	case choice == nil || choice.Type == "auto" || choice.Type == "none":
		return nil
	case choice.Type != "any" && choice.Type != "tool":
		return awserr.Validation("tool_choice.type: Input should be 'auto', 'any', 'tool' or 'none'")
	case len(in.Tools) == 0:
		return awserr.Validation("tool_choice: tools must be given with tool_choice %s", choice.Type)
	case choice.Type == "tool" && !slices.ContainsFunc(in.Tools, func(t anthropicTool) bool { return t.Name == choice.Name }):
		return awserr.Validation("Tool '%s' not found in provided tools", choice.Name)
	}
	return nil
}

// checkAnthropicTurns looks at roles and at tool uses that need their results.
// Several messages of one role in a row are allowed, as the API merges them.
func checkAnthropicTurns(c *conversation) error {
	if c.messages[0].role != "user" {
		return awserr.Validation("messages: first message must use the \"user\" role")
	}
	for i, m := range c.messages {
		if m.role != "user" && m.role != "assistant" {
			return awserr.Validation("messages.%d.role: Input should be 'user' or 'assistant'", i)
		}
		if len(m.blocks) == 0 {
			return awserr.Validation("messages.%d: all messages must have non-empty content except for the optional final assistant message", i)
		}
		for _, b := range m.blocks {
			if b.kind == blockText && strings.TrimSpace(b.text) == "" {
				return awserr.Validation("messages: text content blocks must be non-empty")
			}
		}
		if err := checkAnthropicResults(c, i); err != nil {
			return err
		}
	}
	return nil
}

func checkAnthropicResults(c *conversation, i int) error {
	var answered []string
	if i+1 < len(c.messages) {
		answered = c.messages[i+1].ids(blockToolResult)
	}
	for _, id := range c.messages[i].ids(blockToolUse) {
		if !slices.Contains(answered, id) {
			return awserr.Validation("messages.%d: `tool_use` ids were found without `tool_result` blocks immediately after: %s. Each `tool_use` block must have a corresponding `tool_result` block in the next message.", i, id)
		}
	}
	for _, id := range c.messages[i].ids(blockToolResult) {
		if i == 0 || !slices.Contains(c.messages[i-1].ids(blockToolUse), id) {
			return awserr.Validation("messages.%d: unexpected `tool_use_id` found in `tool_result` blocks: %s. Each `tool_result` block must have a corresponding `tool_use` block in the previous message.", i, id)
		}
	}
	return nil
}
