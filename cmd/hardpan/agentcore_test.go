package main

import (
	"slices"
	"strings"
	"testing"

	"hardpan/internal/cedar"
	"hardpan/internal/config"
)

// What hardpan.yaml says of tool gateways reaches the server, secrets by their
// references; a reference that leads nowhere is told with its name.
func TestToolGatewaysOfTheConfiguration(t *testing.T) {
	c, err := config.Parse("f", []byte(`agentcore:
  preflight: refuse
  wire: "2026-10"
  undecided_prompts: true
  commands: {memory: {path: /bin/server, args: [-q], env: {B: c, A: b}, secrets: {KEY: "env:MEMORY_KEY"}}}
  aws: {access_key_id: AKIAEXAMPLE000000001, secret_access_key: "env:TARGETS", lambda_endpoint: "http://127.0.0.1:9001"}
`))
	if err != nil {
		t.Fatal(err)
	}
	set := map[string]string{"MEMORY_KEY": "m", "TARGETS": "s"}
	getenv := func(name string) (string, bool) { v, ok := set[name]; return v, ok }
	got, err := toolGateways(t.Context(), c, getenv)
	if err != nil {
		t.Fatal(err)
	}
	memory := got.Commands["memory"]
	if !got.RefuseUnready || !got.Undecided || got.Wire != cedar.Wire2026 || memory.Path != "/bin/server" || !slices.Equal(memory.Env, []string{"A=b", "B=c", "KEY=m"}) {
		t.Errorf("got %+v", got)
	}
	key, err := got.AWS.Credentials.Retrieve(t.Context())
	if err != nil || key.AccessKeyID != "AKIAEXAMPLE000000001" || key.SecretAccessKey != "s" || key.SessionToken != "" || got.AWS.LambdaEndpoint != "http://127.0.0.1:9001" {
		t.Errorf("credentials %v, %v", key.AccessKeyID, err)
	}
	for _, missing := range []string{"MEMORY_KEY", "TARGETS"} {
		rest := getenv
		_, err := toolGateways(t.Context(), c, func(name string) (string, bool) {
			if name == missing {
				return "", false
			}
			return rest(name)
		})
		if err == nil || !strings.Contains(err.Error(), "env:"+missing) {
			t.Errorf("without %s: %v", missing, err)
		}
	}
	plain, err := toolGateways(t.Context(), config.Default(), getenv)
	if err != nil || plain.RefuseUnready || plain.Wire != cedar.Wire2025 || plain.AWS.Credentials != nil {
		t.Errorf("the default: %+v, %v", plain, err)
	}
}
