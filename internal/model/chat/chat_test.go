package chat

import (
	"encoding/json"
	"testing"
	"time"

	"hardpan/internal/awserr"
	"hardpan/internal/model"
	"hardpan/internal/usage"
)

var families = []string{
	"anthropic.claude-3-5-haiku-20241022-v1:0", "amazon.nova-micro-v1:0", "amazon.titan-text-express-v1",
	"meta.llama3-8b-instruct-v1:0", "mistral.mistral-large-2407-v1:0",
}

// FuzzOpen: any body is read or refused, and what is read can be answered.
func FuzzOpen(f *testing.F) {
	for _, body := range []string{
		`{"messages":[{"role":"user","content":[{"text":"hi"},{"image":{"format":"png","source":{"bytes":"aW1n"}}}]}],"toolConfig":{"tools":[{"toolSpec":{"name":"x","inputSchema":{"json":{}}}},{"cachePoint":{}}]}}`,
		`{"max_tokens":1,"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"b","input":{}}]}]}`,
		`{"inputText":"hi","textGenerationConfig":{"maxTokenCount":7}}`,
		`{"prompt":"<|start_header_id|>user<|end_header_id|>hi<|eot_id|>"}`, `{"prompt":"<s>[INST] a [/INST] b</s>[INST] c [/INST]"}`,
		`{"messages":[{"role":"tool","content":"x"}]}`, `{"messages":[{"role":"user","content":null}]}`, `[]`, ``,
	} {
		for i := range families {
			f.Add(uint8(i), body)
		}
	}
	f.Fuzz(func(t *testing.T, family uint8, body string) {
		for _, operation := range []string{"Converse", "InvokeModel"} {
			call := &model.Call{Operation: operation, Model: families[int(family)%len(families)], Body: []byte(body)}
			e, r, err := Open(call, time.Now())
			if err != nil {
				if awserr.From(err).Status != 400 {
					t.Errorf("%q: %v", body, err)
				}
				continue
			}
			if len(r.Messages) == 0 || r.MaxTokens < 0 {
				t.Errorf("%q: %+v", body, r)
			}
			answers(t, e, call, r)
		}
	})
}

// answers writes what a request held back as an answer, whole and streamed.
func answers(t *testing.T, e *Entrance, call *model.Call, r *Request) {
	reply := &Reply{ID: "m", Stop: EndTurn, Usage: usage.Tokens{Input: 1}}
	for _, m := range r.Messages {
		reply.Blocks = append(reply.Blocks, m.Blocks...)
	}
	for i, b := range reply.Blocks {
		if b.Kind == ToolUse && !json.Valid(b.Input) {
			t.Errorf("the input of a tool use is no JSON: %q", b.Input)
		}
		for _, ev := range []*Event{{Kind: Start}, {Kind: BlockStart, Index: i, Block: Block{Kind: b.Kind, ID: b.ID, Name: b.Name}}, {Kind: Delta, Index: i, Block: b}, {Kind: BlockStop, Index: i}, {Kind: Finish, Stop: EndTurn}} {
			if _, err := e.Append(nil, ev); err != nil {
				t.Errorf("event %d of %+v: %v", ev.Kind, b, err)
			}
		}
	}
	if _, err := e.Whole(call, reply, true); err != nil {
		t.Errorf("%+v: %v", reply, err)
	}
}

// A prompt that only looks like a format stays one message, whole.
func TestPromptsThatAreNoFormat(t *testing.T) {
	for _, prompt := range []string{
		"hi", "<|start_header_id|>user", "<|start_header_id|>wizard<|end_header_id|>x<|eot_id|>", "<|start_header_id|>assistant<|end_header_id|>x<|eot_id|>",
		"<|start_header_id|>user<|end_header_id|>a<|eot_id|>b<|eot_id|>", "<|start_header_id|>system<|end_header_id|>x<|eot_id|>",
	} {
		if system, m := llamaPrompt(prompt); len(system) != 0 || len(m) != 1 || m[0].Blocks[0].Text != prompt {
			t.Errorf("%q: %+v %+v", prompt, system, m)
		}
	}
	for _, prompt := range []string{"hi", "[INST] hi", "a [INST] hi [/INST]", "<s>"} {
		if m := mistralPrompt(prompt); len(m) != 1 || m[0].Blocks[0].Text != prompt {
			t.Errorf("%q: %+v", prompt, m)
		}
	}
}
