package main

import (
	"testing"

	"hardpan/internal/config"
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
	routes, err := makeBackends(t.Context(), cfg, p.lookup)
	if err != nil {
		t.Fatal(err)
	}
	if backend, _ := routes.Pick("amazon.nova-lite-v1:0", "eu-west-1"); backend.Name() != "up" {
		t.Errorf("picked %q", backend.Name())
	}
}
