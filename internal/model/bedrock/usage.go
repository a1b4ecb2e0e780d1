package bedrock

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"

	"hardpan/internal/usage"
	"hardpan/internal/wire/rest"
	"hardpan/internal/wire/stream"
)

// fromHeader reads the token counts that InvokeModel answers carry as headers.
// The two cache headers are from memory of AWS's service, not from its model.
func fromHeader(h http.Header) (usage.Tokens, bool) {
	in, okIn := count(h, "X-Amzn-Bedrock-Input-Token-Count")
	out, okOut := count(h, "X-Amzn-Bedrock-Output-Token-Count")
	read, _ := count(h, "X-Amzn-Bedrock-Cache-Read-Input-Token-Count")
	write, _ := count(h, "X-Amzn-Bedrock-Cache-Write-Input-Token-Count")
	return usage.Tokens{Input: in, Output: out, CacheRead: read, CacheWrite: write}, okIn || okOut
}

func count(h http.Header, name string) (int64, bool) {
	values := h[name]
	if len(values) == 0 {
		return 0, false
	}
	n, err := strconv.ParseInt(values[0], 10, 64)
	return n, err == nil && n >= 0
}

// converseUsage is the usage member of Converse and of ConverseStream's metadata.
type converseUsage struct {
	Input      *int64 `json:"inputTokens"`
	Output     *int64 `json:"outputTokens"`
	CacheRead  int64  `json:"cacheReadInputTokens"`
	CacheWrite int64  `json:"cacheWriteInputTokens"`

	Details []struct { // how long what was written is kept
		TTL   string `json:"ttl"`
		Input int64  `json:"inputTokens"`
	} `json:"cacheDetails"`
}

// anthropicUsage is the usage member of Anthropic's Messages.
type anthropicUsage struct {
	Input      *int64 `json:"input_tokens"`
	Output     *int64 `json:"output_tokens"`
	CacheRead  int64  `json:"cache_read_input_tokens"`
	CacheWrite int64  `json:"cache_creation_input_tokens"`

	Creation struct {
		Hour int64 `json:"ephemeral_1h_input_tokens"`
	} `json:"cache_creation"`
}

// invocationMetrics come in the last chunk of InvokeModelWithResponseStream.
// The names of the cache counts are from memory.
type invocationMetrics struct {
	Input      *int64 `json:"inputTokenCount"`
	Output     *int64 `json:"outputTokenCount"`
	CacheRead  int64  `json:"cacheReadInputTokenCount"`
	CacheWrite int64  `json:"cacheWriteInputTokenCount"`
}

// fromBody reads the top-level usage of a JSON answer, in either spelling.
func fromBody(body []byte) (usage.Tokens, bool) {
	fields, err := rest.Top(body)
	if err != nil {
		return usage.Tokens{}, false
	}
	raw, _ := fields.Get("usage")
	return fromUsage(raw)
}

func fromUsage(raw []byte) (usage.Tokens, bool) {
	var c converseUsage
	if json.Unmarshal(raw, &c) == nil && c.Input != nil {
		t := usage.Tokens{CacheRead: c.CacheRead, CacheWrite: c.CacheWrite}
		for _, d := range c.Details {
			if d.TTL == "1h" {
				t.CacheWriteHour += d.Input
			}
		}
		return tokens(t, c.Input, c.Output)
	}
	var a anthropicUsage
	if json.Unmarshal(raw, &a) == nil && a.Input != nil {
		return tokens(usage.Tokens{CacheRead: a.CacheRead, CacheWrite: a.CacheWrite, CacheWriteHour: a.Creation.Hour}, a.Input, a.Output)
	}
	return usage.Tokens{}, false
}

// tokens adds what may be left out to t. Counts that cannot be are handed on as
// they are: whoever charges them says what they are worth.
func tokens(t usage.Tokens, input, output *int64) (usage.Tokens, bool) {
	if input != nil {
		t.Input = *input
	}
	if output != nil {
		t.Output = *output
	}
	return t, true
}

// fromChunk reads the payload of the last chunk of
// InvokeModelWithResponseStream: the model's own JSON in base64.
func fromChunk(payload []byte) (usage.Tokens, bool) {
	var chunk struct{ Bytes []byte }
	if json.Unmarshal(payload, &chunk) != nil || !bytes.Contains(chunk.Bytes, []byte("amazon-bedrock-invocationMetrics")) {
		return usage.Tokens{}, false
	}
	var last struct {
		Metrics *invocationMetrics `json:"amazon-bedrock-invocationMetrics"`
	}
	if json.Unmarshal(chunk.Bytes, &last) != nil || last.Metrics == nil || last.Metrics.Input == nil {
		return usage.Tokens{}, false
	}
	m := last.Metrics
	return tokens(usage.Tokens{CacheRead: m.CacheRead, CacheWrite: m.CacheWrite}, m.Input, m.Output)
}

// midway reports whether the payload of a chunk is an event of Claude's that others
// follow always.
func midway(payload []byte) bool {
	body, err := stream.ChunkBody(payload)
	if err != nil {
		return false
	}
	var event struct{ Type string }
	_ = json.Unmarshal(body, &event) // another model's chunk has no such type
	switch event.Type {
	case "message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "ping":
		return true
	}
	return false
}
