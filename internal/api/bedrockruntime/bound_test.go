package bedrockruntime

import (
	"testing"

	"hardpan/internal/catalog"
	"hardpan/internal/ledger"
	"hardpan/internal/wire/rest"
)

func fieldsOf(t *testing.T, body string) rest.Fields {
	t.Helper()
	fields, err := rest.Top([]byte(body))
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return fields
}

func TestOutputLimit(t *testing.T) {
	const claude, nova, titan, llama = "anthropic.claude-3-5-haiku-20241022-v1:0", "amazon.nova-lite-v1:0", "amazon.titan-embed-text-v2:0", "meta.llama3-8b-instruct-v1:0"
	for _, tt := range []struct {
		operation, model, body string
		want                   int64
		fixed                  bool // it cannot be lowered
	}{
		{"Converse", claude, `{"inferenceConfig":{"maxTokens":50}}`, 50, false},
		{"ConverseStream", claude, `{"inferenceConfig":{"maxTokens":50},"additionalModelRequestFields":{"max_tokens":70}}`, 70, true},
		{"Converse", claude, `{"max_tokens":5}`, 8192, false}, // means nothing there
		{"Converse", claude, `{"inferenceConfig":null}`, 8192, false},
		{"Converse", claude, `{"inferenceConfig":{"maxTokens":5,"maxtokens":6000}}`, 6000, false}, // some read names in any case
		{"Converse", claude, `{"inferenceConfig":{"maxTokens":5,"maxTokens":6000}}`, ledger.MaxBound, false},
		{"InvokeModel", claude, `{"max_tokens":50}`, 50, false},
		{"InvokeModel", claude, `{"max_tokens":5e1}`, 50, false},
		{"InvokeModel", claude, `{"max_tokens":50.5}`, 51, false},
		{"InvokeModel", claude, `{"max_tokens":-1}`, 8192, false},
		{"InvokeModel", claude, `{"max_tokens":9e99}`, ledger.MaxBound, false},
		{"InvokeModel", claude, `{"max_gen_len":5}`, 8192, false}, // another family's
		{"InvokeModel", nova, `{"inferenceConfig":{"max_new_tokens":50}}`, 50, false},
		{"InvokeModelWithResponseStream", llama, `{"prompt":"x","max_gen_len":50}`, 50, false},
		{"InvokeModel", llama, `{"prompt":"x"}`, 128_000, false},
		{"InvokeModel", titan, `{"inputText":"x","max_tokens":50}`, 0, true}, // answers no tokens
		{"CountTokens", claude, `{"input":{}}`, 0, true},
	} {
		m, ok := catalog.Find(tt.model)
		if !ok {
			t.Fatalf("no model %s", tt.model)
		}
		if got := outputLimit(tt.operation, m, fieldsOf(t, tt.body)); got.tokens != tt.want || got.canSet() == tt.fixed {
			t.Errorf("%s %s %s: %+v, want %d", tt.operation, tt.model, tt.body, got, tt.want)
		}
	}
}

func TestInputBound(t *testing.T) {
	for body, more := range map[string]int64{
		`{"messages":[]}`: 0,
		`{"tools":[{}]}`:  toolTokens,
		`{"content":[{"image":{}},{"image":{}},{"document":{}}]}`:      2*imageTokens + documentTokens,
		`{"document":{"source":{"s3Location":{}}}}`:                    documentTokens + remoteTokens,
		`{"content":["image",{"text":"an image \"image\" document"}]}`: imageTokens,
	} {
		for _, operation := range []string{"InvokeModel", "Converse", "CountTokens"} {
			got, err := readBody(operation, []byte(body))
			if err != nil || got.inputBound != int64(len(body))+more {
				t.Errorf("%s %s: %+v, %v", operation, body, got, err)
			}
		}
	}
}

func TestSetNumber(t *testing.T) {
	for _, tt := range []struct {
		body, want string
		path       []string
	}{
		{`{"max_tokens":128000,"messages":[{"a":"\u00e9"}]}`, `{"messages":[{"a":"\u00e9"}],"max_tokens":7}`, []string{"max_tokens"}},
		{`{}`, `{"max_tokens":7}`, []string{"max_tokens"}},
		{`{"MAX_TOKENS":9,"x":1}`, `{"x":1,"max_tokens":7}`, []string{"max_tokens"}},
		{`{"inferenceConfig":{"maxTokens":9,"temperature":0.5},"system":[]}`, `{"system":[],"inferenceConfig":{"temperature":0.5,"maxTokens":7}}`, []string{"inferenceConfig", "maxTokens"}},
		{`{"inferenceConfig":null}`, `{"inferenceConfig":{"maxTokens":7}}`, []string{"inferenceConfig", "maxTokens"}},
	} {
		got, err := setNumber(fieldsOf(t, tt.body), tt.path, 7)
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: %s, %v\nwant %s", tt.body, got, err, tt.want)
		}
	}
}
