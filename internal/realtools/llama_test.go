package realtools

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// The server itself: it reads the model that is made for it, and speaks its words.
func TestRealLlama(t *testing.T) {
	url := StartLlama(t)
	answer, err := http.Post(url+"/v1/chat/completions", "application/json",
		strings.NewReader(`{"model":"tiny","max_tokens":6,"messages":[{"role":"user","content":"sun and rain"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var got struct {
		Choices []struct{ Message struct{ Content string } }
	}
	if err := json.NewDecoder(answer.Body).Decode(&got); err != nil || len(got.Choices) != 1 {
		t.Fatalf("status %s, %v, %+v", answer.Status, err, got)
	}
	for word := range strings.FieldsSeq(got.Choices[0].Message.Content) {
		if !strings.Contains(strings.Join(tinyWords, " "), word) {
			t.Errorf("the model says %q, which is not in its vocabulary", word)
		}
	}
}

func TestTinyModelIsAlwaysTheSame(t *testing.T) {
	if a, b := tinyModel(), tinyModel(); !bytes.Equal(a, b) || len(a) > 1<<20 {
		t.Errorf("%d and %d bytes", len(a), len(b))
	}
}

func TestLlamaVersion(t *testing.T) {
	if have, err := llamaVersion("/bin/echo"); err == nil {
		t.Errorf("echo is llama-server %s", have)
	}
}
