package chat

import (
	"encoding/json"
	"strings"

	"hardpan/internal/wire/rest"
)

// mistral is the bodies of Mistral AI: a prompt (the instruct models) or
// messages (Amazon Bedrock User Guide, Mistral AI text and chat completion).
// That a chat stream's chunks have the shape of the whole answer is from memory.
type mistral struct{}

type mistralMessage struct {
	Role      string         `json:"role"`
	Content   mistralContent `json:"content"`
	ToolCalls []mistralCall  `json:"tool_calls,omitempty"`
	CallID    string         `json:"tool_call_id,omitempty"`
}

type mistralCall struct {
	ID       string `json:"id"`
	Function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	} `json:"function"`
}

// mistralContent is the text of a message, or of its text parts.
type mistralContent []Block

// UnmarshalJSON implements json.Unmarshaler.
func (c *mistralContent) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		var text string
		err := json.Unmarshal(raw, &text)
		*c = mistralContent{{Kind: Text, Text: text}}
		return err
	}
	var parts []struct {
		Type  string `json:"type"`
		Text  string `json:"text"`
		Image struct {
			URL string `json:"url"`
		} `json:"image_url"`
	}
	if err := json.Unmarshal(raw, &parts); err != nil {
		return err
	}
	for _, p := range parts {
		switch media, data, inline := strings.Cut(strings.TrimPrefix(p.Image.URL, "data:"), ";base64,"); {
		case p.Type == "text":
			*c = append(*c, Block{Kind: Text, Text: p.Text})
		case p.Type == "image_url" && inline:
			*c = append(*c, Block{Kind: Image, Media: media, Data: data})
		default:
			return refused("a content part of type " + p.Type)
		}
	}
	return nil
}

func (mistral) read(e *Entrance, body rest.Fields) (*Request, error) {
	var prompt string
	var messages []mistralMessage
	var limit *int64
	r := &Request{}
	if err := members(body, "prompt", &prompt, "messages", &messages, "max_tokens", &limit,
		"temperature", &r.Temperature, "top_p", &r.TopP, "top_k", &r.TopK, "stop", &r.Stop); err != nil {
		return nil, err
	}
	if err := r.addMistralTools(body); err != nil {
		return nil, err
	}
	switch {
	case prompt != "":
		e.prompt = true
		r.Messages = mistralPrompt(prompt)
	default:
		if err := r.addMistral(messages); err != nil {
			return nil, err
		}
	}
	return r, r.limit("max_tokens", limit)
}

func (r *Request) addMistral(messages []mistralMessage) error {
	for _, m := range messages {
		blocks := []Block(m.Content)
		for _, call := range m.ToolCalls {
			input, ok := object(json.RawMessage(call.Function.Arguments))
			if !ok || !json.Valid(input) {
				return Malformed("the arguments of tool call %.64q have to be a JSON object", call.ID)
			}
			blocks = append(blocks, Block{Kind: ToolUse, ID: call.ID, Name: call.Function.Name, Input: input})
		}
		switch m.Role {
		case "system":
			r.System = append(r.System, blocks...)
			continue
		case "tool":
			blocks = []Block{{Kind: ToolResult, ID: m.CallID, Content: blocks}}
			m.Role = "user"
		}
		r.Messages = append(r.Messages, Message{m.Role, blocks})
	}
	return nil
}

func (r *Request) addMistralTools(body rest.Fields) error {
	var tools []struct {
		Function struct {
			Name        string          `json:"name"`
			Description string          `json:"description"`
			Parameters  json.RawMessage `json:"parameters"`
		} `json:"function"`
	}
	var choice string
	if err := members(body, "tools", &tools, "tool_choice", &choice); err != nil {
		return err
	}
	for _, t := range tools {
		schema, ok := object(t.Function.Parameters)
		if !ok {
			return Malformed("#/tools: the parameters of tool %.64q have to be an object", t.Function.Name)
		}
		r.Tools = append(r.Tools, Tool{Name: t.Function.Name, Description: t.Function.Description, Schema: schema})
	}
	switch choice {
	case "any", "required":
		r.Choice.Kind = "any"
	default:
		r.Choice.Kind = choice
	}
	return nil
}

// mistralPrompt takes a prompt in Mistral's instruction format apart:
// <s>[INST] a question [/INST] an answer</s>[INST] … [/INST]. Any other prompt is
// one message.
func mistralPrompt(prompt string) []Message {
	text, ok := strings.CutPrefix(strings.TrimPrefix(strings.TrimSpace(prompt), "<s>"), "[INST]")
	var messages []Message
	for ok {
		var question, answer string
		question, text, ok = strings.Cut(text, "[/INST]")
		if !ok {
			return plainPrompt(prompt)
		}
		messages = append(messages, Message{"user", []Block{{Kind: Text, Text: strings.TrimSpace(question)}}})
		answer, text, ok = strings.Cut(text, "[INST]")
		answer = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(answer), "</s>"))
		if answer != "" {
			messages = append(messages, Message{"assistant", []Block{{Kind: Text, Text: answer}}})
		}
	}
	if len(messages) == 0 {
		return plainPrompt(prompt)
	}
	return messages
}

type mistralOutput struct {
	Text string  `json:"text"`
	Stop *string `json:"stop_reason"`
}

type mistralChoice struct {
	Index   int          `json:"index"`
	Message mistralReply `json:"message"`
	Stop    *string      `json:"stop_reason"`
}

type mistralReply struct {
	Role      string        `json:"role"`
	Content   string        `json:"content"`
	ToolCalls []mistralCall `json:"tool_calls,omitempty"`
}

type mistralAnswer struct {
	Outputs []mistralOutput `json:"outputs,omitempty"`
	Choices []mistralChoice `json:"choices,omitempty"`
	Metrics *Metrics        `json:"amazon-bedrock-invocationMetrics,omitempty"`
}

func mistralStop(s Stop) *string {
	reason := "stop"
	switch s {
	case MaxTokens:
		reason = "length"
	case UsesTool:
		reason = "tool_calls"
	}
	return &reason
}

func (m mistral) whole(e *Entrance, r *Reply) any {
	reply := mistralReply{Role: "assistant", Content: r.text()}
	for i := range r.Blocks {
		if b := &r.Blocks[i]; b.Kind == ToolUse {
			reply.ToolCalls = append(reply.ToolCalls, newMistralCall(b.ID, b.Name, string(b.Input)))
		}
	}
	return m.answer(e, reply, mistralStop(r.Stop))
}

func newMistralCall(id, name, arguments string) mistralCall {
	c := mistralCall{ID: id}
	c.Function.Name, c.Function.Arguments = name, arguments
	return c
}

func (mistral) answer(e *Entrance, reply mistralReply, stop *string) *mistralAnswer {
	if e.prompt {
		return &mistralAnswer{Outputs: []mistralOutput{{reply.Content, stop}}}
	}
	return &mistralAnswer{Choices: []mistralChoice{{0, reply, stop}}}
}

func (m mistral) event(dst []byte, e *Entrance, ev *Event) ([]byte, error) {
	reply := mistralReply{Role: "assistant"}
	switch {
	case ev.Kind == Delta && ev.Block.Kind == Text:
		reply.Content = ev.Block.Text
	case ev.Kind == BlockStart && ev.Block.Kind == ToolUse:
		reply.ToolCalls = []mistralCall{newMistralCall(ev.Block.ID, ev.Block.Name, "")}
	case ev.Kind == Delta && ev.Block.Kind == ToolUse:
		reply.ToolCalls = []mistralCall{newMistralCall("", "", ev.Block.Text)}
	case ev.Kind == Finish:
		last := m.answer(e, reply, mistralStop(ev.Stop))
		last.Metrics = e.metrics(ev.Usage)
		return chunk(dst, last)
	default:
		return dst, nil
	}
	return chunk(dst, m.answer(e, reply, nil))
}
