package model_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"hardpan/internal/model"
	"hardpan/internal/usage"
)

// What the servers of the matrix answer.
var (
	spent  = usage.Tokens{Input: 12, Output: 5, CacheRead: 3}
	normal = seen{text: "Hello there", thought: "Hm. Well.", stop: "end_turn", usage: spent}
	tools  = seen{text: "Let me look.", tool: "get_weather", input: `{"city":"Tokyo"}`, stop: "tool_use", usage: spent}
)

// TestMatrix is every backend by every way in by everything that can happen.
func TestMatrix(t *testing.T) {
	for _, k := range kinds {
		for _, in := range entrances {
			t.Run(k.name+"/"+in.name, func(t *testing.T) {
				t.Run("normal", func(t *testing.T) { whole(t, k, in, "normal", normal) })
				t.Run("tools", func(t *testing.T) { whole(t, k, in, "tools", tools) })
				t.Run("cut", func(t *testing.T) { cutShort(t, k, in, "cut") })
				t.Run("cut cleanly", func(t *testing.T) { cutShort(t, k, in, "cut cleanly") })
				t.Run("cut within a frame", func(t *testing.T) { cutShort(t, k, in, "half") })
				t.Run("error", func(t *testing.T) { refused(t, k, in) })
				t.Run("error within", func(t *testing.T) { failsWithin(t, k, in) })
				t.Run("cancel", func(t *testing.T) { canceled(t, k, in) })
			})
		}
	}
}

// run plays a scenario and returns what the client got and how it ended here.
func run(t *testing.T, k kind, in entrance, scenario string) (seen, answered) {
	t.Helper()
	up := httptest.NewServer(k.play(scenario))
	t.Cleanup(up.Close)
	c, d := serve(t, k.make(t, up.URL))
	s := in.call(t.Context(), c, func() {})
	return s, <-d.answers
}

func whole(t *testing.T, k kind, in entrance, scenario string, want seen) {
	got, end := run(t, k, in, scenario)
	if !in.streams && want.input != "" {
		got.input = strings.ReplaceAll(got.input, " ", "")
	}
	got.events = 0
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if end.tokens != spent || !end.counted || end.err != nil || end.region != k.region || in.streams && end.progress != model.Whole {
		t.Errorf("ended as %+v", end)
	}
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code {
		t.Errorf("got %v, want a %s", err, code)
	}
}

// cutShort: no client may take what it has for the whole.
func cutShort(t *testing.T, k kind, in entrance, scenario string) {
	got, end := run(t, k, in, scenario)
	if !in.streams && k.passes {
		if got.err == nil || got.text != "" || !end.tokens.IsZero() {
			t.Errorf("got %+v, ended as %+v", got, end)
		}
		return
	}
	if !in.streams {
		wantCode(t, got.err, "ModelErrorException")
		return
	}
	wantCode(t, got.err, "ModelStreamErrorException")
	if got.stop != "" || !got.usage.IsZero() || got.text == "" || end.progress != model.Cut {
		t.Errorf("got %+v, ended as %+v", got, end)
	}
}

func refused(t *testing.T, k kind, in entrance) {
	got, _ := run(t, k, in, "429")
	wantCode(t, got.err, "ThrottlingException")
	var resp *smithyhttp.ResponseError
	if !errors.As(got.err, &resp) || resp.HTTPStatusCode() != 429 || resp.Response.Header.Get("Retry-After") != "7" {
		t.Errorf("Retry-After is lost: %v", got.err)
	}
}

func failsWithin(t *testing.T, k kind, in entrance) {
	got, end := run(t, k, in, "overloaded")
	wantCode(t, got.err, "ServiceUnavailableException")
	if got.stop != "" || in.streams && (got.text == "" || end.progress != model.Cut) {
		t.Errorf("got %+v, ended as %+v", got, end)
	}
}

// canceled: when the client leaves, the server is left at once.
func canceled(t *testing.T, k kind, in entrance) {
	left := make(chan struct{})
	asked := make(chan struct{})
	play := k.play("begin")
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		close(asked)
		if in.streams {
			play(w, r)
			_ = http.NewResponseController(w).Flush()
		}
		<-r.Context().Done()
		close(left)
	}))
	t.Cleanup(up.Close)
	c, d := serve(t, k.make(t, up.URL))
	ctx, cancel := context.WithCancel(t.Context())
	if !in.streams {
		go func() { <-asked; cancel() }()
	}
	got := in.call(ctx, c, cancel)
	if got.stop != "" {
		t.Errorf("a canceled answer looks complete: %+v", got)
	}
	select {
	case <-left:
	case <-time.After(5 * time.Second):
		t.Fatal("the server was not left")
	}
	if end := <-d.answers; end.err == nil {
		t.Errorf("the answer ended as if it was whole: %+v", end)
	}
}

// serveJSON and serveEvents answer a request as both kinds of servers do.
func serveJSON(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, body)
}

func serveEvents(w http.ResponseWriter, events ...string) {
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	for _, e := range events {
		_, _ = io.WriteString(w, e)
		_ = http.NewResponseController(w).Flush()
	}
}

// streams reads a request, and tells whether it asks for a stream.
func streams(r *http.Request) bool {
	var in struct{ Stream bool }
	_ = json.NewDecoder(r.Body).Decode(&in)
	return in.Stream
}

func throttle(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "7")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusTooManyRequests)
	_, _ = io.WriteString(w, `{"error":{"type":"rate_limit_error","message":"organization org-secret is over its limit"}}`)
}

// ended ends an answer before it is whole, in one of three ways.
func ended(w http.ResponseWriter, how, half string) {
	if how == "half" {
		_, _ = io.WriteString(w, half)
	}
	if how == "cut" {
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

func playOpenAI(scenario string) http.HandlerFunc {
	chunk := func(delta string) string {
		return fmt.Sprintf("data: {\"id\":\"chatcmpl-1\",\"choices\":[{\"index\":0,\"delta\":%s,\"finish_reason\":null}],\"usage\":null}\n\n", delta)
	}
	last := func(reason string) string {
		return fmt.Sprintf("data: {\"id\":\"chatcmpl-1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":%q}]}\n\n", reason)
	}
	const used = `"usage":{"prompt_tokens":15,"completion_tokens":5,"total_tokens":20,"prompt_tokens_details":{"cached_tokens":3}}`
	done := "data: {\"id\":\"chatcmpl-1\",\"choices\":[]," + used + "}\n\ndata: [DONE]\n\n"
	begin := []string{": keep-alive\n\n", chunk(`{"role":"assistant","content":""}`), chunk(`{"reasoning_content":"Hm. "}`), chunk(`{"reasoning_content":"Well."}`), chunk(`{"content":"Hello"}`)}
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/chat/completions" || r.Header.Get("Authorization") != "Bearer "+key {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		streaming := streams(r)
		switch {
		case scenario == "429":
			throttle(w)
		case scenario == "begin":
			serveEvents(w, begin...)
		case scenario == "normal" && streaming:
			serveEvents(w, append(begin, chunk(`{"content":" there"}`), last("stop"), done)...)
		case scenario == "normal":
			serveJSON(w, `{"id":"chatcmpl-1","choices":[{"message":{"role":"assistant","reasoning_content":"Hm. Well.","content":"Hello there"},"finish_reason":"stop"}],`+used+`}`)
		case scenario == "tools" && streaming:
			serveEvents(w, chunk(`{"content":"Let me look."}`),
				chunk(`{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"get_weather","arguments":""}}]}`),
				chunk(`{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":"}}]}`), chunk(`{"tool_calls":[{"index":0,"function":{"arguments":"\"Tokyo\"}"}}]}`),
				last("tool_calls"), done)
		case scenario == "tools":
			serveJSON(w, `{"id":"chatcmpl-1","choices":[{"message":{"content":"Let me look.","tool_calls":[{"id":"call_1","type":"function","function":{"name":"get_weather","arguments":"{\"city\": \"Tokyo\"}"}}]},"finish_reason":"tool_calls"}],`+used+`}`)
		case scenario == "overloaded" && streaming:
			serveEvents(w, append(begin, `data: {"error":{"type":"overloaded_error","message":"come back later"}}`+"\n\n")...)
		case scenario == "overloaded":
			serveJSON(w, `{"error":{"type":"overloaded_error","message":"come back later"}}`)
		case streaming:
			serveEvents(w, begin...)
			ended(w, scenario, `data: {"id":"chatcmpl-1","choices":[{"delta":{},"finish_reason":"sto`)
		default:
			serveJSON(w, `{"id":"chatcmpl-1","choices":[{"message":{"content":"Hel`)
			ended(w, scenario, "l")
		}
	}
}

func playAnthropic(scenario string) http.HandlerFunc {
	event := func(kind, rest string) string {
		return fmt.Sprintf("event: %s\ndata: {\"type\":%q%s}\n\n", kind, kind, rest)
	}
	block := func(index int, start string, deltas ...string) (out []string) {
		out = append(out, event("content_block_start", fmt.Sprintf(`,"index":%d,"content_block":%s`, index, start)))
		for _, d := range deltas {
			out = append(out, event("content_block_delta", fmt.Sprintf(`,"index":%d,"delta":%s`, index, d)))
		}
		return append(out, event("content_block_stop", fmt.Sprintf(`,"index":%d`, index)))
	}
	begin := []string{event("message_start", `,"message":{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[],"stop_reason":null,"usage":{"input_tokens":12,"output_tokens":1,"cache_read_input_tokens":3,"cache_creation_input_tokens":0}}`), event("ping", "")}
	thought := block(0, `{"type":"thinking","thinking":"","signature":""}`, `{"type":"thinking_delta","thinking":"Hm. "}`, `{"type":"thinking_delta","thinking":"Well."}`, `{"type":"signature_delta","signature":"c2ln"}`)
	hello := append(append(append([]string{}, begin...), thought...), block(1, `{"type":"text","text":""}`, `{"type":"text_delta","text":"Hello"}`, `{"type":"text_delta","text":" there"}`)...)
	done := func(reason string) []string {
		return []string{event("message_delta", fmt.Sprintf(`,"delta":{"stop_reason":%q,"stop_sequence":null},"usage":{"output_tokens":5}`, reason)), event("message_stop", "")}
	}
	const used = `"usage":{"input_tokens":12,"output_tokens":5,"cache_read_input_tokens":3,"cache_creation_input_tokens":0}`
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/messages" || r.Header.Get("X-Api-Key") != key || r.Header.Get("Anthropic-Version") != "2023-06-01" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		streaming := streams(r)
		switch {
		case scenario == "429":
			throttle(w)
		case scenario == "begin":
			serveEvents(w, begin...)
		case scenario == "normal" && streaming:
			serveEvents(w, append(hello, done("end_turn")...)...)
		case scenario == "normal":
			serveJSON(w, `{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"thinking","thinking":"Hm. Well.","signature":"c2ln"},{"type":"text","text":"Hello there"}],"stop_reason":"end_turn",`+used+`}`)
		case scenario == "tools" && streaming:
			serveEvents(w, append(append(append(append([]string{}, begin...), block(0, `{"type":"text","text":""}`, `{"type":"text_delta","text":"Let me look."}`)...),
				block(1, `{"type":"tool_use","id":"toolu_1","name":"get_weather","input":{}}`, `{"type":"input_json_delta","partial_json":""}`, `{"type":"input_json_delta","partial_json":"{\"city\":"}`, `{"type":"input_json_delta","partial_json":"\"Tokyo\"}"}`)...),
				done("tool_use")...)...)
		case scenario == "tools":
			serveJSON(w, `{"id":"msg_1","type":"message","content":[{"type":"text","text":"Let me look."},{"type":"tool_use","id":"toolu_1","name":"get_weather","input":{"city": "Tokyo"}}],"stop_reason":"tool_use",`+used+`}`)
		case scenario == "overloaded" && streaming:
			serveEvents(w, append(hello, event("error", `,"error":{"type":"overloaded_error","message":"Overloaded"}`))...)
		case scenario == "overloaded":
			serveJSON(w, `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`)
		case streaming:
			serveEvents(w, hello...)
			ended(w, scenario, "event: message_stop\ndata: {\"type\":\"message_st")
		default:
			serveJSON(w, `{"id":"msg_1","type":"message","content":[{"type":"text","text":"Hel`)
			ended(w, scenario, "l")
		}
	}
}
