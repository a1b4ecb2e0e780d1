package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hardpan/internal/realtools"
)

// hardpan runs the program in this process and returns what it printed, both
// streams together.
func hardpan(ctx context.Context, environ []string, line ...string) (code int, said string) {
	var out bytes.Buffer
	code = run(ctx, append([]string{"hardpan"}, line...), environ, streams{in: strings.NewReader(""), out: &out, err: &out})
	return code, out.String()
}

// From SQLite to PostgreSQL, as someone moves who needs a second machine.
func TestMovingToPostgreSQL(t *testing.T) {
	url := realtools.StartPostgres(t).Database()
	dir := t.TempDir()
	environ := []string{"HARDPAN_DATA_DIR=" + dir, "HARDPAN_DATABASE_URL=" + url}
	lite := []string{"HARDPAN_DATA_DIR=" + dir}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan string, 1)
	go func() {
		_, said := hardpan(ctx, lite, "serve", "--listen", "127.0.0.1:0")
		ended <- said
	}()
	if _, err := waitReady(t.Context(), dir, nil); err != nil {
		t.Fatal(err)
	}
	backup := filepath.Join(t.TempDir(), "backup")
	for _, step := range []struct {
		environ []string
		line    []string
		code    int
		says    string
	}{
		{lite, []string{"db", "backup", backup}, 0, "Backed up"},
		{environ, []string{"db", "check"}, 1, "holds nothing of hardpan's"},
		{environ, []string{"db", "restore", backup}, 0, "Restored"},
		{environ, []string{"db", "restore", backup}, 1, "is not empty"},
		{environ, []string{"db", "check"}, 0, "All is well"},
		{environ, []string{"db", "rotate-seal-key"}, 0, "is new"},
		{environ, []string{"db", "check"}, 0, "All is well"},
		{environ, []string{"db", "migrate"}, 0, "already"},
		{lite, []string{"db", "check"}, 1, "wrong seal key"},
	} {
		if code, said := hardpan(t.Context(), step.environ, step.line...); code != step.code || !strings.Contains(said, step.says) {
			t.Errorf("%v: status %d, %s; want %d, %s", step.line, code, said, step.code, step.says)
		}
	}
	stop()
	if said := <-ended; !strings.Contains(said, "Hardpan is at") {
		t.Error(said)
	}
	if _, err := os.Stat(backup); err != nil {
		t.Error(err)
	}
}

// A second machine that was given no seal key is told so, and the key that it
// made is not left lying about.
func TestASecondServerWithoutTheSealKey(t *testing.T) {
	url := realtools.StartPostgres(t).Database()
	first, second := t.TempDir(), t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan string, 1)
	go func() {
		_, said := hardpan(ctx, nil, "serve", "--listen", "127.0.0.1:0", "--data-dir", first, "--database-url", url)
		ended <- said
	}()
	if _, err := waitReady(t.Context(), first, nil); err != nil {
		t.Fatal(err)
	}
	code, said := hardpan(t.Context(), nil, "serve", "--listen", "127.0.0.1:0", "--data-dir", second, "--database-url", url)
	if code != 1 || !strings.Contains(said, "wrong seal key") || !strings.Contains(said, "all servers on one database have one seal key") {
		t.Errorf("status %d: %s", code, said)
	}
	if _, err := os.Stat(filepath.Join(second, sealKeyFile)); err == nil {
		t.Error("it left a seal key that opens nothing")
	}
	stop()
	<-ended
}

// A database that cannot be reached ends the start with what to do.
func TestServeWithoutItsDatabase(t *testing.T) {
	code, said := hardpan(t.Context(), nil, "serve", "--listen", "127.0.0.1:0", "--data-dir", t.TempDir(), "--database-url", "postgres://u:s3cret@127.0.0.1:1/x")
	if code != 1 || !strings.Contains(said, "start the database server") || strings.Contains(said, "s3cret") {
		t.Errorf("status %d: %s", code, said)
	}
}
