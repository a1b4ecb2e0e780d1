package builtin

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"hardpan/internal/awserr"
	"hardpan/internal/model"
)

// Whatever a client sends is answered or refused by name: no panic, no 500, no
// empty answer.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		`{"messages":[{"role":"user","content":[{"text":"hi"}]}],"inferenceConfig":{"maxTokens":3,"stopSequences":["x",""]}}`,
		`{"messages":[null]}`, `{"messages":[{"role":"user","content":[null]}]}`, `{"messages":[{"role":"user","content":[{"image":{"format":"png","source":{"bytes":"aGk="}}}]}]}`,
		`{"messages":[{"role":"user","content":[{"text":"t {}"}]}],"toolConfig":{"tools":[{"toolSpec":{"name":"t","inputSchema":{"json":{"properties":{"a":{"$ref":"#"}}}}}}],"toolChoice":{"any":{}}}}`,
		`{"messages":[{"role":"user","content":[{"toolResult":{"toolUseId":"x","content":[{"json":null}]}}]}],"toolConfig":{}}`,
		`{"input":{"converse":{"messages":[{"role":"user","content":[{"text":"hi"}]}]}}}`, `{"input":{"invokeModel":{"body":"e30="}}}`, `{"input":{}}`,
		anthropicBody, `{"anthropic_version":"bedrock-2023-05-31","max_tokens":1,"messages":[{"role":"user","content":null}]}`,
		`{"inputText":"x","dimensions":256}`, `{"inputText":"x","textGenerationConfig":null}`, `null`, `[]`, `"`, ``, "\xff", `{"inferenceConfig":null,"messages":[]}`,
	} {
		for op := range 5 {
			f.Add(op, op, []byte(body))
		}
	}
	ops := []string{"Converse", "ConverseStream", "InvokeModel", "InvokeModelWithResponseStream", "CountTokens"}
	models := []string{haiku, titan, micro, "amazon.titan-text-express-v1", "meta.llama3-8b-instruct-v1:0", "my.own-model"}
	b := New(Options{})
	f.Fuzz(func(t *testing.T, op, id int, body []byte) {
		name := models[(id&0xffff)%len(models)]
		answer, err := b.Answer(context.Background(), &model.Call{
			Operation: ops[(op&0xffff)%len(ops)], ModelID: name, Named: name, Region: "eu-west-1", Body: bytes.Clone(body),
		})
		if err != nil {
			var e *awserr.Error
			if !errors.As(err, &e) || e.Status != 400 || e.Message == "" {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		if whole, err := io.ReadAll(answer.Body); err != nil || len(whole) == 0 {
			t.Fatalf("%d bytes, %v", len(whole), err)
		}
		if tokens, ok := answer.Usage(); !ok || tokens.Input < 0 || tokens.Output < 0 {
			t.Fatalf("usage %+v", tokens)
		}
	})
}
