package builtin

import (
	"context"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/schemas"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"

	"hardpan/internal/model"
)

// converseStream streams a reply in the order of the Bedrock Runtime API:
// messageStart, each block (contentBlockStart for tool uses only), messageStop,
// and metadata last.
func converseStream(ctx context.Context, call *model.Call, r *reply, started time.Time) *model.Answer {
	body := newStream(ctx, r)
	body.add(event(schemas.ConverseStreamOutput_messageStart, &types.MessageStartEvent{Role: types.ConversationRoleAssistant}))
	for i, b := range r.blocks {
		addConverseBlock(body, int32(i), b)
	}
	body.add(event(schemas.ConverseStreamOutput_messageStop, &types.MessageStopEvent{StopReason: types.StopReason(r.stopReason)}))
	body.add(func() ([]byte, error) {
		return event(schemas.ConverseStreamOutput_metadata, &types.ConverseStreamMetadataEvent{
			Usage: converseUsage(r), Metrics: &types.ConverseStreamMetrics{LatencyMs: aws.Int64(latency(started))},
		})()
	})
	return body.answer(call, http.Header{})
}

func addConverseBlock(body *streamBody, index int32, b replyBlock) {
	at := aws.Int32(index)
	delta := func(text string) types.ContentBlockDelta { return &types.ContentBlockDeltaMemberText{Value: text} }
	text := b.text
	if b.name != "" {
		body.add(event(schemas.ConverseStreamOutput_contentBlockStart, &types.ContentBlockStartEvent{
			ContentBlockIndex: at,
			Start: &types.ContentBlockStartMemberToolUse{Value: types.ToolUseBlockStart{
				ToolUseId: aws.String(b.id), Name: aws.String(b.name),
			}},
		}))
		text = b.input
		delta = func(text string) types.ContentBlockDelta {
			return &types.ContentBlockDeltaMemberToolUse{Value: types.ToolUseBlockDelta{Input: aws.String(text)}}
		}
	}
	for _, piece := range pieces(text) {
		body.add(event(schemas.ConverseStreamOutput_contentBlockDelta, &types.ContentBlockDeltaEvent{
			ContentBlockIndex: at, Delta: delta(piece),
		}))
	}
	body.add(event(schemas.ConverseStreamOutput_contentBlockStop, &types.ContentBlockStopEvent{ContentBlockIndex: at}))
}
