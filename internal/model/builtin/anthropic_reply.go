package builtin

import (
	"encoding/json"
	"strings"
)

func (anthropic) whole(c *conversation, r *reply) []byte {
	content := []any{}
	for i, b := range r.blocks {
		content = append(content, anthropicReplyBlock(b, anthropicToolID(c, i), b.text, json.RawMessage(b.input)))
	}
	message := anthropicEnvelope(c)
	message["content"] = content
	message["stop_reason"] = r.stopReason
	message["stop_sequence"] = orNull(r.stopSequence)
	message["usage"] = map[string]any{"input_tokens": r.input, "output_tokens": r.output}
	return []byte(mustJSON(message))
}

func (anthropic) chunks(c *conversation, r *reply) []map[string]any {
	message := anthropicEnvelope(c)
	message["usage"] = map[string]any{"input_tokens": r.input, "output_tokens": 1}
	list := []map[string]any{{"type": "message_start", "message": message}}
	for i, b := range r.blocks {
		start := anthropicReplyBlock(b, anthropicToolID(c, i), "", json.RawMessage("{}"))
		list = append(list, map[string]any{"type": "content_block_start", "index": i, "content_block": start})
		for _, delta := range anthropicDeltas(b) {
			list = append(list, map[string]any{"type": "content_block_delta", "index": i, "delta": delta})
		}
		list = append(list, map[string]any{"type": "content_block_stop", "index": i})
	}
	return append(list,
		map[string]any{
			"type":  "message_delta",
			"delta": map[string]any{"stop_reason": r.stopReason, "stop_sequence": orNull(r.stopSequence)},
			"usage": map[string]any{"output_tokens": r.output},
		},
		map[string]any{"type": "message_stop"})
}

// anthropicEnvelope is the message before it says anything.
func anthropicEnvelope(c *conversation) map[string]any {
	return map[string]any{
		"id": "msg_bdrk_01" + digest(c, "message"), "type": "message", "role": "assistant",
		"model": anthropicModel(c.model), "content": []any{},
		"stop_reason": nil, "stop_sequence": nil,
	}
}

func anthropicReplyBlock(b replyBlock, id, text string, input json.RawMessage) map[string]any {
	if b.name == "" {
		return map[string]any{"type": "text", "text": text}
	}
	return map[string]any{"type": "tool_use", "id": id, "name": b.name, "input": input}
}

func anthropicDeltas(b replyBlock) []map[string]any {
	var deltas []map[string]any
	if b.name != "" {
		for _, piece := range pieces(b.input) {
			deltas = append(deltas, map[string]any{"type": "input_json_delta", "partial_json": piece})
		}
		return deltas
	}
	for _, piece := range pieces(b.text) {
		deltas = append(deltas, map[string]any{"type": "text_delta", "text": piece})
	}
	return deltas
}

// anthropicToolID has the form that Anthropic models give on Amazon Bedrock.
func anthropicToolID(c *conversation, i int) string {
	return "toolu_bdrk_01" + digest(c, "tool"+string(rune('0'+i%10)))
}

// anthropicModel is the model's name as Anthropic writes it:
// claude-3-5-haiku-20241022 for anthropic.claude-3-5-haiku-20241022-v1:0.
func anthropicModel(id string) string {
	name := strings.TrimPrefix(id, "anthropic.")
	if at := strings.LastIndex(name, "-v"); at > 0 {
		name = name[:at]
	}
	return name
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
