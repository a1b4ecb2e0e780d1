package realtools

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// LlamaAlias is the name of the model that StartLlama serves.
const LlamaAlias = "tiny"

// llamaServer is the program, in the cache folder or on PATH. Any version will do.
var llamaServer = sync.OnceValues(func() (string, error) {
	return look("HARDPAN_TEST_LLAMA_SERVER", cacheFolder("HARDPAN_LLAMA", "llama"), "llama-server", "0", llamaVersion)
})

// llamaVersion reads "0.7.0" from "version: 0.7.0 (build …)" and "5318" from the
// "version: 5318 (…)" of older ones.
func llamaVersion(path string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "--version").CombinedOutput() // some say it on standard error
	if err != nil {
		return "", fmt.Errorf("ask %s for its version: %w", path, err)
	}
	_, rest, ok := strings.Cut(string(out), "version: ")
	if !ok {
		return "", fmt.Errorf("ask %s for its version: it answered %q", path, out)
	}
	version, _, _ := strings.Cut(rest, " ")
	return strings.TrimSpace(version), nil
}

// StartLlama runs llama.cpp's server on a loopback port until the test ends, with a
// small model of random weights: what it says are words without sense, what it says
// them in is its own. It returns the server's base URL, without /v1.
func StartLlama(t testing.TB) string {
	t.Helper()
	program := found(t, "llama-server", llamaServer)
	dir := t.TempDir()
	file := filepath.Join(dir, LlamaAlias+".gguf")
	if err := os.WriteFile(file, tinyModel(), 0o600); err != nil {
		t.Fatal(err)
	}
	var problems []error
	for range 5 { // a port may be taken between its choice and its use
		url, err := startLlama(t, program, file, freePort(t))
		if err == nil {
			return url
		}
		problems = append(problems, err)
	}
	t.Fatalf("llama-server does not start: %v", errors.Join(problems...))
	return ""
}

func startLlama(t testing.TB, program, file string, port int) (string, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context())) // ended by the clean-up below
	log, err := os.CreateTemp(filepath.Dir(file), "log-")
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close() // the program has a handle of its own
	cmd := exec.CommandContext(ctx, program, "-m", file, "--alias", LlamaAlias, "--host", "127.0.0.1", "--port", fmt.Sprint(port),
		"-t", "1", "-c", "2048", "-np", "2", "--offline")
	cmd.Dir, cmd.Env = filepath.Dir(file), []string{"HOME=" + filepath.Dir(file), "PATH=" + os.Getenv("PATH")}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		cancel()
		return "", err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	url := fmt.Sprintf("http://127.0.0.1:%d", port)
	if err := llamaReady(ctx, url, ended); err != nil {
		cancel()
		said, _ := os.ReadFile(log.Name()) // what there is of it
		return "", fmt.Errorf("%w\n%s", err, said)
	}
	t.Cleanup(func() {
		cancel()
		if _, killed := errors.AsType[*exec.ExitError](<-ended); !killed {
			t.Error("llama-server ended by itself")
		}
	})
	return url, nil
}

// llamaReady waits until the server has read its model.
func llamaReady(ctx context.Context, url string, ended chan error) error {
	ask, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/health", nil)
	if err != nil {
		return err
	}
	ticks := time.NewTicker(20 * time.Millisecond)
	defer ticks.Stop()
	late := time.After(30 * time.Second)
	for {
		select {
		case err := <-ended:
			ended <- err
			return fmt.Errorf("it ended: %w", err)
		case <-late:
			return errors.New("it is not ready after 30 s")
		case <-ticks.C:
		}
		answer, err := http.DefaultClient.Do(ask)
		if err != nil {
			continue
		}
		answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			return nil
		}
	}
}
