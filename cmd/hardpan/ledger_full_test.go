package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/smithy-go"
)

// A disk that is full: the server runs under a limit of file size, so that its
// journal cannot grow any more. Calls are refused then, nothing that a client
// received is lost, and the log says why.
func TestFullDisk(t *testing.T) {
	k := newKillRun(t)
	c, kill, said := startLimited(t, k.dir, k.flags...)
	runtime := bedrockruntime.NewFromConfig(c.config, func(o *bedrockruntime.Options) { o.Retryer = aws.NopRetryer{} })
	model, refused := killedModel, false
	for range 5000 {
		out, err := runtime.Converse(t.Context(), &bedrockruntime.ConverseInput{ModelId: &model, Messages: killedMessages})
		if err != nil {
			var api smithy.APIError
			if !errors.As(err, &api) || api.ErrorCode() != "ServiceUnavailableException" || !strings.Contains(api.ErrorMessage(), "journal") {
				t.Fatal(err)
			}
			refused = true
			break
		}
		id, _ := awsmiddleware.GetRequestIDMetadata(out.ResultMetadata)
		k.received(receipt{id, true, *out.Usage})
	}
	if !refused {
		t.Fatal("the disk never was full")
	}
	if _, err := runtime.Converse(t.Context(), &bedrockruntime.ConverseInput{ModelId: &model, Messages: killedMessages}); err == nil {
		t.Error("one more call was answered")
	}
	kill()
	if !strings.Contains(said.String(), "file too large") {
		t.Errorf("the operator is told: %s", said)
	}

	c, kill = startChild(t, k.dir, k.flags...) // with room again
	defer kill()
	events, reserved := k.journal()
	for _, r := range k.known {
		if e := events[r.id]; e == nil || e.Cost == 0 {
			t.Errorf("call %s was received, and the ledger has %+v", r.id, e)
		}
	}
	for id := range reserved {
		if events[id] == nil {
			t.Errorf("the reservation of call %s was never closed", id)
		}
	}
	if _, err := bedrockruntime.NewFromConfig(c.config).Converse(t.Context(), &bedrockruntime.ConverseInput{ModelId: &model, Messages: killedMessages}); err != nil {
		t.Errorf("with room again: %v", err)
	}
	t.Logf("%d calls until the disk was full, all in the ledger", len(k.known))
}

// startLimited is startChild with files of at most a megabyte.
func startLimited(t *testing.T, dir string, flags ...string) (*client, func(), *bytes.Buffer) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	named := filepath.Join(t.TempDir(), "hardpan")
	if err := os.Symlink(self, named); err != nil {
		t.Fatal(err)
	}
	said := new(bytes.Buffer)
	line := append([]string{"-c", `ulimit -f 2048; exec "$0" "$@"`, named, "serve", "--listen", "127.0.0.1:0", "--data-dir", dir}, flags...)
	cmd := exec.Command("sh", line...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, []string{"HOME=" + dir}, said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }() // it is killed
	kill := func() { _ = cmd.Process.Kill(); <-ended }
	t.Cleanup(kill)
	if _, err := waitReady(t.Context(), dir, ended); err != nil {
		kill()
		t.Fatalf("%v\n%s", err, said)
	}
	c, err := (&program{}).connect(context.Background(), place{dataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return c, kill, said
}
