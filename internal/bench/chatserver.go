package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// tokenEvery is how fast the mock chat server streams.
const tokenEvery = 100 * time.Millisecond

// chatServer stands for a server with OpenAI's API. Whatever the path, it answers a
// short conversation; one that asks for a stream, or whose path does, gets tokens as
// long as it listens, each the time at which it was sent.
func chatServer() http.Handler {
	whole := `{"id":"chatcmpl-1","object":"chat.completion","created":1795327687,"model":"bench","choices":[{"index":0,"message":{"role":"assistant","content":"` +
		strings.Repeat("word ", 150) + `"},"finish_reason":"stop"}],"usage":{"prompt_tokens":250,"completion_tokens":150,"total_tokens":400}}`
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var asked struct{ Stream bool }
		_ = json.Unmarshal(body, &asked) // a Converse body asks for none
		if asked.Stream || strings.HasSuffix(r.URL.Path, "-stream") {
			streamTokens(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Content-Length", strconv.Itoa(len(whole)))
		_, _ = io.WriteString(w, whole)
	})
}

func streamTokens(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	ticks := time.NewTicker(tokenEvery)
	defer ticks.Stop()
	for {
		_, err := fmt.Fprintf(w, `data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":"@%d "},"finish_reason":null}]}`+"\n\n", time.Now().UnixNano())
		if err != nil || http.NewResponseController(w).Flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-ticks.C:
		}
	}
}
