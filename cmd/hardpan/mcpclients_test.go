package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"hardpan/internal/oidctest"
	"hardpan/internal/realtools"
)

// The script in testdata/mcpclients is story 3 with other people's programs on
// both sides: boto3 makes the gateway, MCP's SDK and inspector are its clients,
// and behind it are two of MCP's servers, as commands of hardpan.yaml, and an API
// that an OpenAPI document describes.
func TestMCPClients(t *testing.T) {
	python := realtools.Python(t)
	node, modules := realtools.JSClients(t)
	issuer := oidctest.StartPlain(t)
	token := func(role string) string {
		return issuer.Token(issuer.Claims(time.Now(), "shop", map[string]any{"sub": role, "role": role}))
	}
	orders := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"path":%q}`, r.URL.Path)
	}))
	t.Cleanup(orders.Close)
	runClients(t, "mcpclients", func(env *testscript.Env) error {
		env.Setenv("PYTHON", python)
		env.Setenv("NODE", node)
		env.Setenv("INSPECTOR", filepath.Join(modules, "@modelcontextprotocol", "inspector", "clients", "launcher", "build", "index.js"))
		env.Setenv("ISSUER", issuer.URL)
		env.Setenv("ORDERS", orders.URL)
		env.Setenv("CLERK", token("clerk"))
		env.Setenv("SUPERVISOR", token("supervisor"))
		env.Setenv("HARDPAN_TEST_SECRET", "not-for-the-servers")
		servers := filepath.Join(modules, "@modelcontextprotocol")
		settings := fmt.Sprintf(`allow_upstream: [127.0.0.0/8]
agentcore:
  commands:
    everything: {path: %q, args: [%q, stdio], env: {GREETING: hello}}
    memory: {path: %q, args: [%q], env: {MEMORY_FILE_PATH: %q}}
`, node, filepath.Join(servers, "server-everything", "dist", "index.js"), node, filepath.Join(servers, "server-memory", "dist", "index.js"), filepath.Join(env.WorkDir, "memory.json"))
		if err := os.WriteFile(filepath.Join(env.WorkDir, "hardpan.yaml"), []byte(settings), 0o600); err != nil {
			return err
		}
		return os.Symlink(modules, filepath.Join(env.WorkDir, "node_modules"))
	})
}
