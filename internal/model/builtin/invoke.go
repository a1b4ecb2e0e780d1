package builtin

import (
	"context"
	"net/http"
	"strings"
	"time"

	"hardpan/internal/awserr"
	"hardpan/internal/catalog"
	"hardpan/internal/model"
	"hardpan/internal/usage"
	"hardpan/internal/wire/stream"
)

// dialect is one model family's body for InvokeModel.
type dialect interface {
	// read decodes and checks a request body.
	read(call *model.Call, body []byte) (*conversation, error)
	// whole is the response body.
	whole(c *conversation, r *reply) []byte
	// chunks are the JSON values of a streamed response, in order.
	chunks(c *conversation, r *reply) []map[string]any
}

// spoken says by name what InvokeModel bodies there are.
const spoken = "Anthropic Messages (Claude 3 and later), Amazon Nova (messages-v1), Amazon Titan Text, and Amazon Titan Text Embeddings V2 and G1"

// dialectOf picks the dialect by the model id.
func dialectOf(id string) (dialect, error) {
	id = strings.ToLower(id)
	switch {
	case strings.HasPrefix(id, "anthropic.claude-v2"), strings.HasPrefix(id, "anthropic.claude-instant"):
	case strings.HasPrefix(id, "anthropic."):
		return anthropic{}, nil
	case strings.HasPrefix(id, "amazon.nova-") && converses(id):
		return nova{}, nil
	case strings.HasPrefix(id, "amazon.titan-text-"):
		return titanText{}, nil
	}
	return nil, awserr.Validation("Hardpan's built-in model does not speak the InvokeModel body of %s. It speaks %s; every chat model answers Converse and ConverseStream. Use one of those, or route the model to another backend.", id, spoken)
}

func (b *Backend) invoke(ctx context.Context, call *model.Call, started time.Time) (*model.Answer, error) {
	if e, ok := embeddingOf(call.ModelID); ok {
		return e.answer(ctx, call, started)
	}
	d, err := dialectOf(call.ModelID)
	if err != nil {
		return nil, err
	}
	c, err := d.read(call, call.Body)
	if err != nil {
		return nil, err
	}
	r, err := b.reply(ctx, c)
	if err != nil {
		return nil, err
	}
	tokens := usage.Tokens{Input: r.input, Output: r.output}
	return answer(call, invokeHeader(tokens, started), d.whole(c, r), tokens), nil
}

func (b *Backend) invokeStream(ctx context.Context, call *model.Call, started time.Time) (*model.Answer, error) {
	if m, ok := catalog.Find(call.ModelID); ok && !m.Streaming {
		return nil, errNoStreaming()
	}
	d, err := dialectOf(call.ModelID)
	if err != nil {
		return nil, err
	}
	c, err := d.read(call, call.Body)
	if err != nil {
		return nil, err
	}
	r, err := b.reply(ctx, c)
	if err != nil {
		return nil, err
	}
	body := newStream(ctx, r)
	chunks := d.chunks(c, r)
	for i, chunk := range chunks {
		body.add(func(dst []byte) ([]byte, error) {
			if i == len(chunks)-1 {
				chunk["amazon-bedrock-invocationMetrics"] = invocationMetrics(r, started, body.first)
			}
			return stream.AppendChunk(dst, []byte(mustJSON(chunk)))
		})
	}
	return body.answer(call, http.Header{"X-Amzn-Bedrock-Content-Type": {"application/json"}}), nil
}

func invocationMetrics(r *reply, started, first time.Time) map[string]any {
	return map[string]any{
		"inputTokenCount": r.input, "outputTokenCount": r.output,
		"invocationLatency": latency(started), "firstByteLatency": max(1, first.Sub(started).Milliseconds()),
	}
}
