package chat

import (
	"encoding/json"

	"hardpan/internal/usage"
)

type claudeAnswer struct {
	ID       string       `json:"id"`
	Type     string       `json:"type"`
	Role     string       `json:"role"`
	Model    string       `json:"model"`
	Content  []any        `json:"content"`
	Stop     *string      `json:"stop_reason"`
	Sequence *string      `json:"stop_sequence"`
	Usage    *claudeUsage `json:"usage"`
}

type claudeUsage struct {
	Input      int64 `json:"input_tokens"`
	CacheWrite int64 `json:"cache_creation_input_tokens"`
	CacheRead  int64 `json:"cache_read_input_tokens"`
	Output     int64 `json:"output_tokens"`
}

func newClaudeUsage(u usage.Tokens) *claudeUsage {
	return &claudeUsage{u.Input, u.CacheWrite, u.CacheRead, u.Output}
}

// claudeStops are Anthropic's words for what Converse calls otherwise.
var claudeStops = map[Stop]string{Filtered: "refusal"}

func claudeStop(s Stop) *string {
	text := string(s)
	if other, ok := claudeStops[s]; ok {
		text = other
	}
	return &text
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func (claude) whole(e *Entrance, r *Reply) any {
	a := claudeAnswer{
		ID: r.ID, Type: "message", Role: "assistant", Model: e.model, Content: []any{},
		Stop: claudeStop(r.Stop), Sequence: orNull(r.Sequence), Usage: newClaudeUsage(r.Usage),
	}
	for i := range r.Blocks {
		a.Content = append(a.Content, claudeWrite(&r.Blocks[i]))
	}
	return a
}

// claudeWrite is a block, or the beginning of one that is streamed.
func claudeWrite(b *Block) any {
	switch b.Kind {
	case ToolUse:
		input := b.Input
		if input == nil {
			input = json.RawMessage("{}")
		}
		return map[string]any{"type": "tool_use", "id": b.ID, "name": b.Name, "input": input}
	case Reasoning:
		return map[string]any{"type": "thinking", "thinking": b.Text, "signature": b.Signature}
	case Redacted:
		data, _ := Unopaque(b.Data) // it was made by Opaque
		return map[string]any{"type": "redacted_thinking", "data": data}
	}
	return map[string]any{"type": "text", "text": b.Text}
}

// claudeEvent is each event of a stream of Anthropic Messages.
type claudeEvent struct {
	Type    string        `json:"type"`
	Message *claudeAnswer `json:"message,omitempty"`
	Index   *int          `json:"index,omitempty"`
	Block   any           `json:"content_block,omitempty"`
	Delta   any           `json:"delta,omitempty"`
	Usage   *claudeUsage  `json:"usage,omitempty"`
	Metrics *Metrics      `json:"amazon-bedrock-invocationMetrics,omitempty"`
}

func (claude) event(dst []byte, e *Entrance, ev *Event) ([]byte, error) {
	switch ev.Kind {
	case Start:
		m := &claudeAnswer{ID: ev.ID, Type: "message", Role: "assistant", Model: e.model, Content: []any{}, Usage: newClaudeUsage(ev.Usage)}
		return chunk(dst, &claudeEvent{Type: "message_start", Message: m})
	case BlockStart:
		return chunk(dst, &claudeEvent{Type: "content_block_start", Index: &ev.Index, Block: claudeWrite(&ev.Block)})
	case Delta:
		return chunk(dst, &claudeEvent{Type: "content_block_delta", Index: &ev.Index, Delta: claudeDelta(&ev.Block)})
	case BlockStop:
		return chunk(dst, &claudeEvent{Type: "content_block_stop", Index: &ev.Index})
	}
	delta := map[string]any{"stop_reason": claudeStop(ev.Stop), "stop_sequence": orNull(ev.Sequence)}
	dst, err := chunk(dst, &claudeEvent{Type: "message_delta", Delta: delta, Usage: newClaudeUsage(ev.Usage)})
	if err != nil {
		return dst, err
	}
	return chunk(dst, &claudeEvent{Type: "message_stop", Metrics: e.metrics(ev.Usage)})
}

func claudeDelta(b *Block) any {
	switch {
	case b.Kind == ToolUse:
		return map[string]string{"type": "input_json_delta", "partial_json": b.Text}
	case b.Kind == Reasoning && b.Signature != "":
		return map[string]string{"type": "signature_delta", "signature": b.Signature}
	case b.Kind == Reasoning:
		return map[string]string{"type": "thinking_delta", "thinking": b.Text}
	}
	return map[string]string{"type": "text_delta", "text": b.Text}
}
