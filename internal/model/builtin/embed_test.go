package builtin

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

func cosine(a, b []float32) float64 {
	var dot, na, nb float64
	for i := range a {
		dot += float64(a[i]) * float64(b[i])
		na += float64(a[i]) * float64(a[i])
		nb += float64(b[i]) * float64(b[i])
	}
	return dot / math.Sqrt(na*nb)
}

// Similar texts must be nearer than texts about something else, with room.
func TestSimilarTextsAreNear(t *testing.T) {
	for _, c := range []struct{ text, near, far string }{
		{"How do I reset my password?", "I forgot my password, how can it be reset?", "The train to Osaka leaves at noon."},
		{"The cat sat on the mat.", "A cat is sitting on a mat", "Quarterly revenue rose by nine percent."},
		{"access denied by policy", "the policies denied the access", "bananas and oranges"},
		{"東京は日本の首都です。", "日本の首都は東京です。", "昨日の夕食はカレーライスだった。"},
		{"パスワードを忘れました", "パスワードを忘れてしまった場合", "電車が遅れています"},
		{"Ich möchte mein Konto schließen", "mein Konto bitte schliessen", "Das Wetter wird schön"},
	} {
		for _, dims := range []int{256, 512, 1024, 1536} {
			near := cosine(embed(c.text, dims, true), embed(c.near, dims, true))
			far := cosine(embed(c.text, dims, true), embed(c.far, dims, true))
			if near < 0.3 || far > 0.25 || near < far+0.2 {
				t.Errorf("%d dimensions: %q near %.2f, far %.2f", dims, c.text, near, far)
			}
		}
	}
}

func TestVectorsAreUnitAndStable(t *testing.T) {
	for _, text := range []string{"hello", " ", "!?", "ー", "a\u0301", strings.Repeat("word ", 5000)} {
		v := embed(text, 1024, true)
		var square float64
		for _, x := range v {
			square += float64(x) * float64(x)
		}
		if math.Abs(square-1) > 1e-5 {
			t.Errorf("%.20q: length² %v", text, square)
		}
		if !slices.Equal(v, embed(text, 1024, true)) {
			t.Errorf("%.20q: two vectors for one text", text)
		}
	}
	if c := cosine(embed("hello there", 512, true), embed("hello there", 512, false)); math.Abs(c-1) > 1e-6 {
		t.Errorf("normalize changes the direction: %v", c)
	}
}

type titanAnswer struct {
	Embedding []float64
	ByType    map[string][]float64 `json:"embeddingsByType"`
	Tokens    int64                `json:"inputTextTokenCount"`
}

func titanCall(t *testing.T, id, body string) titanAnswer {
	t.Helper()
	c, door := client(t, Options{})
	answer, err := invokeBody(t, c, id, body)
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	var out titanAnswer
	if err := json.Unmarshal([]byte(answer), &out); err != nil {
		t.Fatal(err)
	}
	if out.Tokens != door.tokens().Input || out.Tokens == 0 || door.tokens().Output != 0 {
		t.Errorf("%d tokens, the backend says %+v", out.Tokens, door.tokens())
	}
	return out
}

func TestTitanEmbeddings(t *testing.T) {
	for _, dims := range []int{256, 512, 1024} {
		out := titanCall(t, titan, fmt.Sprintf(`{"inputText":"Hello, world!","dimensions":%d}`, dims))
		if len(out.Embedding) != dims || len(out.ByType["float"]) != dims || out.Tokens != 4 {
			t.Errorf("%d dimensions: %d, %d, %d tokens", dims, len(out.Embedding), len(out.ByType["float"]), out.Tokens)
		}
	}
	if out := titanCall(t, titan, `{"inputText":"x"}`); len(out.Embedding) != 1024 {
		t.Errorf("%d dimensions by default", len(out.Embedding))
	}
	out := titanCall(t, titan, `{"inputText":"some longer text","embeddingTypes":["binary"]}`)
	ones := slices.IndexFunc(out.ByType["binary"], func(v float64) bool { return v == 1 })
	if out.Embedding != nil || out.ByType["float"] != nil || len(out.ByType["binary"]) != 1024 || ones < 0 {
		t.Errorf("binary only: %v", out)
	}
	loud := titanCall(t, titan, `{"inputText":"some longer text of many words","normalize":false}`)
	if v := loud.Embedding[slices.IndexFunc(loud.Embedding, func(v float64) bool { return v != 0 })]; math.Abs(v) < 0.1 {
		t.Errorf("not normalised, yet small: %v", v)
	}
	if out := titanCall(t, "amazon.titan-embed-text-v1", `{"inputText":"x"}`); len(out.Embedding) != 1536 || out.ByType != nil {
		t.Errorf("G1: %d dimensions, %v", len(out.Embedding), out.ByType)
	}
}

func TestTitanEmbeddingRefusals(t *testing.T) {
	c, _ := client(t, Options{})
	long, _ := json.Marshal(map[string]string{"inputText": strings.Repeat("a b ", 9000)})
	longer, _ := json.Marshal(map[string]string{"inputText": strings.Repeat("語", 50_001)})
	for body, want := range map[string]string{
		``:                                   "Malformed input request: the body is empty",
		`{`:                                  "Malformed input request:",
		`{} {}`:                              "there is more after the JSON object",
		`{}`:                                 "required key [inputText] not found",
		`{"inputText":""}`:                   "expected minLength: 1, actual: 0",
		`{"inputText":7}`:                    "#/inputText: expected type: String, found: number",
		`{"text":"x"}`:                       "extraneous key [text] is not permitted, please reformat your input and try again.",
		string(long):                         "Too many input tokens. Max input tokens: 8192",
		string(longer):                       "#/inputText: expected maxLength: 50000, actual: 50001",
		`{"inputText":"x","dimensions":300}`: "#/dimensions: 300 is not a valid enum value",
		`{"inputText":"x","embeddingTypes":["int8"]}`: "#/embeddingTypes/0: int8 is not a valid enum value",
	} {
		_, err := invokeBody(t, c, titan, body)
		wantError(t, err, "ValidationException", want)
	}
}
