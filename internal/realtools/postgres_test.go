package realtools

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The server itself: it starts, loses nothing in a crash, and comes back where
// it was.
func TestRealPostgres(t *testing.T) {
	p := StartPostgres(t)
	url := p.Database()
	p.SQL("test1", "CREATE TABLE t (x integer); INSERT INTO t VALUES (7)")
	p.Crash()
	p.Start()
	if got := p.SQL("test1", "SELECT x FROM t"); got != "7" || p.URL("test1") != url {
		t.Errorf("after a crash it has %q at %s, want 7 at %s", got, p.URL("test1"), url)
	}
	p.Stop()
	p.Start()
	if got := p.SQL("test1", "SELECT x FROM t"); got != "7" {
		t.Errorf("after a stop it has %q, want 7", got)
	}
}

// The script looks where this package looks.
func TestPostgresScriptFindsTheSame(t *testing.T) {
	want := found(t, "postgres", postgresBin)
	script, err := filepath.Abs("../../scripts/postgres.sh")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("bash", script, "--where").Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(string(out)); got != want {
		t.Errorf("the script finds %s, this package %s", got, want)
	}
}

func TestPostgresVersion(t *testing.T) {
	if _, err := postgresVersion(filepath.Join(t.TempDir(), "postgres")); err == nil {
		t.Error("a program that is not there has a version")
	}
	if have, err := postgresVersion("/bin/echo"); err == nil {
		t.Errorf("echo is PostgreSQL %s", have)
	}
}
