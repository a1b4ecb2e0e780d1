package openai_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"hardpan/internal/awserr"
	"hardpan/internal/model"
	"hardpan/internal/model/openai"
	"hardpan/internal/token"
	"hardpan/internal/wire/stream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// backend asks a server that handler plays.
func backend(t *testing.T, handler http.HandlerFunc) *openai.Backend {
	t.Helper()
	up := httptest.NewServer(handler)
	t.Cleanup(up.Close)
	b, err := openai.New(openai.Config{Name: "up", BaseURL: up.URL + "/v1", Key: token.NewSecret("sk-x"), Regions: []string{"eu-west-1"}, Backoff: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

// call is a call for a model that the route calls "tiny".
func call(operation, family, body string) *model.Call {
	return &model.Call{Operation: operation, ModelID: "tiny", Model: family, Named: family, Region: "eu-west-1", Body: []byte(body)}
}

// arrives returns what a server gets for a call, without stream's own members.
func arrives(t *testing.T, c *model.Call) (got map[string]any, failed *awserr.Error) {
	t.Helper()
	b := backend(t, func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusTeapot)
	})
	_, err := b.Answer(t.Context(), c)
	if err == nil {
		t.Fatal("a teapot answered")
	}
	return got, awserr.From(err)
}

func parse(t *testing.T, text string) (v map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

const (
	haiku = "anthropic.claude-3-5-haiku-20241022-v1:0"
	micro = "amazon.nova-micro-v1:0"
)

func TestConverseAsItArrives(t *testing.T) {
	for _, tt := range []struct{ name, body, want string }{
		{
			"everything", `{
			"system":[{"text":"Be brief."},{"cachePoint":{"type":"default"}},{"text":"Be kind."}],
			"messages":[
				{"role":"user","content":[{"text":"What is this?"},{"image":{"format":"png","source":{"bytes":"aW1n"}}},{"document":{"format":"pdf","name":"Bill","source":{"bytes":"cGRm"}}},{"document":{"format":"txt","name":"Notes","source":{"bytes":"bm90ZXM="}}},{"cachePoint":{"type":"default"}}]},
				{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"Hm.","signature":"s"}}},{"text":"I look."},{"toolUse":{"toolUseId":"t1","name":"look","input":{"b":1,"a":1.50}}},{"toolUse":{"toolUseId":"t2","name":"look"}}]},
				{"role":"user","content":[{"text":"And?"},{"toolResult":{"toolUseId":"t1","content":[{"json":{"z":1,"y":2}},{"image":{"format":"jpeg","source":{"bytes":"anBn"}}}]}},{"toolResult":{"toolUseId":"t2","status":"error","content":[{"text":"blind"}]}}]}],
			"inferenceConfig":{"maxTokens":64,"temperature":0.7,"topP":0.9,"stopSequences":["END"]},
			"toolConfig":{"tools":[{"toolSpec":{"name":"look","description":"looks","inputSchema":{"json":{"type":"object"}},"strict":true}},{"cachePoint":{"type":"default"}}],"toolChoice":{"any":{}}},
			"outputConfig":{"effort":"low","textFormat":{"type":"json_schema","structure":{"jsonSchema":{"name":"n","schema":"{\"type\":\"object\"}"}}}},
			"additionalModelRequestFields":{"top_k":5,"thinking":{"type":"enabled"},"chat_template_kwargs":{"x":1}},
			"requestMetadata":{"team":"a"},"unknown":1}`, `{
			"model":"tiny","max_tokens":64,"temperature":0.7,"top_p":0.9,"stop":["END"],"reasoning_effort":"low","top_k":5,"chat_template_kwargs":{"x":1},
			"messages":[
				{"role":"system","content":"Be brief.\n\nBe kind."},
				{"role":"user","content":[{"type":"text","text":"What is this?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,aW1n"}},{"type":"file","file":{"filename":"Bill.pdf","file_data":"data:application/pdf;base64,cGRm"}},{"type":"text","text":"Document: Notes\n\nnotes"}]},
				{"role":"assistant","content":"I look.","reasoning_content":"Hm.","tool_calls":[{"id":"t1","type":"function","function":{"name":"look","arguments":"{\"b\":1,\"a\":1.50}"}},{"id":"t2","type":"function","function":{"name":"look","arguments":"{}"}}]},
				{"role":"tool","tool_call_id":"t1","content":"{\"z\":1,\"y\":2}"},
				{"role":"tool","tool_call_id":"t2","content":"Error: blind"},
				{"role":"user","content":[{"type":"text","text":"And?"},{"type":"image_url","image_url":{"url":"data:image/jpeg;base64,anBn"}}]}],
			"tools":[{"type":"function","function":{"name":"look","description":"looks","parameters":{"type":"object"},"strict":true}}],"tool_choice":"required",
			"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"},"strict":true}}}`,
		},
		{
			"a single text, a tool by name", `{"messages":[{"role":"user","content":[{"text":"hi"}]},{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"Hm."}}}]},{"role":"user","content":[{"text":"so?"}]}],"toolConfig":{"tools":[{"toolSpec":{"name":"t","inputSchema":{"json":{}}}}],"toolChoice":{"tool":{"name":"t"}}}}`,
			`{"model":"tiny","messages":[{"role":"user","content":"hi"},{"role":"assistant","content":""},{"role":"user","content":"so?"}],"tools":[{"type":"function","function":{"name":"t","parameters":{}}}],"tool_choice":{"type":"function","function":{"name":"t"}}}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, _ := arrives(t, call("Converse", haiku, tt.body))
			if diff := cmp.Diff(parse(t, tt.want), got); diff != "" {
				t.Error(diff)
			}
			got, _ = arrives(t, call("ConverseStream", haiku, tt.body))
			if got["stream"] != true || got["stream_options"].(map[string]any)["include_usage"] != true {
				t.Errorf("streamed: %v", got)
			}
		})
	}
}

// The bodies of the model families become the same conversation.
func TestInvokeAsItArrives(t *testing.T) {
	for _, tt := range []struct{ name, family, body, want string }{
		{
			"claude", haiku, `{"anthropic_version":"bedrock-2023-05-31","max_tokens":9,"system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}}],"temperature":0.5,"top_k":3,"stop_sequences":["X"],
			"thinking":{"type":"adaptive"},"metadata":{"user_id":"u"},"anthropic_beta":["b"],"context_management":{},"output_config":{"effort":"high"},
			"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"thinking","thinking":"Hm.","signature":"s"},{"type":"redacted_thinking","data":"x"},{"type":"tool_use","id":"t1","name":"look","input":{"a":1}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"seen"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"aW1n"}},{"type":"document","source":{"type":"text","media_type":"text/plain","data":"words"}}]}],
			"tools":[{"type":"custom","name":"look","description":"looks","input_schema":{"type":"object"}}],"tool_choice":{"type":"auto","disable_parallel_tool_use":true}}`,
			`{"model":"tiny","max_tokens":9,"temperature":0.5,"top_k":3,"stop":["X"],"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"hi"},
			{"role":"assistant","content":null,"reasoning_content":"Hm.","tool_calls":[{"id":"t1","type":"function","function":{"name":"look","arguments":"{\"a\":1}"}}]},{"role":"tool","tool_call_id":"t1","content":"seen"},
			{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,aW1n"}},{"type":"text","text":"words"}]}],
			"tools":[{"type":"function","function":{"name":"look","description":"looks","parameters":{"type":"object"}}}],"tool_choice":"auto"}`,
		},
		{
			"nova", micro, `{"schemaVersion":"messages-v1","system":[{"text":"Be brief."}],"messages":[{"role":"user","content":[{"text":"hi"}]}],"inferenceConfig":{"max_new_tokens":7,"top_p":0.5,"topK":4,"temperature":0}}`,
			`{"model":"tiny","max_tokens":7,"top_p":0.5,"top_k":4,"temperature":0,"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"hi"}]}`,
		},
		{
			"titan", "amazon.titan-text-express-v1", `{"inputText":"hi","textGenerationConfig":{"maxTokenCount":7,"stopSequences":["User:"],"topP":1}}`,
			`{"model":"tiny","max_tokens":7,"top_p":1,"stop":["User:"],"messages":[{"role":"user","content":"hi"}]}`,
		},
		{
			"llama, a prompt", "meta.llama3-8b-instruct-v1:0", `{"prompt":"Once upon a time","max_gen_len":7,"temperature":0.1}`,
			`{"model":"tiny","max_tokens":7,"temperature":0.1,"messages":[{"role":"user","content":"Once upon a time"}]}`,
		},
		{
			"llama, its format", "meta.llama3-8b-instruct-v1:0", `{"prompt":"<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nhi<|eot_id|>\n<|start_header_id|>assistant<|end_header_id|>\n\nyes?<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nno<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"}`,
			`{"model":"tiny","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"hi"},{"role":"assistant","content":"yes?"},{"role":"user","content":"no"}]}`,
		},
		{
			"mistral, its format", "mistral.mistral-7b-instruct-v0:2", `{"prompt":"<s>[INST] hi [/INST] yes?</s>[INST] no [/INST]","max_tokens":7,"top_k":2,"stop":["x"]}`,
			`{"model":"tiny","max_tokens":7,"top_k":2,"stop":["x"],"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"yes?"},{"role":"user","content":"no"}]}`,
		},
		{
			"mistral, messages", "mistral.mistral-large-2407-v1:0", `{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"hi"},{"type":"image_url","image_url":{"url":"data:image/png;base64,aW1n"}}]},{"role":"assistant","content":"","tool_calls":[{"id":"t1","function":{"name":"look","arguments":"{}"}}]},{"role":"tool","tool_call_id":"t1","content":"seen"}],"tools":[{"type":"function","function":{"name":"look","parameters":{"type":"object"}}}],"tool_choice":"any","max_tokens":7}`,
			`{"model":"tiny","max_tokens":7,"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"hi"},{"type":"image_url","image_url":{"url":"data:image/png;base64,aW1n"}}]},{"role":"assistant","content":null,"tool_calls":[{"id":"t1","type":"function","function":{"name":"look","arguments":"{}"}}]},{"role":"tool","tool_call_id":"t1","content":"seen"}],"tools":[{"type":"function","function":{"name":"look","parameters":{"type":"object"}}}],"tool_choice":"required"}`,
		},
		{
			"its own", "openai.gpt-oss-20b-1:0", `{"model":"other","messages":[{"role":"user","content":"hi"}],"max_completion_tokens":7,"stream":true,"logprobs":true}`,
			`{"model":"tiny","messages":[{"role":"user","content":"hi"}],"max_tokens":7,"logprobs":true}`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, failed := arrives(t, call("InvokeModel", tt.family, tt.body))
			if diff := cmp.Diff(parse(t, tt.want), got); diff != "" {
				t.Errorf("%v\n%s", failed, diff)
			}
		})
	}
}

// What cannot be done is refused by name, before the server is asked.
func TestRefusals(t *testing.T) {
	user := func(block string) string { return `{"messages":[{"role":"user","content":[` + block + `]}]}` }
	converse := func(member string) string {
		return `{"messages":[{"role":"user","content":[{"text":"hi"}]}],` + member + `}`
	}
	for _, tt := range []struct{ operation, family, body, message string }{
		{"Converse", haiku, user(`{"video":{"format":"mp4"}}`), "video"},
		{"Converse", haiku, user(`{"guardContent":{}}`), "guardContent"},
		{"Converse", haiku, user(`{"image":{"format":"png","source":{"s3Location":{"uri":"s3://x"}}}}`), "s3Location"},
		{"Converse", haiku, user(`{"image":{"format":"bmp","source":{"bytes":"eA=="}}}`), "bmp"},
		{"Converse", haiku, user(`{"document":{"format":"docx","name":"d","source":{"bytes":"eA=="}}}`), "docx"},
		{"Converse", haiku, user(`{"document":{"format":"txt","name":"d","source":{"bytes":"*"}}}`), "base64"},
		{"Converse", haiku, user(`{"wormhole":{}}`), "does not know"},
		{"Converse", haiku, `{"messages":[]}`, "must start with a user message"},
		{"Converse", haiku, `{"messages":[{"role":"user","content":[]}]}`, "is empty"},
		{"Converse", haiku, `{"messages":[{"role":"user","content":"hi"}]}`, "does not fit"},
		{"Converse", haiku, `{"messages":`, "not valid JSON"},
		{"Converse", haiku, converse(`"additionalModelRequestFields":{"model":"gpt-9"}`), `"model"`},
		{"Converse", haiku, converse(`"additionalModelRequestFields":{"MAX_TOKENS":1000000}`), `"MAX_TOKENS"`},
		{"Converse", haiku, converse(`"additionalModelRequestFields":{"n":10}`), `"n"`},
		{"Converse", haiku, converse(`"additionalModelRequestFields":[1]`), "object"},
		{"Converse", haiku, converse(`"toolConfig":{"tools":[{"systemTool":{"name":"x"}}]}`), "systemTool"},
		{"Converse", haiku, converse(`"toolConfig":{"tools":[{"toolSpec":{"name":"x","inputSchema":{"json":[]}}}]}`), "has to be an object"},
		{"Converse", haiku, converse(`"inferenceConfig":{"maxTokens":0}`), "maxTokens"},
		{"Converse", haiku, converse(`"inferenceConfig":{"maxTokens":"7"}`), "inferenceConfig/maxTokens"},
		{"Converse", haiku, converse(`"outputConfig":{"textFormat":{"structure":{"jsonSchema":{"schema":"{"}}}}`), "jsonSchema"},
		{"Converse", "amazon.titan-embed-text-v2:0", user(`{"text":"hi"}`), "supported text or chat model"},
		{"InvokeModel", haiku, `{"messages":[{"role":"user","content":"hi"}]}`, "max_tokens"},
		{"InvokeModel", haiku, `{"max_tokens":1,"messages":[{"role":"user","content":"hi"}],"tools":[{"type":"bash_20250124","name":"bash"}]}`, "bash_20250124"},
		{"InvokeModel", haiku, `{"max_tokens":1,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"http://10.0.0.1"}}]}]}`, "url"},
		{"InvokeModel", haiku, `{"max_tokens":1,"messages":[{"role":"system","content":"hi"}]}`, "user message"},
		{"InvokeModel", "meta.llama3-8b-instruct-v1:0", `{"prompt":""}`, "prompt"},
		{"InvokeModel", "ai21.jamba-1-5-mini-v1:0", `{}`, "does not translate the InvokeModel body of ai21.jamba"},
		{"InvokeModel", "openai.gpt-oss-20b-1:0", `{"messages":[],"n":3}`, "[n]"},
		{"InvokeModel", "openai.gpt-oss-20b-1:0", `{"messages":[],"max_tokens":1,"max_completion_tokens":100}`, "max_completion_tokens"},
		{"InvokeModel", "openai.gpt-oss-20b-1:0", `{"messages":[],"max_tokens":1,"Max_Tokens":100}`, "Max_Tokens"},
		{"InvokeModel", "openai.gpt-oss-20b-1:0", `{"prompt":"x"}`, "messages"},
		{"InvokeModelWithResponseStream", "amazon.titan-embed-text-v2:0", `{"inputText":"x"}`, "unsupported for streaming"},
		{"CountTokens", haiku, `{}`, "cannot count tokens"},
		{"StartAsyncInvoke", haiku, `{}`, "no operation"},
	} {
		b := backend(t, func(http.ResponseWriter, *http.Request) { t.Error("the server was asked") })
		_, err := b.Answer(t.Context(), call(tt.operation, tt.family, tt.body))
		if err == nil || awserr.From(err).Status != 400 || !strings.Contains(awserr.From(err).Message, tt.message) {
			t.Errorf("%s %s: got %v, want %q", tt.operation, tt.body, err, tt.message)
		}
	}
}

// answered returns the body of the answer to a call when the server says said.
// A stream is its chunks' or events' payloads, a line each.
func answered(t *testing.T, c *model.Call, said string) (string, *model.Answer) {
	t.Helper()
	b := backend(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasPrefix(said, "data:") {
			w.Header().Set("Content-Type", "text/event-stream")
		}
		_, _ = io.WriteString(w, said)
	})
	a, err := b.Answer(t.Context(), c)
	if err != nil {
		t.Fatalf("%s: %v", said, err)
	}
	defer a.Body.Close()
	raw, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	if a.Progress == nil {
		return string(raw), a
	}
	var lines []string
	s := stream.NewScanner(func(f stream.Frame) {
		payload := f.Payload
		if f.Type == "chunk" {
			payload, err = stream.ChunkBody(f.Payload)
			if err != nil {
				t.Error(err)
			}
		}
		lines = append(lines, f.Type+" "+string(payload))
	})
	_, _ = s.Write(raw)
	if s.Err() != nil || !s.Whole() {
		t.Errorf("no event stream: %v", s.Err())
	}
	return strings.Join(lines, "\n"), a
}
