package anthropic

import (
	"encoding/json"
	"errors"
	"fmt"

	"hardpan/internal/model/upstream"
	"hardpan/internal/usage"
)

// answer is an answer of /v1/messages.
type answer struct {
	Type     string          `json:"type"`
	ID       string          `json:"id"`
	Content  []block         `json:"content"`
	Stop     string          `json:"stop_reason"`
	Sequence string          `json:"stop_sequence"`
	Usage    *reported       `json:"usage"`
	Error    json.RawMessage `json:"error"`
}

// reported is the usage member. In a stream each event that has one may leave
// out what did not change.
type reported struct {
	Input      *int64 `json:"input_tokens"`
	Output     *int64 `json:"output_tokens"`
	CacheRead  *int64 `json:"cache_read_input_tokens"`
	CacheWrite *int64 `json:"cache_creation_input_tokens"`

	Creation struct {
		Hour *int64 `json:"ephemeral_1h_input_tokens"`
	} `json:"cache_creation"`
}

func (r *reported) tokens() (usage.Tokens, bool) {
	var t usage.Tokens
	return t, r.over(&t)
}

// over lays r over what was reported before, and reports whether there was
// anything sound in it.
func (r *reported) over(t *usage.Tokens) bool {
	if r == nil {
		return false
	}
	some := false
	for _, one := range []struct {
		from *int64
		to   *int64
	}{{r.Input, &t.Input}, {r.Output, &t.Output}, {r.CacheRead, &t.CacheRead}, {r.CacheWrite, &t.CacheWrite}, {r.Creation.Hour, &t.CacheWriteHour}} {
		if one.from != nil && *one.from >= 0 {
			*one.to, some = *one.from, true
		}
	}
	return some
}

// event is one event of a streamed answer.
type event struct {
	Type    string  `json:"type"`
	Message *answer `json:"message"`       // message_start
	Index   int     `json:"index"`         // content_block_…
	Block   *block  `json:"content_block"` // content_block_start
	Delta   struct {
		Type      string `json:"type"`
		Text      string `json:"text"`
		JSON      string `json:"partial_json"`
		Thinking  string `json:"thinking"`
		Signature string `json:"signature"`
		Stop      string `json:"stop_reason"`
		Sequence  string `json:"stop_sequence"`
	} `json:"delta"`
	Usage *reported       `json:"usage"` // message_delta
	Error json.RawMessage `json:"error"`
}

var errUnfinished = errors.New("the stream ended without message_stop")

// see reads one event, and what it says of usage. An error event is returned as
// the exception that it becomes.
func (m *meter) see(data []byte) (*event, error) {
	ev := &event{}
	if err := json.Unmarshal(data, ev); err != nil {
		return nil, fmt.Errorf("reading an event: %w", err)
	}
	if ev.Type == "error" {
		return nil, m.client.Streamed(upstream.ParseReport(data))
	}
	if ev.Message != nil && ev.Message.Usage.over(&m.tokens) {
		m.counted = true
	}
	if ev.Usage.over(&m.tokens) {
		m.counted = true
	}
	return ev, nil
}

// read reads a whole answer.
func (b *Backend) read(raw []byte) (*answer, error) {
	a := &answer{}
	if err := json.Unmarshal(raw, a); err != nil {
		return nil, b.client.Malformed(fmt.Errorf("reading its answer: %w", err))
	}
	switch a.Type {
	case "message":
		return a, nil
	case "error":
		return nil, b.client.Streamed(upstream.ParseReport(raw))
	}
	return nil, b.client.Malformed(fmt.Errorf("its answer is a %.40q, no message", a.Type))
}
