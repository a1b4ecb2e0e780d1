package realtools

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// Postgres is a real PostgreSQL of one test, on a loopback port of its own.
type Postgres struct {
	t    testing.TB
	bin  string // folder of the programs
	dir  string
	port int
	as   *syscall.Credential // nil: as who runs the test

	watchdog *exec.Cmd // nil: the server is not running
	pipe     io.Closer // the watchdog barks when it closes
	count    int       // databases made
}

// StartPostgres makes an empty cluster and starts it, or ends the test. It is
// gone when the test ends, and when the test's process does.
func StartPostgres(t testing.TB) *Postgres {
	t.Helper()
	p := &Postgres{t: t, bin: found(t, "postgres", postgresBin)}
	var err error
	if p.dir, err = os.MkdirTemp("", "hardpan-postgres-"); err != nil { // t.TempDir is closed to other users
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Crash()
		if err := os.RemoveAll(p.dir); err != nil {
			t.Error(err)
		}
	})
	p.becomeNobody()
	initdb := p.command("initdb", "-D", p.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("making a PostgreSQL cluster: %v\n%s", err, out)
	}
	p.Start()
	return p
}

func (p *Postgres) data() string { return filepath.Join(p.dir, "data") }

// becomeNobody makes root give its rights up: PostgreSQL refuses to run as root.
func (p *Postgres) becomeNobody() {
	p.t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		p.t.Fatal(err)
	}
	uid, _ := strconv.ParseUint(nobody.Uid, 10, 32)
	gid, _ := strconv.ParseUint(nobody.Gid, 10, 32)
	p.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	if err := os.Chown(p.dir, int(uid), int(gid)); err != nil {
		p.t.Fatal(err)
	}
}

func (p *Postgres) command(name string, args ...string) *exec.Cmd {
	if !strings.Contains(name, "/") {
		name = filepath.Join(p.bin, name)
	}
	// Clean-up runs when the test's own context has ended.
	cmd := exec.CommandContext(context.WithoutCancel(p.t.Context()), name, args...)
	cmd.Dir, cmd.Env = p.dir, append(os.Environ(), "HOME="+p.dir, "LC_ALL=C")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: p.as}
	return cmd
}

// Start starts a stopped server, on the port that it had.
func (p *Postgres) Start() {
	p.t.Helper()
	for range 20 {
		if p.port == 0 {
			p.port = freePort(p.t)
		}
		said := p.start()
		switch {
		case said == "":
			return
		case strings.Contains(said, "Address already in use"): // another test was faster
			p.port = 0
		case !strings.Contains(said, "still in use"): // by those whom the last one left
			p.t.Fatalf("PostgreSQL does not start:\n%s", said)
		}
	}
	p.t.Fatal("PostgreSQL does not start: 20 attempts met a port or memory in use")
}

// start returns "", or what the server said before it ended.
func (p *Postgres) start() (said string) {
	p.t.Helper()
	options := fmt.Sprintf("-p %d -k %s -c listen_addresses=127.0.0.1", p.port, p.dir)
	out, err := p.command("pg_ctl", "start", "-w", "-D", p.data(), "-l", p.logFile(), "-o", options).CombinedOutput()
	if err != nil {
		said := fmt.Sprintf("%v\n%s%s", err, out, p.Log())
		_ = os.Remove(p.logFile()) // the next attempt has its own
		return said
	}
	p.watch()
	return ""
}

func (p *Postgres) logFile() string { return filepath.Join(p.dir, "log") }

// Log is what the server has said.
func (p *Postgres) Log() string {
	text, _ := os.ReadFile(p.logFile()) // none is an empty one
	return string(text)
}

// pid is the server's process.
func (p *Postgres) pid() string {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.data(), "postmaster.pid"))
	if err != nil {
		p.t.Fatal(err)
	}
	pid, _, _ := strings.Cut(string(text), "\n")
	return pid
}

// watch starts a process that ends the server when this one is gone, however it
// went: a test that panics runs no clean-up.
func (p *Postgres) watch() {
	p.t.Helper()
	p.watchdog = p.command("/bin/sh", "-c", `read -r _; kill -QUIT "$1"`, "sh", p.pid())
	pipe, err := p.watchdog.StdinPipe()
	if err == nil {
		err = p.watchdog.Start()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	p.pipe = pipe
}

// Stop ends the server in good order: connections are told, everything is
// written.
func (p *Postgres) Stop() { p.end("fast") }

// Crash ends the server as it is; when it starts again it recovers.
func (p *Postgres) Crash() { p.end("immediate") }

func (p *Postgres) end(mode string) {
	p.t.Helper()
	if p.watchdog == nil {
		return
	}
	_ = p.watchdog.Process.Kill()
	_ = p.watchdog.Wait() // it was killed
	_ = p.pipe.Close()
	p.watchdog = nil
	if out, err := p.command("pg_ctl", "stop", "-w", "-D", p.data(), "-m", mode).CombinedOutput(); err != nil {
		p.t.Errorf("stopping PostgreSQL: %v\n%s", err, out)
	}
}

// Database makes an empty database and returns its URL.
func (p *Postgres) Database() string {
	p.t.Helper()
	p.count++
	name := fmt.Sprintf("test%d", p.count)
	p.SQL("postgres", "CREATE DATABASE "+name)
	return p.URL(name)
}

// URL is that of a database by name, whether or not it is there.
func (p *Postgres) URL(database string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s", p.port, database)
}

// SQL runs statements in a database beside whoever else uses it, and returns
// what they print, a row a line, with | between columns.
func (p *Postgres) SQL(database, statements string) string {
	p.t.Helper()
	out, err := p.command("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", p.URL(database), "-c", statements).CombinedOutput()
	if err != nil {
		p.t.Fatalf("psql -c %q: %v\n%s", statements, err, out)
	}
	return strings.TrimSpace(string(out))
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
