package anthropic_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"hardpan/internal/awserr"
	"hardpan/internal/model"
	"hardpan/internal/model/anthropic"
	"hardpan/internal/token"
	"hardpan/internal/wire/stream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const haiku = "anthropic.claude-3-5-haiku-20241022-v1:0"

func backend(t *testing.T, handler http.HandlerFunc) *anthropic.Backend {
	t.Helper()
	up := httptest.NewServer(handler)
	t.Cleanup(up.Close)
	b, err := anthropic.New(anthropic.Config{Name: "up", BaseURL: up.URL, Key: token.NewSecret("sk-x"), Backoff: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func call(operation, body string) *model.Call {
	return &model.Call{Operation: operation, ModelID: haiku, Model: haiku, Named: haiku, Region: "eu-west-1", Body: []byte(body)}
}

// arrival is what a server got.
type arrival struct {
	path, betas, version, raw string
	body                      map[string]any
}

// arrives returns what a server gets for a call.
func arrives(t *testing.T, c *model.Call) (got arrival, failed *awserr.Error) {
	t.Helper()
	b := backend(t, func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		got = arrival{path: r.URL.Path, betas: r.Header.Get("Anthropic-Beta"), version: r.Header.Get("Anthropic-Version"), raw: string(raw)}
		if err := json.Unmarshal(raw, &got.body); err != nil {
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

// A body of Claude's keeps its members byte by byte, but for three.
func TestClaudeBodiesPass(t *testing.T) {
	const rest = `"max_tokens":9,"messages":[{"role":"user","content":"<hi> é"}],"thinking":{"type":"enabled", "budget_tokens":1.0e3},"unknown":[1, 2]`
	body := `{"model":"claude-expensive","stream":false,"anthropic_version":"bedrock-2023-05-31","anthropic_beta":["a-2025-01-01","b"],` + rest + `}`
	got, _ := arrives(t, call("InvokeModel", body))
	if want := `{"model":"claude-3-5-haiku-20241022",` + rest + `}`; got.raw != want || got.betas != "a-2025-01-01,b" || got.path != "/v1/messages" {
		t.Errorf("got  %+v\nwant %s", got, want)
	}
	got, _ = arrives(t, call("InvokeModelWithResponseStream", body))
	if want := `{"model":"claude-3-5-haiku-20241022","stream":true,` + rest + `}`; got.raw != want {
		t.Errorf("got  %s\nwant %s", got.raw, want)
	}
	if got.version != "2023-06-01" {
		t.Errorf("sent as of version %s", got.version)
	}
	got, _ = arrives(t, call("InvokeModel", strings.Replace(body, "bedrock-2023-05-31", "2026-10-21", 1)))
	if got.version != "2026-10-21" || strings.Contains(got.raw, "anthropic_version") {
		t.Errorf("sent as of version %s: %s", got.version, got.raw)
	}
}

func TestModelIDs(t *testing.T) {
	for id, want := range map[string]string{
		"anthropic.claude-sonnet-4-5-20250929-v1:0": "claude-sonnet-4-5-20250929",
		"anthropic.claude-opus-4-6-v1":              "claude-opus-4-6",
		"anthropic.claude-sonnet-5":                 "claude-sonnet-5",
		"claude-of-the-route-v1:0":                  "claude-of-the-route-v1:0",
	} {
		c := call("Converse", `{"messages":[{"role":"user","content":[{"text":"hi"}]}]}`)
		c.ModelID = id
		if got, _ := arrives(t, c); got.body["model"] != want {
			t.Errorf("%s: asked for %v", id, got.body["model"])
		}
	}
}

func TestConverseAsItArrives(t *testing.T) {
	redacted := base64.StdEncoding.EncodeToString([]byte("EmwKAhgB"))
	got, failed := arrives(t, call("ConverseStream", `{
		"system":[{"text":"Be brief."},{"cachePoint":{"type":"default"}}],
		"messages":[
			{"role":"user","content":[{"text":"What is this?"},{"image":{"format":"png","source":{"bytes":"aW1n"}}},{"document":{"format":"pdf","name":"Bill","source":{"bytes":"cGRm"}}},{"document":{"format":"md","name":"Notes","source":{"bytes":"bm90ZXM="}}},{"cachePoint":{"type":"default","ttl":"1h"}}]},
			{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"","signature":"sig"}}},{"reasoningContent":{"reasoningText":{"text":"not its own"}}},{"reasoningContent":{"redactedContent":"`+redacted+`"}},{"toolUse":{"toolUseId":"t1","name":"look","input":{"b":1,"a":1.50}}}]},
			{"role":"user","content":[{"toolResult":{"toolUseId":"t1","status":"error","content":[{"text":"blind"}]}}]}],
		"inferenceConfig":{"temperature":0.7,"stopSequences":["END"]},
		"toolConfig":{"tools":[{"toolSpec":{"name":"look","inputSchema":{"json":{"type":"object"}}}},{"cachePoint":{"type":"default"}}],"toolChoice":{"tool":{"name":"look"}}},
		"outputConfig":{"effort":"low","textFormat":{"structure":{"jsonSchema":{"schema":"{\"type\":\"object\"}"}}}},
		"additionalModelRequestFields":{"top_k":5,"thinking":{"type":"adaptive"},"anthropic_beta":["b1"],"tools":[{"type":"bash_20250124","name":"bash"}]}}`))
	want := `{"model":"claude-3-5-haiku-20241022","stream":true,"max_tokens":4096,"temperature":0.7,"stop_sequences":["END"],"top_k":5,"thinking":{"type":"adaptive"},
		"output_config":{"effort":"low","format":{"type":"json_schema","schema":{"type":"object"}}},
		"system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}}],
		"messages":[
			{"role":"user","content":[{"type":"text","text":"What is this?"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"aW1n"}},{"type":"document","title":"Bill","source":{"type":"base64","media_type":"application/pdf","data":"cGRm"}},{"type":"document","title":"Notes","source":{"type":"text","media_type":"text/plain","data":"notes"},"cache_control":{"type":"ephemeral","ttl":"1h"}}]},
			{"role":"assistant","content":[{"type":"thinking","thinking":"","signature":"sig"},{"type":"redacted_thinking","data":"EmwKAhgB"},{"type":"tool_use","id":"t1","name":"look","input":{"b":1,"a":1.50}}]},
			{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","is_error":true,"content":[{"type":"text","text":"blind"}]}]}],
		"tools":[{"name":"look","input_schema":{"type":"object"},"cache_control":{"type":"ephemeral"}},{"type":"bash_20250124","name":"bash"}],"tool_choice":{"type":"tool","name":"look"}}`
	var wanted map[string]any
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wanted, got.body); diff != "" || got.betas != "b1" {
		t.Errorf("betas %q, %v\n%s", got.betas, failed, diff)
	}
}

func TestCountTokens(t *testing.T) {
	claude := `{"anthropic_version":"bedrock-2023-05-31","max_tokens":9,"temperature":1,"anthropic_beta":["b1"],"system":"Be brief.","messages":[{"role":"user","content":"hi"}]}`
	for body, want := range map[string]string{
		`{"input":{"invokeModel":{"body":"` + base64.StdEncoding.EncodeToString([]byte(claude)) + `"}}}`:                                                                                                                                       `{"model":"claude-3-5-haiku-20241022","system":"Be brief.","messages":[{"role":"user","content":"hi"}]}`,
		`{"input":{"converse":{"system":[{"text":"Be brief."}],"messages":[{"role":"user","content":[{"text":"hi"}]}],"inferenceConfig":{"maxTokens":5,"temperature":1},"additionalModelRequestFields":{"anthropic_beta":["b1"],"top_k":3}}}}`: `{"model":"claude-3-5-haiku-20241022","system":[{"type":"text","text":"Be brief."}],"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]}`,
	} {
		got, _ := arrives(t, call("CountTokens", body))
		if got.raw != want || got.path != "/v1/messages/count_tokens" || got.betas != "b1" {
			t.Errorf("got %+v\nwant %s", got, want)
		}
		b := backend(t, func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, `{"input_tokens":14}`) })
		a, err := b.Answer(t.Context(), call("CountTokens", body))
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := io.ReadAll(a.Body)
		if tokens, counted := a.Usage(); string(raw) != `{"inputTokens":14}` || !tokens.IsZero() || !counted {
			t.Errorf("%s, %v %v", raw, tokens, counted)
		}
	}
}

func answerJSON(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, body)
}

// What Bedrock does not take, or would change what was authorized, is refused by
// name, before the server is asked.
func TestRefusals(t *testing.T) {
	claude := func(member string) string {
		return `{"anthropic_version":"bedrock-2023-05-31","max_tokens":1,"messages":[{"role":"user","content":"hi"}],` + member + `}`
	}
	extra := func(member string) string {
		return `{"messages":[{"role":"user","content":[{"text":"hi"}]}],"outputConfig":{"effort":"low"},"additionalModelRequestFields":{` + member + `}}`
	}
	for _, tt := range []struct{ operation, body, message string }{
		{"InvokeModel", `{"max_tokens":1}`, "[anthropic_version] not found"},
		{"InvokeModel", `{"anthropic_version":"2023-06-01"}`, "expected bedrock-2023-05-31"},
		{"InvokeModel", `{`, "not valid JSON"},
		{"InvokeModel", claude(`"service_tier":"auto"`), "service_tier: Extra inputs"},
		{"InvokeModelWithResponseStream", claude(`"mcp_servers":[]`), "mcp_servers: Extra inputs"},
		{"InvokeModel", claude(`"Inference_Geo":"us"`), "Inference_Geo: Extra inputs"},
		{"InvokeModel", claude(`"anthropic_beta":["a\r\nX-Api-Key: b"]`), "no name of a beta"},
		{"InvokeModel", claude(`"anthropic_beta":"a"`), "list"},
		{"Converse", extra(`"model":"x"`), `"model"`},
		{"Converse", extra(`"max_tokens":100000`), `"max_tokens"`},
		{"Converse", extra(`"container":{}`), `"container"`},
		{"Converse", extra(`"output_config":{}`), `"output_config"`},
		{"Converse", extra(`"tools":{}`), "list"},
		{"Converse", `{"messages":[{"role":"user","content":[{"reasoningContent":{"redactedContent":"*"}}]}]}`, "base64"},
		{"CountTokens", `{"input":{}}`, "either invokeModel or converse"},
		{"CountTokens", `{"input":{"invokeModel":{"body":"*"}}}`, "#/input"},
		{"CountTokens", `{}`, "#/input"},
		{"StartAsyncInvoke", `{}`, "no operation"},
	} {
		b := backend(t, func(http.ResponseWriter, *http.Request) { t.Errorf("%s: the server was asked", tt.body) })
		_, err := b.Answer(t.Context(), call(tt.operation, tt.body))
		if err == nil || awserr.From(err).Status != 400 || !strings.Contains(awserr.From(err).Message, tt.message) {
			t.Errorf("%s: got %v, want %q", tt.body, err, tt.message)
		}
	}
}

const converse = `{"messages":[{"role":"user","content":[{"text":"hi"}]}],"additionalModelResponseFieldPaths":["/stop_sequence"]}`

func TestBadAnswers(t *testing.T) {
	for said, code := range map[string]string{
		`{}`: "ModelErrorException", `[`: "ModelErrorException", `{"type":"page"}`: "ModelErrorException",
		`{"type":"error","error":{"type":"overloaded_error"}}`: "ServiceUnavailableException",
	} {
		for _, c := range []*model.Call{call("Converse", converse), call("InvokeModel", `{"anthropic_version":"bedrock-2023-05-31"}`)} {
			b := backend(t, func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, said) })
			if _, err := b.Answer(t.Context(), c); err == nil || awserr.From(err).Code != code {
				t.Errorf("%s: %v", said, err)
			}
		}
	}
}

var latency = regexp.MustCompile(`(latencyMs|invocationLatency|firstByteLatency)":[0-9]+`)

// streamed returns the payloads of an answer to a call, a line each.
func streamed(t *testing.T, c *model.Call, events ...string) (string, *model.Answer) {
	t.Helper()
	b := backend(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, e := range events {
			fmt.Fprintf(w, "event: x\ndata: %s\n\n", e)
		}
	})
	a, err := b.Answer(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	raw, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	s := stream.NewScanner(func(f stream.Frame) {
		payload := f.Payload
		if f.Type == "chunk" {
			if payload, err = stream.ChunkBody(f.Payload); err != nil {
				t.Error(err)
			}
		}
		lines = append(lines, f.Type+" "+latency.ReplaceAllString(string(payload), `$1":N`))
	})
	_, _ = s.Write(raw)
	return strings.Join(lines, "\n"), a
}

const (
	begin = `{"type":"message_start","message":{"id":"msg_1","usage":{"input_tokens":9,"output_tokens":1,"cache_read_input_tokens":null}}}`
	end   = `{"type":"message_stop"}`
)

func TestConverseStream(t *testing.T) {
	const incomprehensible = `modelStreamErrorException {"message":"The model backend \"up\" answered in a way that cannot be understood. Its operator finds the cause in the log."}`
	for _, tt := range []struct {
		name   string
		events []string
		want   string
	}{
		{"blocks that only Anthropic has, an input at once, a redacted thought", []string{
			begin, `{"type":"ping"}`,
			`{"type":"content_block_start","index":0,"content_block":{"type":"redacted_thinking","data":"EmwKAhgB"}}`, `{"type":"content_block_stop","index":0}`,
			`{"type":"content_block_start","index":1,"content_block":{"type":"server_tool_use","id":"s","name":"web_search","input":{}}}`, `{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{}"}}`, `{"type":"content_block_stop","index":1}`,
			`{"type":"content_block_start","index":2,"content_block":{"type":"text","text":"He"}}`, `{"type":"content_block_delta","index":2,"delta":{"type":"citations_delta","citation":{}}}`, `{"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"llo"}}`, `{"type":"content_block_stop","index":2}`,
			`{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"t","name":"x","input":{"a":1}}}`, `{"type":"content_block_stop","index":3}`,
			`{"type":"what_is_yet_to_come"}`,
			`{"type":"message_delta","delta":{"stop_reason":"stop_sequence","stop_sequence":"END"},"usage":{"output_tokens":7,"cache_read_input_tokens":2}}`, end,
		}, `messageStart {"role":"assistant"}
contentBlockDelta {"delta":{"reasoningContent":{"redactedContent":"RW13S0FoZ0I="}},"contentBlockIndex":0}
contentBlockStop {"contentBlockIndex":0}
contentBlockDelta {"delta":{"text":"He"},"contentBlockIndex":1}
contentBlockDelta {"delta":{"text":"llo"},"contentBlockIndex":1}
contentBlockStop {"contentBlockIndex":1}
contentBlockStart {"start":{"toolUse":{"toolUseId":"t","name":"x"}},"contentBlockIndex":2}
contentBlockDelta {"delta":{"toolUse":{"input":"{\"a\":1}"}},"contentBlockIndex":2}
contentBlockStop {"contentBlockIndex":2}
messageStop {"stopReason":"stop_sequence","additionalModelResponseFields":{"stop_sequence":"END"}}
metadata {"usage":{"inputTokens":9,"outputTokens":7,"totalTokens":18,"cacheReadInputTokens":2},"metrics":{"latencyMs":N}}`},
		{"a refusal", []string{begin, `{"type":"message_delta","delta":{"stop_reason":"refusal"},"usage":{"output_tokens":-4}}`, end}, `messageStart {"role":"assistant"}
messageStop {"stopReason":"content_filtered"}
metadata {"usage":{"inputTokens":9,"outputTokens":1,"totalTokens":10},"metrics":{"latencyMs":N}}`},
		{"no reason to stop", []string{begin, end}, `messageStart {"role":"assistant"}` + "\n" + incomprehensible},
		{"a block left open", []string{begin, `{"type":"content_block_start","index":0,"content_block":{"type":"text"}}`, `{"type":"message_delta","delta":{"stop_reason":"end_turn"}}`, end}, `messageStart {"role":"assistant"}` + "\n" + incomprehensible},
		{"a piece for no block", []string{begin, `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}`}, `messageStart {"role":"assistant"}` + "\n" + incomprehensible},
		{"two blocks at once", []string{`{"type":"content_block_start","index":0,"content_block":{"type":"text"}}`, `{"type":"content_block_start","index":1,"content_block":{"type":"text"}}`}, incomprehensible},
		{"no JSON", []string{"{"}, incomprehensible},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, a := streamed(t, call("ConverseStream", converse), tt.events...)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if cut := strings.Contains(tt.want, "Exception"); cut != (a.Progress() == model.Cut) {
				t.Errorf("progress %v", a.Progress())
			}
		})
	}
}

// Events of a stream that passes stay as they are; the last takes the metrics.
func TestPassedStream(t *testing.T) {
	odd := `{"type":"content_block_delta", "index":0,"delta":{"type":"citations_delta","citation":{"x":1.50}}}`
	delta := `{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":7}}`
	got, a := streamed(t, call("InvokeModelWithResponseStream", `{"anthropic_version":"bedrock-2023-05-31"}`), begin, `{"type":"ping"}`, odd, delta, end)
	want := "chunk " + begin + "\nchunk " + odd + "\nchunk " + delta + "\n" + `chunk {"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":9,"outputTokenCount":7,"invocationLatency":N,"firstByteLatency":N}}`
	if diff := cmp.Diff(want, got); diff != "" || a.Progress() != model.Whole || a.Header.Get("X-Amzn-Bedrock-Content-Type") != "application/json" {
		t.Errorf("%v %s", a.Header, diff)
	}
}

// Anthropic's models stand in for others, too: their bodies become conversations.
func TestOtherFamilies(t *testing.T) {
	c := call("InvokeModel", `{"prompt":"hi","max_gen_len":7}`)
	c.ModelID, c.Model = "claude-haiku", "meta.llama3-8b-instruct-v1:0"
	got, _ := arrives(t, c)
	if want := `{"model":"claude-haiku","max_tokens":7,"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]}`; got.raw != want {
		t.Errorf("got %s", got.raw)
	}
}
