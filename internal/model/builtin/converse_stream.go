package builtin

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"

	"hardpan/internal/model"
	"hardpan/internal/wire/stream"
)

// converseStream streams a reply in the order of the Bedrock Runtime API:
// messageStart, each block (contentBlockStart for tool uses only), messageStop,
// and metadata last.
func converseStream(ctx context.Context, call *model.Call, r *reply, started time.Time) *model.Answer {
	body := newStream(ctx, r)
	body.add(event(&types.ConverseStreamOutputMemberMessageStart{Value: types.MessageStartEvent{Role: types.ConversationRoleAssistant}}))
	for i, b := range r.blocks {
		addConverseBlock(body, aws.Int32(int32(i)), b)
	}
	body.add(event(&types.ConverseStreamOutputMemberMessageStop{Value: types.MessageStopEvent{StopReason: types.StopReason(r.stopReason)}}))
	body.add(func(dst []byte) ([]byte, error) {
		metrics := &types.ConverseStreamMetrics{LatencyMs: aws.Int64(latency(started))}
		return stream.AppendConverse(dst, &types.ConverseStreamOutputMemberMetadata{
			Value: types.ConverseStreamMetadataEvent{Usage: converseUsage(r), Metrics: metrics},
		})
	})
	return body.answer(call, http.Header{})
}

func event(e types.ConverseStreamOutput) step {
	return func(dst []byte) ([]byte, error) { return stream.AppendConverse(dst, e) }
}

func addConverseBlock(body *streamBody, index *int32, b replyBlock) {
	text, delta := b.text, textDelta
	if b.name != "" {
		text, delta = b.input, inputDelta
		use := types.ToolUseBlockStart{ToolUseId: aws.String(b.id), Name: aws.String(b.name)}
		body.add(event(&types.ConverseStreamOutputMemberContentBlockStart{Value: types.ContentBlockStartEvent{
			ContentBlockIndex: index, Start: &types.ContentBlockStartMemberToolUse{Value: use},
		}}))
	}
	for _, piece := range pieces(text) {
		body.add(event(&types.ConverseStreamOutputMemberContentBlockDelta{Value: types.ContentBlockDeltaEvent{
			ContentBlockIndex: index, Delta: delta(piece),
		}}))
	}
	body.add(event(&types.ConverseStreamOutputMemberContentBlockStop{Value: types.ContentBlockStopEvent{ContentBlockIndex: index}}))
}

func textDelta(piece string) types.ContentBlockDelta {
	return &types.ContentBlockDeltaMemberText{Value: piece}
}

func inputDelta(piece string) types.ContentBlockDelta {
	return &types.ContentBlockDeltaMemberToolUse{Value: types.ToolUseBlockDelta{Input: aws.String(piece)}}
}
