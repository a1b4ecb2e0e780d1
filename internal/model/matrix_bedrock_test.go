package model_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"

	"hardpan/internal/awserr"
	"hardpan/internal/model"
	"hardpan/internal/model/bedrock"
	"hardpan/internal/wire/stream"
)

// The bedrock backend passes answers byte by byte. So its region is known, and an
// answer that is cut is a body that does not come whole, or that is no JSON.
var passesOn = kind{"bedrock", func(t *testing.T, base string) model.Backend {
	b, err := bedrock.New(t.Context(), bedrock.Config{
		Name: "up", Regions: []string{"us-west-2"}, Endpoint: base, FirstByte: time.Minute,
		Credentials: bedrock.Credentials{Static: bedrock.Static("AKIDUPSTREAM", key, "")},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}, playBedrock, "us-west-2", true}

// bedrockEvents are a conversation in the events of ConverseStream.
func bedrockEvents(scenario string) (events [][]byte, done [][]byte) {
	converse := func(e types.ConverseStreamOutput) []byte { return must(stream.AppendConverse(nil, e)) }
	delta := func(block int32, d types.ContentBlockDelta) []byte {
		return converse(&types.ConverseStreamOutputMemberContentBlockDelta{Value: types.ContentBlockDeltaEvent{ContentBlockIndex: &block, Delta: d}})
	}
	text := func(block int32, s string) []byte { return delta(block, &types.ContentBlockDeltaMemberText{Value: s}) }
	thought := func(s string) []byte {
		return delta(0, &types.ContentBlockDeltaMemberReasoningContent{Value: &types.ReasoningContentBlockDeltaMemberText{Value: s}})
	}
	end := func(reason types.StopReason) [][]byte {
		return [][]byte{
			converse(&types.ConverseStreamOutputMemberMessageStop{Value: types.MessageStopEvent{StopReason: reason}}),
			converse(&types.ConverseStreamOutputMemberMetadata{Value: types.ConverseStreamMetadataEvent{
				Usage:   &types.TokenUsage{InputTokens: aws.Int32(12), OutputTokens: aws.Int32(5), TotalTokens: aws.Int32(20), CacheReadInputTokens: aws.Int32(3)},
				Metrics: &types.ConverseStreamMetrics{LatencyMs: aws.Int64(1)},
			}}),
		}
	}
	begin := converse(&types.ConverseStreamOutputMemberMessageStart{Value: types.MessageStartEvent{Role: types.ConversationRoleAssistant}})
	if scenario != "tools" {
		return [][]byte{begin, thought("Hm. "), thought("Well."), text(1, "Hello"), text(1, " there")}, end(types.StopReasonEndTurn)
	}
	input := func(s string) []byte {
		return delta(1, &types.ContentBlockDeltaMemberToolUse{Value: types.ToolUseBlockDelta{Input: &s}})
	}
	return [][]byte{
		begin, text(0, "Let me look."),
		converse(&types.ConverseStreamOutputMemberContentBlockStart{Value: types.ContentBlockStartEvent{
			ContentBlockIndex: aws.Int32(1),
			Start:             &types.ContentBlockStartMemberToolUse{Value: types.ToolUseBlockStart{ToolUseId: aws.String("t1"), Name: aws.String("get_weather")}},
		}}),
		input(`{"city":`), input(`"Tokyo"}`),
	}, end(types.StopReasonToolUse)
}

// claudeChunks are the same in the chunks of InvokeModelWithResponseStream.
func claudeChunks(scenario string) (events [][]byte, done [][]byte) {
	chunk := func(format string, args ...any) []byte {
		return must(stream.AppendChunk(nil, fmt.Appendf(nil, format, args...)))
	}
	begin := chunk(`{"type":"message_start","message":{"role":"assistant","content":[],"usage":{"input_tokens":12,"output_tokens":1}}}`)
	end := func(reason string) [][]byte {
		return [][]byte{
			chunk(`{"type":"message_delta","delta":{"stop_reason":%q},"usage":{"output_tokens":5}}`, reason),
			chunk(`{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":12,"outputTokenCount":5,"cacheReadInputTokenCount":3}}`),
		}
	}
	if scenario != "tools" {
		return [][]byte{
			begin, chunk(`{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm. Well."}}`),
			chunk(`{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Hello"}}`),
			chunk(`{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":" there"}}`),
		}, end("end_turn")
	}
	return [][]byte{
		begin, chunk(`{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Let me look."}}`),
		chunk(`{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t1","name":"get_weather","input":{}}}`),
		chunk(`{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"city\":"}}`),
		chunk(`{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"\"Tokyo\"}"}}`),
	}, end("tool_use")
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

// wholeBodies are the answers that are not streamed, by operation and scenario.
var wholeBodies = map[string]string{
	"converse normal": `{"output":{"message":{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"Hm. Well."}}},{"text":"Hello there"}]}},"stopReason":"end_turn",` + converseUsed,
	"converse tools": `{"output":{"message":{"role":"assistant","content":[{"text":"Let me look."},{"toolUse":{"toolUseId":"t1","name":"get_weather","input":{"city":"Tokyo"}}}]}},"stopReason":"tool_use",` +
		converseUsed,
	"invoke normal": `{"type":"message","content":[{"type":"thinking","thinking":"Hm. Well."},{"type":"text","text":"Hello there"}],"stop_reason":"end_turn",` + claudeUsed,
	"invoke tools": `{"type":"message","content":[{"type":"text","text":"Let me look."},{"type":"tool_use","id":"t1","name":"get_weather","input":{"city":"Tokyo"}}],"stop_reason":"tool_use",` +
		claudeUsed,
}

const (
	converseUsed = `"usage":{"inputTokens":12,"outputTokens":5,"totalTokens":20,"cacheReadInputTokens":3},"metrics":{"latencyMs":1}}`
	claudeUsed   = `"usage":{"input_tokens":12,"output_tokens":5,"cache_read_input_tokens":3,"cache_creation_input_tokens":0}}`
)

func playBedrock(scenario string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		operation := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
		if !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=AKIDUPSTREAM/") {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		operation, streaming := strings.CutSuffix(strings.Replace(operation, "-with-response", "", 1), "-stream")
		switch {
		case scenario == "429":
			w.Header().Set("X-Amzn-Errortype", "ThrottlingException")
			throttle(w)
		case streaming:
			streamBedrock(w, operation, scenario)
		case scenario == "overloaded":
			w.Header().Set("X-Amzn-Errortype", "ServiceUnavailableException")
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, `{"message":"Overloaded"}`)
		case scenario == "normal" || scenario == "tools":
			serveJSON(w, wholeBodies[operation+" "+scenario])
		default:
			serveJSON(w, wholeBodies[operation+" normal"][:60])
			ended(w, scenario, "l")
		}
	}
}

func streamBedrock(w http.ResponseWriter, operation, scenario string) {
	w.Header().Set("Content-Type", stream.ContentType)
	events, done := bedrockEvents(scenario)
	if operation == "invoke" {
		events, done = claudeChunks(scenario)
	}
	switch scenario {
	case "normal", "tools":
		events = append(events, done...)
	case "overloaded":
		events = append(events, must(stream.AppendException(nil, awserr.New("ServiceUnavailableException", 503, "Overloaded"))))
	}
	for _, e := range events {
		_, _ = w.Write(e)
		_ = http.NewResponseController(w).Flush()
	}
	if scenario != "normal" && scenario != "tools" && scenario != "overloaded" && scenario != "begin" {
		ended(w, scenario, string(done[0][:20]))
	}
}
