package model_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"syscall"
	"testing"

	"hardpan/internal/model"
	"hardpan/internal/model/openai"
)

// BenchmarkOpenAI compares the backend with a bare reverse proxy that does the
// same work on the wire: a client, the one or the other, a server.
func BenchmarkOpenAI(b *testing.B) {
	whole := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		serveJSON(w, `{"id":"chatcmpl-1","choices":[{"message":{"role":"assistant","content":"`+strings.Repeat("word ", 180)+`"},"finish_reason":"stop"}],"usage":{"prompt_tokens":15,"completion_tokens":5}}`)
	}))
	b.Cleanup(whole.Close)
	target, err := url.Parse(whole.URL)
	if err != nil {
		b.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.Transport = &http.Transport{MaxIdleConnsPerHost: 512}
	backend, err := openai.New(openai.Config{Name: "up", BaseURL: whole.URL})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(backend.Close)
	body := []byte(`{"messages":[{"role":"user","content":[{"text":"` + strings.Repeat("word ", 180) + `"}]}],"inferenceConfig":{"maxTokens":200}}`)
	ours := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent := make([]byte, r.ContentLength)
		_, _ = io.ReadFull(r.Body, sent)
		a, err := backend.Answer(r.Context(), &model.Call{Operation: "Converse", ModelID: "tiny", Model: haiku, Body: sent})
		if err != nil {
			b.Error(err)
			return
		}
		defer a.Body.Close()
		for k, v := range a.Header {
			w.Header()[k] = v
		}
		_, _ = io.Copy(w, a.Body)
	})
	for name, handler := range map[string]http.Handler{"reverse-proxy": proxy, "ours": ours} {
		b.Run(name, func(b *testing.B) {
			front := httptest.NewServer(handler)
			defer front.Close()
			drive(b, front.URL, body)
		})
	}
}

func drive(b *testing.B, at string, body []byte) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	defer client.CloseIdleConnections()
	b.ReportAllocs()
	before := cpu(b)
	for b.Loop() {
		resp, err := client.Post(at, "application/json", bytes.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	b.ReportMetric(float64(cpu(b)-before)/float64(b.N)/1000, "cpu-µs/op")
}

func cpu(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return syscall.TimevalToNsec(u.Utime) + syscall.TimevalToNsec(u.Stime)
}

// BenchmarkEvents is a streamed answer of 200 pieces, without sockets but the
// server's: what one piece costs.
func BenchmarkEvents(b *testing.B) {
	chunk := `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1795327687,"model":"tiny","choices":[{"index":0,"delta":{"content":" words"},"finish_reason":null}]}` + "\n\n"
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		serveEvents(w, strings.Repeat(chunk, 200), `data: {"choices":[{"delta":{},"finish_reason":"stop"}]}`+"\n\ndata: [DONE]\n\n")
	}))
	b.Cleanup(up.Close)
	backend, err := openai.New(openai.Config{Name: "up", BaseURL: up.URL})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(backend.Close)
	for operation, body := range map[string]string{
		"ConverseStream":                `{"messages":[{"role":"user","content":[{"text":"hi"}]}]}`,
		"InvokeModelWithResponseStream": claudeBody,
	} {
		b.Run(operation, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				a, err := backend.Answer(context.Background(), &model.Call{Operation: operation, ModelID: "tiny", Model: haiku, Body: []byte(body)})
				if err != nil {
					b.Fatal(err)
				}
				if n, _ := io.Copy(io.Discard, a.Body); n < 200*50 {
					b.Fatal(n)
				}
				a.Body.Close()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/200, "ns/piece")
		})
	}
}
