package main

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

func TestBodies(t *testing.T) {
	for _, n := range []int{1 << 10, 87 << 10} {
		body := bodyOf(n)
		if !json.Valid(body) || len(body) > n || len(body) < n-64 {
			t.Errorf("a body of %d bytes has %d, or is no JSON", n, len(body))
		}
	}
}

func TestLoadCountsAnswersAndStopsAtAnError(t *testing.T) {
	up := httptest.NewServer(upstream())
	defer up.Close()
	front, err := proxy(up.URL)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(front)
	defer server.Close()
	request, err := render(t.Context(), server.URL, "invoke", bodyOf(1<<10), aws.Credentials{AccessKeyID: "id", SecretAccessKey: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := load(t.Context(), server.URL, request, time.Millisecond); err != nil || n < connections {
		t.Errorf("load = %d answers, %v", n, err)
	}
	up.Close()
	if _, err := load(t.Context(), server.URL, request, time.Minute); err == nil || !strings.Contains(err.Error(), "502") {
		t.Errorf("load against nothing: %v", err)
	}
}

func TestProcessorTimeGrows(t *testing.T) {
	before, err := cpuTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	made := 0
	for range 1000 {
		made += len(bodyOf(87 << 10))
	}
	if made == 0 {
		t.Fatal("nothing was done")
	}
	if after, err := cpuTime(os.Getpid()); err != nil || after <= before {
		t.Errorf("%v, then %v: %v", before, after, err)
	}
}
