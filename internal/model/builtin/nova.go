package builtin

import (
	"encoding/json"

	"hardpan/internal/model"
)

// nova speaks the messages-v1 body of Amazon Nova, which is that of Converse
// but for the older spelling of some inference parameters.
type nova struct{}

// novaSpelling maps those to Converse's.
var novaSpelling = map[string]string{"max_new_tokens": "maxTokens", "top_p": "topP"}

func (nova) read(call *model.Call, body []byte) (*conversation, error) {
	var members map[string]json.RawMessage
	if err := readBody(body, &members); err != nil {
		return nil, err
	}
	if raw, ok := members["inferenceConfig"]; ok {
		var config map[string]json.RawMessage
		if err := readBody(raw, &config); err != nil {
			return nil, err
		}
		for old, name := range novaSpelling {
			if value, ok := config[old]; ok {
				config[name] = value
			}
		}
		members["inferenceConfig"] = json.RawMessage(mustJSON(config))
	}
	return readConverse(call, []byte(mustJSON(members)))
}

func (nova) whole(_ *conversation, r *reply) []byte {
	content := []any{}
	for _, b := range r.blocks {
		if b.name == "" {
			content = append(content, map[string]any{"text": b.text})
			continue
		}
		use := map[string]any{"toolUseId": b.id, "name": b.name, "input": json.RawMessage(b.input)}
		content = append(content, map[string]any{"toolUse": use})
	}
	return []byte(mustJSON(map[string]any{
		"output":     map[string]any{"message": map[string]any{"role": "assistant", "content": content}},
		"stopReason": r.stopReason,
		"usage":      novaUsage(r),
	}))
}

func (nova) chunks(_ *conversation, r *reply) []map[string]any {
	list := []map[string]any{{"messageStart": map[string]any{"role": "assistant"}}}
	for i, b := range r.blocks {
		text, wrap := b.text, func(piece string) any { return map[string]any{"text": piece} }
		if b.name != "" {
			start := map[string]any{"toolUse": map[string]any{"toolUseId": b.id, "name": b.name}}
			list = append(list, map[string]any{"contentBlockStart": map[string]any{"start": start, "contentBlockIndex": i}})
			text, wrap = b.input, func(piece string) any { return map[string]any{"toolUse": map[string]any{"input": piece}} }
		}
		for _, piece := range pieces(text) {
			list = append(list, map[string]any{"contentBlockDelta": map[string]any{"delta": wrap(piece), "contentBlockIndex": i}})
		}
		list = append(list, map[string]any{"contentBlockStop": map[string]any{"contentBlockIndex": i}})
	}
	return append(list,
		map[string]any{"messageStop": map[string]any{"stopReason": r.stopReason}},
		map[string]any{"metadata": map[string]any{"usage": novaUsage(r), "metrics": map[string]any{}}})
}

func novaUsage(r *reply) map[string]any {
	return map[string]any{"inputTokens": r.input, "outputTokens": r.output, "totalTokens": r.input + r.output}
}
