package builtin

import (
	"fmt"
	"slices"
	"strings"

	"hardpan/internal/awserr"
)

// The texts of this file are Amazon Bedrock's as remembered, not verified;
// they stand here and nowhere else.

// checkConverse refuses what Converse refuses about a conversation.
func checkConverse(c *conversation) error {
	if len(c.messages) == 0 || c.messages[0].role != "user" {
		return awserr.Validation("A conversation must start with a user message. Try again with a conversation that starts with a user message.")
	}
	for i, m := range c.messages {
		if m.role != "user" && m.role != "assistant" {
			return awserr.Validation("1 validation error detected: Value '%s' at 'messages.%d.member.role' failed to satisfy constraint: Member must satisfy enum value set: [user, assistant]", m.role, i+1)
		}
		if i > 0 && c.messages[i-1].role == m.role {
			return awserr.Validation("A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.")
		}
		if err := checkBlocks(i, m); err != nil {
			return err
		}
		if err := checkToolResults(c, i); err != nil {
			return err
		}
	}
	return checkTools(c)
}

func checkBlocks(i int, m message) error {
	if len(m.blocks) == 0 {
		return awserr.Validation("The content field in the Message object at messages.%d is empty. Add a ContentBlock object to the content field and try again.", i)
	}
	for j, b := range m.blocks {
		if b.kind == blockText && strings.TrimSpace(b.text) == "" {
			return awserr.Validation("The text field in the ContentBlock object at messages.%d.content.%d is blank. Add text to the text field, and try again.", i, j)
		}
	}
	return nil
}

// checkToolResults compares the tool results of message i with the tool uses
// of the one before.
func checkToolResults(c *conversation, i int) error {
	var uses []string
	if i > 0 {
		uses = c.messages[i-1].ids(blockToolUse)
	}
	results := c.messages[i].ids(blockToolResult)
	if c.messages[i].role == "user" && len(results) > len(uses) {
		return awserr.Validation("The number of toolResult blocks at messages.%d.content exceeds the number of toolUse blocks of previous turn.", i)
	}
	var missing []string
	for _, id := range uses {
		if !slices.Contains(results, id) {
			missing = append(missing, id)
		}
	}
	if len(missing) > 0 {
		return awserr.Validation("Expected toolResult blocks at messages.%d.content for the following Ids: %s", i, strings.Join(missing, ", "))
	}
	return nil
}

func (m message) ids(kind blockKind) []string {
	var ids []string
	for _, b := range m.blocks {
		if b.kind == kind {
			ids = append(ids, b.id)
		}
	}
	return ids
}

func checkTools(c *conversation) error {
	if c.choice.kind == "tool" && !slices.ContainsFunc(c.tools, func(t tool) bool { return t.name == c.choice.name }) {
		return awserr.Validation("The tool name %s in toolChoice is not one of the tools in toolConfig. Name one that is, and try again.", c.choice.name)
	}
	for _, m := range c.messages {
		if len(c.tools) == 0 && (m.has(blockToolUse) || m.has(blockToolResult)) {
			return awserr.Validation("The toolConfig field must be defined when using toolUse and toolResult content blocks.")
		}
	}
	return nil
}

// inferenceLimit is one numeric inference parameter and its range.
type inferenceLimit struct {
	at       string // member path, e.g. "inferenceConfig.temperature"
	value    float64
	min, max float64
}

func (l inferenceLimit) check() error {
	const text = "1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must have value %s than or equal to %s"
	value := fmt.Sprint(l.value)
	switch {
	case l.value < l.min:
		return awserr.Validation(text, value, l.at, "greater", fmt.Sprint(l.min))
	case l.value > l.max:
		return awserr.Validation(text, value, l.at, "less", fmt.Sprint(l.max))
	}
	return nil
}

// malformed is how Amazon Bedrock says that an InvokeModel body is wrong.
func malformed(format string, args ...any) error {
	return awserr.Validation("Malformed input request: %s, please reformat your input and try again.", fmt.Sprintf(format, args...))
}

// errNoConverse answers Converse for a model that is none for chat.
func errNoConverse() error {
	return awserr.Validation("This action doesn't support the model that you provided. Try again with a supported text or chat model.")
}

// errNoStreaming answers a streamed call of a model that cannot stream.
func errNoStreaming() error {
	return awserr.Validation("The model is unsupported for streaming.")
}
