package chat

import (
	"strings"

	"hardpan/internal/usage"
	"hardpan/internal/wire/rest"
)

// llama is the body of Meta Llama: a prompt in, a text out (Amazon Bedrock User
// Guide, Meta Llama models).
type llama struct{}

func (llama) read(_ *Entrance, body rest.Fields) (*Request, error) {
	var prompt string
	var images []string
	var limit *int64
	r := &Request{}
	if err := members(body, "prompt", &prompt, "images", &images, "max_gen_len", &limit,
		"temperature", &r.Temperature, "top_p", &r.TopP); err != nil {
		return nil, err
	}
	if prompt == "" {
		return nil, Malformed("#: required key [prompt] not found")
	}
	r.System, r.Messages = llamaPrompt(prompt)
	if len(images) > 0 {
		return nil, refused("images of a Llama body")
	}
	return r, r.limit("max_gen_len", limit)
}

// The marks of Llama 3's prompt format (Meta, "Llama 3 prompt format").
const (
	llamaHeader = "<|start_header_id|>"
	llamaBody   = "<|end_header_id|>"
	llamaEnd    = "<|eot_id|>"
)

// llamaPrompt takes a prompt in Llama 3's format apart, as a chat server puts it
// together again with its own model's marks. Any other prompt is one message.
func llamaPrompt(prompt string) (system []Block, messages []Message) {
	_, rest, ok := strings.Cut(prompt, llamaHeader)
	for ok {
		var turn string
		turn, rest, ok = strings.Cut(rest, llamaHeader)
		role, text, sound := strings.Cut(turn, llamaBody)
		text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), llamaEnd))
		switch {
		case !sound || strings.Contains(text, llamaEnd):
			return nil, plainPrompt(prompt)
		case text == "": // the header that the model is to go on after
		case role == "system":
			system = append(system, Block{Kind: Text, Text: text})
		case role == "user" || role == "assistant":
			messages = append(messages, Message{role, []Block{{Kind: Text, Text: text}}})
		default:
			return nil, plainPrompt(prompt)
		}
	}
	if len(messages) == 0 || messages[0].Role != "user" {
		return nil, plainPrompt(prompt)
	}
	return system, messages
}

func plainPrompt(prompt string) []Message {
	return []Message{{"user", []Block{{Kind: Text, Text: prompt}}}}
}

// llamaAnswer is also each chunk of a stream: the last tells counts and reason.
type llamaAnswer struct {
	Generation string   `json:"generation"`
	Input      *int64   `json:"prompt_token_count"`
	Output     *int64   `json:"generation_token_count"`
	Stop       *string  `json:"stop_reason"`
	Metrics    *Metrics `json:"amazon-bedrock-invocationMetrics,omitempty"`
}

func llamaOf(text string, stop Stop, u usage.Tokens) llamaAnswer {
	reason, input := "stop", u.Input+u.CacheRead+u.CacheWrite
	if stop == MaxTokens {
		reason = "length"
	}
	return llamaAnswer{Generation: text, Input: &input, Output: &u.Output, Stop: &reason}
}

func (llama) whole(_ *Entrance, r *Reply) any { return llamaOf(r.text(), r.Stop, r.Usage) }

func (llama) event(dst []byte, e *Entrance, ev *Event) ([]byte, error) {
	switch {
	case ev.Kind == Delta && ev.Block.Kind == Text:
		return chunk(dst, &llamaAnswer{Generation: ev.Block.Text})
	case ev.Kind == Finish:
		last := llamaOf("", ev.Stop, ev.Usage)
		last.Metrics = e.metrics(ev.Usage)
		return chunk(dst, &last)
	}
	return dst, nil
}

// text is all that an answer says in words.
func (r *Reply) text() string {
	var text strings.Builder
	for i := range r.Blocks {
		if r.Blocks[i].Kind == Text {
			text.WriteString(r.Blocks[i].Text)
		}
	}
	return text.String()
}
