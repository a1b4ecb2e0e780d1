package openai

import (
	"strings"

	"hardpan/internal/model/chat"
)

// messages are a conversation as /chat/completions has it: the system prompt is
// a message, and so is every tool's result.
func messages(r *chat.Request) []message {
	out := make([]message, 0, len(r.Messages)+1)
	if text := textOf(r.System); text != "" {
		out = append(out, message{Role: "system", Content: text})
	}
	for i := range r.Messages {
		if m := &r.Messages[i]; m.Role == "assistant" {
			out = append(out, assistant(m))
		} else {
			out = append(out, user(m)...)
		}
	}
	return out
}

// textOf joins texts with empty lines between, as they were blocks.
func textOf(blocks []chat.Block) string {
	var texts []string
	for i := range blocks {
		if b := &blocks[i]; b.Kind == chat.Text || b.Kind == chat.Document && b.Data == "" {
			texts = append(texts, textBlock(b))
		}
	}
	return strings.Join(texts, "\n\n")
}

// textBlock is a text, or a document of text with its title.
func textBlock(b *chat.Block) string {
	if b.Kind == chat.Document && b.Name != "" {
		return "Document: " + b.Name + "\n\n" + b.Text
	}
	return b.Text
}

// assistant is a turn of the model. What it thought goes back to it only beside
// the tools it then used: there models need it, and elsewhere some refuse it.
func assistant(m *chat.Message) message {
	out := message{Role: "assistant"}
	if text := textOf(m.Blocks); text != "" {
		out.Content = text
	}
	thought := ""
	for i := range m.Blocks {
		switch b := &m.Blocks[i]; b.Kind {
		case chat.Reasoning:
			thought += b.Text
		case chat.ToolUse:
			c := call{ID: b.ID, Type: "function"}
			c.Function.Name, c.Function.Arguments = b.Name, string(b.Input)
			out.Calls = append(out.Calls, c)
		}
	}
	switch {
	case len(out.Calls) > 0:
		out.Reasoning = thought
	case out.Content == nil:
		out.Content = "" // null is for turns with tool calls only
	}
	return out
}

// user is a turn of the user: the results of tools first, as they answer the
// turn before, then what else it holds.
func user(m *chat.Message) []message {
	var out []message
	var parts []part
	for i := range m.Blocks {
		b := &m.Blocks[i]
		if b.Kind != chat.ToolResult {
			parts = appendPart(parts, b)
			continue
		}
		text := textOf(b.Content)
		if b.Failed {
			text = "Error: " + text // there is no other place to say so
		}
		out = append(out, message{Role: "tool", CallID: b.ID, Content: text})
		for j := range b.Content { // a tool message holds text only
			if c := &b.Content[j]; c.Data != "" {
				parts = appendPart(parts, c)
			}
		}
	}
	switch {
	case len(parts) == 0:
	case len(parts) == 1 && parts[0].Type == "text":
		out = append(out, message{Role: "user", Content: parts[0].Text})
	default:
		out = append(out, message{Role: "user", Content: parts})
	}
	return out
}

func appendPart(parts []part, b *chat.Block) []part {
	switch {
	case b.Kind == chat.Image:
		return append(parts, part{Type: "image_url", Image: &imageURL{"data:" + b.Media + ";base64," + b.Data}})
	case b.Kind == chat.Document && b.Data != "":
		name := b.Name
		if name == "" {
			name = "document"
		}
		return append(parts, part{Type: "file", File: &file{name + ".pdf", "data:" + b.Media + ";base64," + b.Data}})
	case b.Kind == chat.Text || b.Kind == chat.Document:
		return append(parts, part{Type: "text", Text: textBlock(b)})
	}
	return parts
}
