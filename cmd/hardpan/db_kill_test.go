package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/realtools"
)

// What was answered is there, however suddenly the server ends: it is a process
// of its own, killed right after an answer and started again, round after round.
// TestSoakKilled does a hundred.
func TestKilledAfterAnAnswer(t *testing.T) { killed(t, 4) }

func killed(t *testing.T, rounds int) {
	t.Run("SQLite", func(t *testing.T) { killRounds(t, rounds, func(int) {}) })
	t.Run("PostgreSQL", func(t *testing.T) {
		postgres := realtools.StartPostgres(t)
		url := postgres.Database()
		killRounds(t, rounds, func(round int) {
			if round%5 == 3 { // the database dies with it
				postgres.Crash()
				postgres.Start()
			}
		}, "--database-url", url)
	})
}

func killRounds(t *testing.T, rounds int, between func(round int), flags ...string) {
	dir := t.TempDir()
	var users []string
	keys := map[string]string{} // by user
	for round := range rounds {
		c, kill := startChild(t, dir, flags...)
		checkThere(t, c, users, keys)
		for i := range 2 {
			name := fmt.Sprintf("user-%d-%d", round, i)
			if _, err := c.iam().CreateUser(t.Context(), &iam.CreateUserInput{UserName: &name}); err != nil {
				t.Fatal(err)
			}
			users = append(users, name)
			if i == 1 && round%2 == 0 {
				break // killed after a user
			}
			out, err := c.iam().CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: &name})
			if err != nil {
				t.Fatal(err)
			}
			keys[name] = *out.AccessKey.AccessKeyId // killed after a key
		}
		kill()
		between(round)
	}
	c, kill := startChild(t, dir, flags...)
	defer kill()
	checkThere(t, c, users, keys)
	if code, said := hardpan(t.Context(), nil, append([]string{"db", "check", "--data-dir", dir}, flags...)...); code != 0 {
		t.Errorf("db check: %s", said)
	}
	t.Logf("killed %d times, %d users and %d keys are there", rounds, len(users), len(keys))
}

// startChild starts the program as a process, and returns a client of it and
// what kills it.
func startChild(t *testing.T, dir string, flags ...string) (*client, func()) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, endpointFile)); err != nil { // of the one that was killed
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd := exec.Command(self)
	cmd.Args = append([]string{"hardpan", "serve", "--listen", "127.0.0.1:0", "--data-dir", dir}, flags...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, []string{"HOME=" + dir}, &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }() // it is killed
	kill := func() { _ = cmd.Process.Kill(); <-ended }
	t.Cleanup(kill)
	if _, err := waitReady(t.Context(), dir, ended); err != nil {
		kill()
		t.Fatalf("%v\n%s", err, &said)
	}
	c, err := (&program{}).connect(context.Background(), place{dataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return c, kill
}

func checkThere(t *testing.T, c *client, users []string, keys map[string]string) {
	t.Helper()
	for _, name := range users {
		if _, err := c.iam().GetUser(t.Context(), &iam.GetUserInput{UserName: &name}); err != nil {
			t.Errorf("user %s was made and answered: %v", name, err)
		}
		out, err := c.iam().ListAccessKeys(t.Context(), &iam.ListAccessKeysInput{UserName: &name})
		if err != nil {
			t.Fatal(err)
		}
		if want := keys[name]; want != "" && (len(out.AccessKeyMetadata) != 1 || *out.AccessKeyMetadata[0].AccessKeyId != want) {
			t.Errorf("access key %s of %s was made and answered, and is not there", want, name)
		}
	}
}
