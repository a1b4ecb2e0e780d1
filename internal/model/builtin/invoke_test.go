package builtin

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime/types"
)

const anthropicBody = `{"anthropic_version":"bedrock-2023-05-31","max_tokens":200,"system":[{"type":"text","text":"Be brief."}],
	"messages":[{"role":"user","content":[{"type":"text","text":"use lookup"}]}],
	"tools":[{"name":"lookup","input_schema":{"type":"object","properties":{"q":{"type":"string"}}}}]}`

type anthropicAnswer struct {
	ID, Type, Role, Model string
	Content               []struct {
		Type, Text, ID, Name string
		Input                map[string]any
	}
	StopReason   string  `json:"stop_reason"`
	StopSequence *string `json:"stop_sequence"`
	Usage        struct {
		Input  int64 `json:"input_tokens"`
		Output int64 `json:"output_tokens"`
	}
}

func TestAnthropicMessages(t *testing.T) {
	c, door := client(t, Options{})
	body, err := invokeBody(t, c, haiku, anthropicBody)
	if err != nil {
		t.Fatal(err)
	}
	var out anthropicAnswer
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		t.Fatal(err)
	}
	if out.Type != "message" || out.Role != "assistant" || out.Model != "claude-3-5-haiku-20241022" || out.StopReason != "tool_use" || out.StopSequence != nil {
		t.Errorf("%s", body)
	}
	if len(out.Content) != 2 || out.Content[1].Name != "lookup" || out.Content[1].Input["q"] != "example q" || !strings.HasPrefix(out.Content[1].ID, "toolu_bdrk_01") {
		t.Errorf("%s", body)
	}
	if out.Usage.Input != door.tokens().Input || out.Usage.Output != door.tokens().Output || out.Usage.Output == 0 {
		t.Errorf("usage %+v, backend says %+v", out.Usage, door.tokens())
	}

	next := strings.Replace(anthropicBody, `"text":"use lookup"}]}`, `"text":"use lookup"}]},
		{"role":"assistant","content":[{"type":"tool_use","id":"toolu_1","name":"lookup","input":{"q":"x"}}]},
		{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"nothing found","is_error":true}]}`, 1)
	body, err = invokeBody(t, c, haiku, next)
	if err != nil || !strings.Contains(body, "The tool lookup failed with: nothing found") || !strings.Contains(body, `"end_turn"`) {
		t.Errorf("%v %s", err, body)
	}
}

func TestAnthropicRefusals(t *testing.T) {
	c, _ := client(t, Options{})
	for body, want := range map[string]string{
		`{"messages":`:                   "Malformed input request: the body is",
		`[1]`:                            "Malformed input request: expected type: JSONObject, found: array, please reformat your input and try again.",
		`{"max_tokens":1,"messages":[]}`: "required key [anthropic_version] not found",
		`{"anthropic_version":"bedrock-2023-05-31","messages":[]}`:                                                                                                  "required key [max_tokens] not found",
		`{"anthropic_version":"bedrock-2023-05-31","max_tokens":"9"}`:                                                                                               "#/max_tokens: expected type: Number, found: string",
		`{"anthropic_version":"2024","max_tokens":1}`:                                                                                                               "bedrock-2023-05-31",
		`{"anthropic_version":"bedrock-2023-05-31","max_tokens":0}`:                                                                                                 "max_tokens: must be greater",
		`{"anthropic_version":"bedrock-2023-05-31","max_tokens":1,"messages":[]}`:                                                                                   "at least one message",
		`{"anthropic_version":"bedrock-2023-05-31","max_tokens":1,"messages":[{"role":"assistant","content":"x"}]}`:                                                 `first message must use the "user" role`,
		`{"anthropic_version":"bedrock-2023-05-31","max_tokens":1,"messages":[{"role":"user","content":" "}]}`:                                                      "must be non-empty",
		`{"anthropic_version":"bedrock-2023-05-31","max_tokens":1,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"z","content":"x"}]}]}`: "unexpected `tool_use_id`",
		`{"anthropic_version":"bedrock-2023-05-31","max_tokens":1,"messages":[{"role":"user","content":"x"}],"tool_choice":{"type":"any"}}`:                         "tools must be given",
	} {
		_, err := invokeBody(t, c, haiku, body)
		wantError(t, err, "ValidationException", want)
	}
}

func TestUnspokenBodiesAreNamed(t *testing.T) {
	c, _ := client(t, Options{})
	_, err := invokeBody(t, c, "meta.llama3-8b-instruct-v1:0", `{"prompt":"x"}`)
	wantError(t, err, "ValidationException", "does not speak the InvokeModel body of meta.llama3-8b-instruct-v1:0. It speaks Anthropic Messages")
	_, err = c.InvokeModelWithResponseStream(context.Background(), &bedrockruntime.InvokeModelWithResponseStreamInput{
		ModelId: aws.String(titan), Body: []byte(`{"inputText":"x"}`),
	})
	wantError(t, err, "ValidationException", "unsupported for streaming")
}

// chunks streams a body and returns the JSON of every chunk.
func chunks(t *testing.T, c *bedrockruntime.Client, id, body string) ([]map[string]any, error) {
	t.Helper()
	out, err := c.InvokeModelWithResponseStream(context.Background(), &bedrockruntime.InvokeModelWithResponseStreamInput{
		ModelId: aws.String(id), Body: []byte(body),
	})
	if err != nil {
		return nil, err
	}
	s := out.GetStream()
	var list []map[string]any
	for event := range s.Events() {
		var chunk map[string]any
		if err := json.Unmarshal(event.(*types.ResponseStreamMemberChunk).Value.Bytes, &chunk); err != nil {
			t.Fatal(err)
		}
		list = append(list, chunk)
	}
	return list, errors.Join(s.Err(), s.Close())
}

func TestAnthropicStream(t *testing.T) {
	c, door := client(t, Options{})
	list, err := chunks(t, c, haiku, anthropicBody)
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	var input string
	for _, chunk := range list {
		kind := chunk["type"].(string)
		if len(order) == 0 || order[len(order)-1] != kind {
			order = append(order, kind)
		}
		if delta, ok := chunk["delta"].(map[string]any); ok && delta["type"] == "input_json_delta" {
			input += delta["partial_json"].(string)
		}
	}
	want := "message_start content_block_start content_block_delta content_block_stop content_block_start content_block_delta content_block_stop message_delta message_stop"
	if got := strings.Join(order, " "); got != want {
		t.Errorf("order %s", got)
	}
	if input != `{"q":"example q"}` {
		t.Errorf("input %s", input)
	}
	metrics, _ := list[len(list)-1]["amazon-bedrock-invocationMetrics"].(map[string]any)
	if metrics["inputTokenCount"] != float64(door.tokens().Input) || metrics["outputTokenCount"] != float64(door.tokens().Output) || metrics["firstByteLatency"] == nil || metrics["invocationLatency"] == nil {
		t.Errorf("metrics %v, usage %+v", metrics, door.tokens())
	}
	for _, chunk := range list[:len(list)-1] {
		if chunk["amazon-bedrock-invocationMetrics"] != nil {
			t.Error("metrics before the last chunk")
		}
	}
}

func TestNova(t *testing.T) {
	c, _ := client(t, Options{})
	body := `{"schemaVersion":"messages-v1","messages":[{"role":"user","content":[{"text":"Hello Nova"}]}],"inferenceConfig":{"max_new_tokens":6}}`
	answer, err := invokeBody(t, c, micro, body)
	if err != nil || !strings.Contains(answer, `"stopReason":"max_tokens"`) || !strings.Contains(answer, `"outputTokens":6`) {
		t.Errorf("%v %s", err, answer)
	}
	list, err := chunks(t, c, micro, body)
	if err != nil || list[0]["messageStart"] == nil || list[len(list)-1]["metadata"] == nil || list[len(list)-1]["amazon-bedrock-invocationMetrics"] == nil {
		t.Errorf("%v %v", err, list)
	}
	_, err = invokeBody(t, c, micro, `{"messages":[]}`)
	wantError(t, err, "ValidationException", "must start with a user message")
}

func TestTitanText(t *testing.T) {
	c, _ := client(t, Options{})
	const id = "amazon.titan-text-express-v1"
	answer, err := invokeBody(t, c, id, `{"inputText":"Hello Titan","textGenerationConfig":{"maxTokenCount":4}}`)
	if err != nil || !strings.Contains(answer, `"completionReason":"LENGTH"`) || !strings.Contains(answer, `"tokenCount":4`) {
		t.Errorf("%v %s", err, answer)
	}
	list, err := chunks(t, c, id, `{"inputText":"Hello Titan"}`)
	if err != nil || len(list) < 2 || list[len(list)-1]["completionReason"] != "FINISH" {
		t.Errorf("%v %v", err, list)
	}
	_, err = invokeBody(t, c, id, `{"prompt":"x"}`)
	wantError(t, err, "ValidationException", "extraneous key [prompt] is not permitted")
}
