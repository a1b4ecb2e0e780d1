package sigv4

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"io"
	"net/http"
	"testing"
)

// BenchmarkVerify is a whole verification of a 1 KB InvokeModel call as the Go
// SDK signs it, from parsing to comparing, without hashing the body.
func BenchmarkVerify(b *testing.B) {
	for name, token := range map[string]string{"key": "", "session": string(bytes.Repeat([]byte("t"), 700))} {
		b.Run(name, func(b *testing.B) { benchmarkVerify(b, token) })
	}
}

func benchmarkVerify(b *testing.B, token string) {
	wire := signBySDK(b, drawn{
		method: "POST", host: "127.0.0.1:8642", target: "/model/anthropic.claude-3-5-haiku-20241022-v1%3A0/invoke",
		header: http.Header{"Content-Type": {"application/json"}, "Accept": {"*/*"}, "Amz-Sdk-Request": {"attempt=1; max=3"}},
		body:   bytes.Repeat([]byte("x"), 1024), token: token,
	})
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(wire)))
	if err != nil {
		b.Fatal(err)
	}
	body, _ := io.ReadAll(r.Body)
	keys, sum := NewKeys(16), sha256.Sum256(body)
	b.ReportAllocs()
	for b.Loop() {
		if err := verifyRequest(keys, r, testSecret, sum); err != nil {
			b.Fatal(err)
		}
	}
}
