package rest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"

	"hardpan/internal/awserr"
	"hardpan/internal/wire/rest"
)

func TestTopListsMembersWithTheirRawValues(t *testing.T) {
	body := []byte(" {\"a\" : 1 ,\"b\":{\"a\":[\"}\\\"]\\\\\",{}]}, \"\\u0063\":null,\"\":\"x\\\\\"}\n")
	fields, err := rest.Top(body)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range fields {
		got = append(got, f.Name+"="+string(f.Raw))
	}
	want := `a=1 b={"a":["}\"]\\",{}]} c=null ="x\\"`
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
	if raw, ok := fields.Get("c"); !ok || string(raw) != "null" {
		t.Errorf("c is %s, %v", raw, ok)
	}
	if _, ok := fields.Get("d"); ok {
		t.Error("a member that is not there was found")
	}
}

func TestTopTellsTexts(t *testing.T) {
	var got []string
	body := []byte(`{"a":"x","b":{"c":["y",{"d\"":""}],"e":1}}`)
	if _, err := rest.TopAndTexts(body, func(text []byte) { got = append(got, string(text)) }); err != nil {
		t.Fatal(err)
	}
	if want := `a x b c y d\"  e`; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTopRefuses(t *testing.T) {
	many := make([]string, rest.MaxMembers+1)
	for i := range many {
		many[i] = fmt.Sprintf(`"m%d":0`, i)
	}
	last := many[len(many)-2]
	for name, body := range map[string]string{
		"nothing":        "",
		"null":           "null",
		"list":           "[]",
		"open":           `{"a":1`,
		"open string":    `{"a":"\"}`,
		"trailing":       `{} {}`,
		"twice":          `{"a":1,"b":2,"a":3}`,
		"twice, escaped": `{"a":1,"\u0061":3}`,
		"twice in many":  "{" + strings.Join(many[:100], ",") + "," + many[50] + "}",
		"twice, late":    "{" + strings.Join(many[:len(many)-1], ",") + "," + last + "}",
		"too many":       "{" + strings.Join(many, ",") + "}",
		"brackets":       `{"a":[}]}`,
		"name not UTF-8": "{\"\xff\":1}",
		"bare word":      `{"a":nul}`,
		"number":         `{"a":-}`,
		"deep":           `{"a":` + strings.Repeat("[", 100_000),
	} {
		if _, err := rest.Top([]byte(body)); err == nil {
			t.Errorf("%s was taken", name)
		} else {
			wantSerialization(t, err)
		}
	}
}

// The work of refusing must not grow faster than the body.
func TestManyMembersAreCheckedInLinearTime(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(`{"a":[`)
	for i := range 200 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('{')
		for j := range 2000 {
			if j > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `"%d":0`, j)
		}
		b.WriteByte('}')
	}
	b.WriteString(`]}`)
	var in bedrockruntime.ConverseInput
	if err := rest.Decode(converse, &rest.Request{Body: b.Bytes()}, &in); err != nil {
		t.Error(err)
	}
}

func TestTopAllocatesForNamesOnly(t *testing.T) {
	body := conversation(87_000)
	if n := testing.AllocsPerRun(100, func() { _, _ = rest.Top(body) }); n > 12 {
		t.Errorf("%v allocations for a body with 4 members", n)
	}
}

// conversation is a Messages body of about size bytes, as a coding agent sends.
func conversation(size int) []byte {
	type message struct {
		Role    string `json:"role"`
		Content any    `json:"content"`
	}
	text := strings.Repeat("func main() {\n\tfmt.Println(\"hello, world\")\n}\n", 45) // 2 KB
	var messages []message
	for n := 0; n < size; n += len(text) + 200 {
		messages = append(messages, message{"user", []any{map[string]string{"type": "text", "text": text}}})
	}
	b, err := json.Marshal(map[string]any{
		"anthropic_version": "bedrock-2023-05-31", "max_tokens": 1000, "messages": messages, "temperature": 0.5,
	})
	if err != nil {
		panic(err)
	}
	return b
}

func BenchmarkTop87KB(b *testing.B) {
	body := conversation(87_000)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rest.Top(body); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzTop(f *testing.F) {
	for _, seed := range []string{`{"a":1,"b":[{}]}`, `{"a":"\\\""}`, `{"\u0061":null}`, `{"a":1e5}`, `{`, `{"a":1,"a":2}`, `{"":-0.1E+2}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		fields, err := rest.Top(body)
		if err != nil {
			var e *awserr.Error
			if !errors.As(err, &e) {
				t.Errorf("%v is not an AWS error", err)
			}
			return
		}
		if !json.Valid(body) {
			return // the inside of strings is not looked at
		}
		want := map[string]json.RawMessage{}
		if err := json.Unmarshal(body, &want); err != nil {
			t.Fatal(err)
		}
		if len(fields) != len(want) {
			t.Errorf("%d members, encoding/json sees %d", len(fields), len(want))
		}
	})
}

// What encoding/json refuses is refused, and nothing panics.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"messages":[{"role":"user","content":[{"text":"hi"}]}],"system":[{"cachePoint":{"type":"default"}}]}`,
		`{"toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"enum":[null,1e400]}}}}]}}`,
		`{"messages":[null],"inferenceConfig":null}`, `{"promptVariables":{"a":{"text":"b"}}}`, `{"a":"\ud800"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var in bedrockruntime.ConverseInput
		err := rest.Decode(converse, &rest.Request{Body: body}, &in)
		var e *awserr.Error
		if err != nil && !errors.As(err, &e) {
			t.Errorf("%v is not an AWS error", err)
		}
		if err == nil && len(body) > 0 && !json.Valid(body) {
			t.Errorf("%q was taken", body)
		}
	})
}
