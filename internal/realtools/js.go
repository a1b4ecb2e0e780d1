package realtools

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// JSClients returns the path of a Node and of the node_modules folder with AWS's
// SDK for JavaScript, Anthropic's and Vercel's clients for Bedrock, and MCP's SDK,
// inspector and servers, in the versions that the repository pins, or ends the test.
func JSClients(t testing.TB) (node, modules string) {
	t.Helper()
	dir := found(t, "js-clients", jsClients)
	return filepath.Join(dir, nodeOf()), filepath.Join(dir, "node_modules")
}

// jsClients is the folder that scripts/js-clients.sh --where prints, if what is in
// it is what is pinned today.
var jsClients = sync.OnceValues(func() (string, error) {
	dir := cacheFolder("HARDPAN_JS_CLIENTS", "js-clients")
	have, err := os.ReadFile(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		return "", fmt.Errorf("find the JavaScript clients for the tests: %w", err)
	}
	root, err := repository()
	if err != nil {
		return "", err
	}
	want, err := os.ReadFile(filepath.Join(root, "scripts", "js-clients", "package-lock.json"))
	if err != nil {
		return "", err
	}
	if !bytes.Equal(have, want) {
		return "", fmt.Errorf("the JavaScript clients in %s are not those that scripts/js-clients/package-lock.json pins", dir)
	}
	out, err := ask(filepath.Join(dir, nodeOf()), "--version")
	if err != nil || !strings.HasPrefix(string(out), "v") {
		return "", fmt.Errorf("ask the Node in %s for its version: %q: %w", dir, out, err)
	}
	return dir, nil
})

// nodeOf is where npm puts the Node for this machine.
func nodeOf() string {
	arch := runtime.GOARCH
	if arch == "amd64" {
		arch = "x64"
	}
	return filepath.Join("node_modules", "node-linux-"+arch, "bin", "node")
}

// repository is the folder with go.mod above the one that the test runs in.
func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if filepath.Dir(dir) == dir {
			return "", errors.New("no folder above this one has a go.mod")
		}
		dir = filepath.Dir(dir)
	}
}
