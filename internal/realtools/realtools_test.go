package realtools

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestAtLeast(t *testing.T) {
	for _, test := range []struct {
		oldest, have string
		want         bool
	}{
		{"2.31", "2.31.0", true},
		{"2.31", "2.38.1", true},
		{"2.31", "3.0", true},
		{"2.31", "2.4.9", false}, // as text it would be newer
		{"2.31", "1.45.11", false},
		{"2.31", "2", false},
		{"2.31", "v2.40", false},
		{"2.31", "", false},
	} {
		if got := atLeast(test.oldest, test.have); got != test.want {
			t.Errorf("atLeast(%q, %q) = %v, want %v", test.oldest, test.have, got, test.want)
		}
	}
}

// The scripts install where this package looks; two opinions would mean an
// installation that the tests never find.
func TestCacheDirIsTheScripts(t *testing.T) {
	for name, variable := range map[string]string{
		"aws-clients": "HARDPAN_AWS_CLIENTS", "js-clients": "HARDPAN_JS_CLIENTS", "llama": "HARDPAN_LLAMA",
	} {
		script, err := filepath.Abs("../../scripts/" + strings.Replace(name, "llama", "llama-server", 1) + ".sh")
		if err != nil {
			t.Fatal(err)
		}
		for where, env := range map[string]map[string]string{
			"named":     {variable: "/named/here"},
			"xdg":       {variable: "", "XDG_CACHE_HOME": "/var/xdg"},
			"only home": {variable: "", "XDG_CACHE_HOME": "", "HOME": "/somewhere"},
		} {
			t.Run(name+"/"+where, func(t *testing.T) {
				for key, value := range env {
					t.Setenv(key, value)
				}
				out, err := exec.Command("bash", script, "--where").Output()
				if err != nil {
					t.Fatal(err)
				}
				if got, want := cacheFolder(variable, name), strings.TrimSpace(string(out)); got != want {
					t.Errorf("cacheFolder = %s, the script says %s", got, want)
				}
			})
		}
	}
}

// The clients themselves: this is the test that fails first, and says what to do,
// on a machine without them.
func TestRealClients(t *testing.T) {
	if out, err := exec.Command(AWSCLI(t), "--version").Output(); err != nil || !strings.HasPrefix(string(out), "aws-cli/2.") {
		t.Errorf("aws --version = %q, %v", out, err)
	}
	node, modules := JSClients(t)
	if out, err := exec.Command(node, "--version").Output(); err != nil || !strings.HasPrefix(string(out), "v24.") {
		t.Errorf("node --version = %q, %v", out, err)
	}
	if _, err := os.Stat(filepath.Join(modules, "@ai-sdk", "amazon-bedrock")); err != nil {
		t.Error(err)
	}
	if out, err := exec.Command(Python(t), "-c", "import botocore.auth; print(1)").Output(); err != nil || strings.TrimSpace(string(out)) != "1" {
		t.Errorf("python with botocore = %q, %v", out, err)
	}
}

// A client that is missing is never passed over in silence.
func TestMissingClientSaysWhatToDo(t *testing.T) {
	t.Setenv("HARDPAN_TEST_AWS", filepath.Join(t.TempDir(), "aws"))
	path, err := look("HARDPAN_TEST_AWS", cacheDir(), "aws", minCLI, cliVersion)
	if err == nil {
		t.Fatalf("look found %s", path)
	}
	for _, test := range []struct {
		name, without, ci string
		wantSkip          bool
	}{
		{"by default", "", "", false},
		{"left out on purpose", "postgres,aws-clients", "", true},
		{"left out in CI", "aws-clients", "true", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("HARDPAN_TEST_WITHOUT", test.without)
			t.Setenv("CI", test.ci)
			spy := &spy{TB: t}
			found(spy, "aws-clients", func() (string, error) { return "", err })
			if spy.skipped != test.wantSkip || spy.failed == test.wantSkip {
				t.Errorf("skipped %v, failed %v; want skipped %v", spy.skipped, spy.failed, test.wantSkip)
			}
			if !test.wantSkip && !strings.Contains(spy.message, "scripts/aws-clients.sh") {
				t.Errorf("the message does not say what to do: %s", spy.message)
			}
		})
	}
}

// spy is a test that notes how it was ended and goes on.
type spy struct {
	testing.TB
	skipped, failed bool
	message         string
}

func (s *spy) Helper() {}

func (s *spy) Skipf(string, ...any) { s.skipped = true }

func (s *spy) Fatalf(format string, args ...any) {
	if s.skipped {
		return // a real Skipf would have ended the test before
	}
	s.failed, s.message = true, fmt.Sprintf(format, args...)
}
