package openai

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"hardpan/internal/model"
	"hardpan/internal/model/chat"
	"hardpan/internal/model/upstream"
	"hardpan/internal/usage"
)

// answer is an answer of /chat/completions, or a chunk of a streamed one.
type answer struct {
	ID      string          `json:"id"`
	Choices []answerChoice  `json:"choices"`
	Usage   *reported       `json:"usage"`
	Error   json.RawMessage `json:"error"`
}

type answerChoice struct {
	Message said            `json:"message"`
	Delta   said            `json:"delta"`
	Finish  string          `json:"finish_reason"`
	Stop    json.RawMessage `json:"stop_reason"` // vLLM: the stop sequence, or a token's number
}

type said struct {
	Content   text   `json:"content"`
	Refusal   string `json:"refusal"`
	Thought   string `json:"reasoning_content"`
	Reasoning string `json:"reasoning"`
	Calls     []call `json:"tool_calls"`
}

// text is a string, or the text parts of a list.
type text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *text) UnmarshalJSON(raw []byte) error {
	if len(raw) == 0 || raw[0] != '[' {
		return json.Unmarshal(raw, (*string)(t))
	}
	var parts []struct {
		Text string `json:"text"`
	}
	err := json.Unmarshal(raw, &parts)
	for _, p := range parts {
		*t += text(p.Text)
	}
	return err
}

func (s *said) thought() string {
	if s.Thought != "" {
		return s.Thought
	}
	return s.Reasoning
}

// words is what it says; a refusal is said in other words.
func (s *said) words() string { return string(s.Content) + s.Refusal }

// reported is the usage member. Cached tokens are a part of the prompt's here,
// and apart from them on Bedrock.
type reported struct {
	Prompt     int64 `json:"prompt_tokens"`
	Completion int64 `json:"completion_tokens"`
	Details    *struct {
		Cached int64 `json:"cached_tokens"`
	} `json:"prompt_tokens_details"`
	CacheHit int64 `json:"prompt_cache_hit_tokens"`
}

func (r *reported) tokens() (usage.Tokens, bool) {
	if r == nil {
		return usage.Tokens{}, false
	}
	cached := r.CacheHit
	if r.Details != nil && r.Details.Cached > 0 {
		cached = r.Details.Cached
	}
	t := usage.Tokens{Input: r.Prompt - cached, Output: r.Completion, CacheRead: cached}
	if t.Input < 0 || t.Output < 0 || t.CacheRead < 0 {
		return usage.Tokens{}, false
	}
	return t, true
}

// stopOf translates why the model stopped.
func (c *answerChoice) stopOf(usesTools bool) (chat.Stop, string) {
	var sequence string
	_ = json.Unmarshal(c.Stop, &sequence) // a number names no sequence
	switch {
	case c.Finish == "length":
		return chat.MaxTokens, ""
	case c.Finish == "content_filter":
		return chat.Filtered, ""
	case usesTools: // whatever it is called: some servers say "stop"
		return chat.UsesTool, ""
	case sequence != "":
		return chat.AtSequence, sequence
	}
	return chat.EndTurn, ""
}

func (b *Backend) whole(call *model.Call, resp *upstream.Response, e *chat.Entrance) (*model.Answer, error) {
	raw, err := b.client.ReadAll(resp)
	if err != nil {
		return nil, err
	}
	var a answer
	if err := json.Unmarshal(raw, &a); err != nil {
		return nil, b.client.Malformed(fmt.Errorf("reading its answer: %w", err))
	}
	if given(a.Error) {
		return nil, b.client.Streamed(upstream.ParseReport(raw))
	}
	if len(a.Choices) == 0 {
		return nil, b.client.Malformed(errors.New("its answer has no choices"))
	}
	r, err := reply(&a)
	if err != nil {
		return nil, b.client.Malformed(err)
	}
	var counted bool
	r.Usage, counted = a.Usage.tokens()
	return e.Whole(call, r, counted)
}

func given(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

func reply(a *answer) (*chat.Reply, error) {
	c := &a.Choices[0]
	r := &chat.Reply{ID: messageID(a.ID)}
	if thought := c.Message.thought(); thought != "" {
		r.Blocks = append(r.Blocks, chat.Block{Kind: chat.Reasoning, Text: thought})
	}
	if words := c.Message.words(); words != "" {
		r.Blocks = append(r.Blocks, chat.Block{Kind: chat.Text, Text: words})
	}
	for i := range c.Message.Calls {
		use := &c.Message.Calls[i]
		input := strings.TrimSpace(use.Function.Arguments)
		if input == "" {
			input = "{}"
		}
		if input[0] != '{' || !json.Valid([]byte(input)) {
			return nil, fmt.Errorf("the arguments of its call of tool %.64q are no JSON object", use.Function.Name)
		}
		r.Blocks = append(r.Blocks, chat.Block{Kind: chat.ToolUse, ID: toolID(use.ID), Name: use.Function.Name, Input: json.RawMessage(input)})
	}
	r.Stop, r.Sequence = c.stopOf(len(c.Message.Calls) > 0)
	return r, nil
}

// messageID is an id as Anthropic Messages have them.
func messageID(id string) string { return "msg_" + strings.TrimPrefix(id, "chatcmpl-") }

// toolID is a server's id of a tool call, or one where it gives none.
func toolID(id string) string {
	if id != "" {
		return id
	}
	return "tooluse_" + rand.Text()
}
