package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"hardpan/internal/config"
	"hardpan/internal/model"
)

// Long-term keys have no session token; leaving it out is no fault.
func TestBackendWithLongTermKeys(t *testing.T) {
	cfg, err := config.Parse("hardpan.yaml", []byte(`
backends:
  - name: up
    type: bedrock
    regions: [eu-west-1]
    credentials: {access_key_id: AKIAEXAMPLEEXAMPLE00, secret_access_key: "env:UP_SECRET"}
routes:
  - {models: ["*"], backend: up}
`))
	if err != nil {
		t.Fatal(err)
	}
	p := &program{environ: []string{"UP_SECRET=not-a-real-secret"}}
	routes, err := makeBackends(t.Context(), cfg, p.lookup, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if backend, _ := routes.Pick("amazon.nova-lite-v1:0", "eu-west-1"); backend.Name() != "up" {
		t.Errorf("picked %q", backend.Name())
	}
}

// A server with another API is asked with its key, under the name that the route
// has for the model; without one that answers, the next is.
func TestServersWithOtherAPIs(t *testing.T) {
	var asked []string
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Model string }
		_ = json.NewDecoder(r.Body).Decode(&in)
		asked = append(asked, r.URL.Path+" "+in.Model+" "+r.Header.Get("Authorization")+r.Header.Get("X-Api-Key"))
		w.WriteHeader(http.StatusInternalServerError)
	}))
	t.Cleanup(up.Close)
	cfg, err := config.Parse("hardpan.yaml", fmt.Appendf(nil, `
backends:
  - {name: local, type: openai, base_url: "%[1]s/v1", api_key: "env:KEY"}
  - {name: claude, type: anthropic, base_url: "%[1]s", api_key: "env:KEY"}
routes:
  - {models: ["anthropic.claude-*-v1:0"], backends: [local, claude], as: "tiny-*"}
`, up.URL))
	if err != nil {
		t.Fatal(err)
	}
	p := &program{environ: []string{"KEY=not-a-real-secret"}}
	routes, err := makeBackends(t.Context(), cfg, p.lookup, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	backend, as := routes.Pick("anthropic.claude-x-v1:0", "eu-west-1")
	_, err = backend.Answer(t.Context(), &model.Call{
		Operation: "Converse", ModelID: as, Model: "anthropic.claude-x-v1:0", Region: "eu-west-1", Body: []byte(`{"messages":[{"role":"user","content":[{"text":"hi"}]}]}`),
	})
	want := []string{"/v1/chat/completions tiny-x Bearer not-a-real-secret", "/v1/messages tiny-x not-a-real-secret"}
	if err == nil || !slices.Equal(asked, want) {
		t.Errorf("asked %q, got %v", asked, err)
	}
	if _, err := makeBackends(t.Context(), cfg, (&program{}).lookup, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "env:KEY") {
		t.Errorf("without its key: %v", err)
	}
}
