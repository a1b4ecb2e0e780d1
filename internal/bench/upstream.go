package main

import (
	"io"
	"net/http"
	"strconv"
	"strings"
)

// answerBytes is how long the mock upstream's answer is.
const answerBytes = 1 << 10

// upstream stands for Amazon Bedrock. It reads what it is sent, looks at none of
// it, and answers a short JSON text and what that used.
func upstream() http.Handler {
	answer := `{"outputText":"` + strings.Repeat("x", answerBytes-17) + `"}`
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Content-Length", strconv.Itoa(len(answer)))
		h.Set("X-Amzn-Requestid", "00000000-0000-4000-8000-000000000000")
		h.Set("X-Amzn-Bedrock-Input-Token-Count", "250")
		h.Set("X-Amzn-Bedrock-Output-Token-Count", "250")
		_, _ = io.WriteString(w, answer)
	})
}
