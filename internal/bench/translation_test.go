package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

func TestChatServerAnswersWhatItIsAsked(t *testing.T) {
	up := httptest.NewServer(chatServer())
	defer up.Close()
	answer, err := http.Post(up.URL+"/v1/chat/completions", "application/json", strings.NewReader(`{"stream":false}`))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, err := io.ReadAll(answer.Body); err != nil || !json.Valid(body) || len(body) < 900 || len(body) > 1200 {
		t.Errorf("%d bytes, %v", len(body), err)
	}
}

// The first token is timed through a proxy too, and many streams are open at once.
func TestStreamsAreTimed(t *testing.T) {
	up := httptest.NewServer(chatServer())
	defer up.Close()
	front, err := proxy(up.URL)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(front)
	defer server.Close()
	request, err := render(t.Context(), server.URL, "converse-stream", bodyOf(1<<10), aws.Credentials{AccessKeyID: "id", SecretAccessKey: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	streams, err := openStreams(t.Context(), server.URL, request, 3)
	if err != nil || len(streams) != 3 {
		t.Fatalf("%d streams, %v", len(streams), err)
	}
	for _, s := range streams {
		if s.delay <= 0 || s.delay > patience {
			t.Errorf("delay %v", s.delay)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	up.Close()
	if streams, err := openStreams(t.Context(), server.URL, request, 3); err == nil || len(streams) > 0 {
		t.Errorf("%d streams from nothing", len(streams))
	}
}
