package bedrock_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"syscall"
	"testing"

	"hardpan/internal/model"
)

// BenchmarkPassThrough compares the backend with a bare reverse proxy that does
// the same work on the wire: a client, the one or the other, an upstream.
func BenchmarkPassThrough(b *testing.B) {
	for _, size := range []int{1 << 10, 87 << 10} {
		up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"output":{"message":{"content":[{"text":"hello"}]}},"usage":{"inputTokens":7,"outputTokens":3}}`)
		}))
		b.Cleanup(up.Close)
		target, err := url.Parse(up.URL)
		if err != nil {
			b.Fatal(err)
		}
		proxy := httputil.NewSingleHostReverseProxy(target)
		proxy.Transport = &http.Transport{MaxIdleConnsPerHost: 512}
		backend := dial(b, up.URL)
		ours := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body := make([]byte, r.ContentLength)
			_, _ = io.ReadFull(r.Body, body)
			a, err := backend.Answer(r.Context(), &model.Call{Operation: "Converse", ModelID: haiku, Named: haiku, Region: "eu-west-1", Header: r.Header, Body: body})
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
		for _, c := range []struct {
			name    string
			handler http.Handler
		}{{"upstream-alone", nil}, {"reverse-proxy", proxy}, {"ours", ours}} {
			b.Run(fmt.Sprint(size, "/", c.name), func(b *testing.B) {
				at := up.URL
				if c.handler != nil {
					front := httptest.NewServer(c.handler)
					defer front.Close()
					at = front.URL
				}
				drive(b, at+"/model/x/converse", []byte(`{"messages":"`+strings.Repeat("x", size)+`"}`))
			})
		}
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
