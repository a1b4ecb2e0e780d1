package realtools

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// minPostgres is the oldest PostgreSQL that Hardpan takes. scripts/postgres.sh
// states the same.
const minPostgres = "14"

// postgresBin is the folder of a PostgreSQL's programs.
var postgresBin = sync.OnceValues(func() (string, error) {
	places := []string{os.Getenv("HARDPAN_TEST_POSTGRES")}
	if places[0] == "" {
		places = debianPostgres()
		if path, err := exec.LookPath("initdb"); err == nil {
			if path, err = filepath.EvalSymlinks(path); err == nil {
				places = append([]string{filepath.Dir(path)}, places...)
			}
		}
	}
	var problems []error
	for _, place := range places {
		version, err := postgresVersion(filepath.Join(place, "postgres"))
		switch {
		case err != nil:
			problems = append(problems, err)
		case !atLeast(minPostgres, version):
			problems = append(problems, fmt.Errorf("%s has version %s, want %s or newer", place, version, minPostgres))
		default:
			return place, nil
		}
	}
	return "", fmt.Errorf("find PostgreSQL's initdb and postgres for the tests: %w",
		errors.Join(append(problems, errors.New("none on PATH or in /usr/lib/postgresql that will do"))...))
})

// debianPostgres is where Debian puts the programs of each release, out of PATH.
func debianPostgres() []string {
	places, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // the pattern is good
	return places
}

// postgresVersion reads "15.18" from "postgres (PostgreSQL) 15.18 (Debian …)".
func postgresVersion(path string) (string, error) {
	out, err := ask(path, "--version")
	if err != nil {
		return "", fmt.Errorf("ask %s for its version: %w", path, err)
	}
	_, rest, ok := strings.Cut(string(out), "(PostgreSQL) ")
	if !ok {
		return "", fmt.Errorf("ask %s for its version: it answered %q", path, out)
	}
	version, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	return version, nil
}
