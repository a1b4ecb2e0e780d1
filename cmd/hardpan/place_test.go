package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhereTheServerIs(t *testing.T) {
	running, stopped := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(running, endpointFile), []byte("http://127.0.0.1:4711\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		place   place
		environ []string
		want    string
	}{
		{"nothing is said", place{dataDir: stopped}, nil, defaultEndpoint},
		{"a server runs here", place{dataDir: running}, nil, "http://127.0.0.1:4711"},
		{"the folder is in the environment", place{}, []string{"HARDPAN_DATA_DIR=" + running}, "http://127.0.0.1:4711"},
		{"AWS's variable", place{dataDir: running}, []string{"AWS_ENDPOINT_URL=http://a:1"}, "http://a:1"},
		{"our variable", place{dataDir: running}, []string{"AWS_ENDPOINT_URL=http://a:1", "HARDPAN_ENDPOINT=http://b:2"}, "http://b:2"},
		{"the flag", place{dataDir: running, endpoint: "https://c:3/"}, []string{"HARDPAN_ENDPOINT=http://b:2"}, "https://c:3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.place.url(&program{environ: c.environ})
			if err != nil || got.url != c.want {
				t.Errorf("got %q, %v; want %q", got.url, err, c.want)
			}
		})
	}
	for _, wrong := range []string{"127.0.0.1:8642", "ftp://a", "http://", "http://%zz"} {
		l := place{endpoint: wrong}
		_, err := l.url(&program{})
		if f, ok := errors.AsType[*fault](err); !ok || f.next == "" || !strings.Contains(err.Error(), "--endpoint") {
			t.Errorf("%q: got %v, want an error that names --endpoint and says what to do", wrong, err)
		}
	}
}

// A shell that still names yesterday's server is told of the one that runs.
func TestEnvPrefersTheRunningServer(t *testing.T) {
	l := place{dataDir: t.TempDir()}
	p := &program{environ: []string{"AWS_ENDPOINT_URL=http://a:1"}}
	if got, err := l.newest(p); err != nil || got != "http://a:1" {
		t.Errorf("none runs: got %q, %v", got, err)
	}
	if err := os.WriteFile(filepath.Join(l.dataDir, endpointFile), []byte("http://127.0.0.1:4711\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := l.newest(p); err != nil || got != "http://127.0.0.1:4711" {
		t.Errorf("one runs: got %q, %v", got, err)
	}
	l.endpoint = "http://c:3"
	if got, err := l.newest(p); err != nil || got != "http://c:3" {
		t.Errorf("the flag: got %q, %v", got, err)
	}
}

func TestHomeRegion(t *testing.T) {
	for _, c := range []struct {
		flag    string
		environ []string
		want    string
	}{
		{"", nil, "us-west-2"},
		{"", []string{"HARDPAN_REGION=eu-west-1"}, "eu-west-1"},
		{"", []string{"HARDPAN_REGION=eu-west-1", "AWS_REGION=eu-central-1"}, "eu-central-1"},
		{"us-east-1", []string{"AWS_REGION=eu-central-1"}, "us-east-1"},
	} {
		l := place{region: c.flag}
		if got := l.home(&program{environ: c.environ}); got != c.want {
			t.Errorf("%q, %v: got %s, want %s", c.flag, c.environ, got, c.want)
		}
	}
}

func TestVariableInEachShell(t *testing.T) {
	for _, c := range []struct {
		v                    variable
		sh, fish, powershell string
	}{
		{variable{"A", "x y"}, `export A='x y'`, `set -gx A 'x y'`, `$Env:A = 'x y'`},
		{variable{"A", `it's $HOME`}, `export A='it'\''s $HOME'`, `set -gx A 'it\'s $HOME'`, `$Env:A = 'it''s $HOME'`},
		{variable{"A", `c:\d`}, `export A='c:\d'`, `set -gx A 'c:\\d'`, `$Env:A = 'c:\d'`},
		{variable{"A", ""}, `unset A`, `set -e A`, `Remove-Item Env:A`},
	} {
		for shell, want := range map[string]string{"sh": c.sh, "fish": c.fish, "powershell": c.powershell} {
			if got := c.v.in(shell); got != want {
				t.Errorf("%s: got %s, want %s", shell, got, want)
			}
		}
	}
}
