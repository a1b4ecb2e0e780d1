package hardpan_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// dockerfile is the instructions of the Dockerfile by name, in their order.
func dockerfile(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name != "" && !strings.HasPrefix(name, "#") {
			said[name] = append(said[name], strings.TrimSpace(rest))
		}
	}
	return said
}

// Whoever breaks out of the program in the image finds no shell, no package manager
// and no rights there.
func TestImageHoldsTheProgramOnly(t *testing.T) {
	said := dockerfile(t)
	if from := said["FROM"]; len(from) != 1 || from[0] != "scratch" {
		t.Errorf("it is built from %q, not from scratch alone", from)
	}
	for _, name := range []string{"RUN", "ADD", "ARG", "SHELL", "ONBUILD"} {
		if len(said[name]) > 0 {
			t.Errorf("it has %s: what is in the image is what scripts/image.sh lays out", name)
		}
	}
	users := said["USER"]
	if len(users) != 1 {
		t.Fatalf("it has the users %q", users)
	}
	for id := range strings.SplitSeq(users[0], ":") {
		if n, err := strconv.Atoi(id); err != nil || n == 0 {
			t.Errorf("USER %s: user and group are numbers other than 0, since there is no file of names", users[0])
		}
	}
	for _, copied := range said["COPY"] {
		to := copied[strings.LastIndexByte(copied, ' ')+1:]
		if own := to == "/data" || to == "/tmp"; own != strings.Contains(copied, "--chown="+users[0]) {
			t.Errorf("COPY %s: the user owns /data and /tmp, and cannot change the rest", copied)
		}
	}
	if secret := regexp.MustCompile(`(?i)secret|password|token|seal_key=`).FindString(strings.Join(said["ENV"], " ")); secret != "" {
		t.Errorf("the environment names a %s, which everyone who has the image can read", secret)
	}
}

// There is no shell to run a command of one word, so each is a list; and the program
// is what checks its own health.
func TestImageRunsWithoutAShell(t *testing.T) {
	said := dockerfile(t)
	health := strings.Join(said["HEALTHCHECK"], " ")
	_, check, _ := strings.Cut(health, "CMD ")
	for text, want := range map[string]string{
		strings.Join(said["ENTRYPOINT"], " "): "/hardpan",
		strings.Join(said["CMD"], " "):        "serve",
		check:                                 "/hardpan health",
	} {
		var words []string
		if err := json.Unmarshal([]byte(text), &words); err != nil || strings.Join(words, " ") != want {
			t.Errorf("%q is not the list that runs %q: %v", text, want, err)
		}
	}
	env := strings.Join(said["ENV"], " ")
	for _, setting := range []string{"HARDPAN_DATA_DIR=/data", "HARDPAN_LISTEN=:8642", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt", "TMPDIR=/tmp"} {
		if !strings.Contains(env, setting) {
			t.Errorf("the environment lacks %s", setting)
		}
	}
	if strings.Contains(env, "ALLOW_PLAIN_HTTP") {
		t.Error("plain HTTP is the choice of whoever runs the image, not the image's")
	}
	if strings.Join(said["VOLUME"], "") != "/data" || strings.Join(said["EXPOSE"], "") != "8642" {
		t.Errorf("volume %q, ports %q", said["VOLUME"], said["EXPOSE"])
	}
	script, err := os.ReadFile("scripts/image.sh")
	if err != nil {
		t.Fatal(err)
	}
	for _, laid := range []string{`"$context/hardpan"`, `"$context/data"`, `"$context/tmp"`, `"$context/etc/ssl/certs/ca-certificates.crt"`} {
		if !strings.Contains(string(script), laid) {
			t.Errorf("scripts/image.sh does not lay out %s", laid)
		}
	}
}
