package builtin

import (
	"context"
	"strings"

	"hardpan/internal/model/tokens"
)

// conversation is what a chat call says, whatever wire it came by.
type conversation struct {
	model, region string
	system        []string
	messages      []message
	tools         []tool
	choice        toolChoice
	maxTokens     int64 // 0: no limit
	stopSequences []string
}

type message struct {
	role   string // "user" or "assistant"
	blocks []block
}

type blockKind int

const (
	blockText blockKind = iota
	blockToolUse
	blockToolResult
	blockAttachment // image, document, video, audio: counted, not understood
	blockOther      // reasoning, cache points and the like: passed over
)

// block is one content block; which fields count depends on its kind.
type block struct {
	kind   blockKind
	text   string // text, or a tool result's content as text
	id     string // of the tool use
	name   string // of the tool; of an attachment its sort, e.g. "image"
	input  string // JSON of a tool use
	failed bool   // the tool result is an error
	bytes  int    // size of an attachment
}

type tool struct {
	name, description string
	schema            map[string]any
	schemaJSON        string
}

// toolChoice is how free the model is: kind is "auto", "any", "tool" or "none".
type toolChoice struct{ kind, name string }

// reply is what the model answers, whatever wire it goes by.
type reply struct {
	blocks       []replyBlock
	stopReason   string // end_turn, tool_use, max_tokens, stop_sequence
	stopSequence string // the one that was met
	input        int64  // tokens
	output       int64
	script       *turn // the turn of the script that it plays, or nil
}

// replyBlock is a text, or a tool use when name is set.
type replyBlock struct {
	text            string
	id, name, input string // input is JSON
}

// lastUser is the message to be answered: the last one of the user.
func (c *conversation) lastUser() message {
	for i := len(c.messages) - 1; i >= 0; i-- {
		if c.messages[i].role == "user" {
			return c.messages[i]
		}
	}
	return message{}
}

// replies counts the assistant's messages so far.
func (c *conversation) replies() int {
	n := 0
	for _, m := range c.messages {
		if m.role == "assistant" {
			n++
		}
	}
	return n
}

// toolName finds the tool that a tool use id stands for.
func (c *conversation) toolName(id string) string {
	for _, m := range c.messages {
		for _, b := range m.blocks {
			if b.kind == blockToolUse && b.id == id {
				return b.name
			}
		}
	}
	return ""
}

// text is the message's own words, or what its tools answered if it has none.
func (m message) text() string {
	if text := m.join(blockText); text != "" {
		return text
	}
	return m.join(blockToolResult)
}

func (m message) join(kind blockKind) string {
	var texts []string
	for _, b := range m.blocks {
		if b.kind == kind && b.text != "" {
			texts = append(texts, b.text)
		}
	}
	return strings.Join(texts, "\n")
}

func (m message) has(kind blockKind) bool {
	for _, b := range m.blocks {
		if b.kind == kind {
			return true
		}
	}
	return false
}

// bytesPerAttachmentToken prices attachments, which no text tokenizer can: one
// token for this many bytes. The figure is this model's own.
const bytesPerAttachmentToken = 750

// inputTokens counts everything the model reads: system prompt, messages, tool
// uses and results, tool definitions. It is at least 1. The only error is ctx's.
func (c *conversation) inputTokens(ctx context.Context) (int64, error) {
	var attached int64
	texts := append([]string(nil), c.system...)
	for _, t := range c.tools {
		texts = append(texts, t.name, t.description, t.schemaJSON)
	}
	for _, m := range c.messages {
		for _, b := range m.blocks {
			switch b.kind {
			case blockAttachment:
				attached += int64((b.bytes + bytesPerAttachmentToken - 1) / bytesPerAttachmentToken)
			case blockToolUse:
				texts = append(texts, b.name, b.input)
			default:
				texts = append(texts, b.text)
			}
		}
	}
	var total int64
	for _, text := range texts {
		n, err := tokens.Count(ctx, text)
		if err != nil {
			return 0, err
		}
		total += n
	}
	return max(1, total+attached), nil
}
