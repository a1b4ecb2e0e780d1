// Package realtools finds the real programs that tests drive: the AWS CLI v2, a
// Python with boto3, JavaScript clients and the Node that runs them, llama.cpp's
// server, and PostgreSQL. Only tests import it.
//
// It looks where aws-clients.sh, js-clients.sh, llama-server.sh and postgres.sh in
// the folder scripts look, and never installs anything itself. A test whose program
// is missing fails with what to do about it. Whoever wants to run the rest all the
// same says so with HARDPAN_TEST_WITHOUT=aws-clients,postgres, and then the test is
// skipped by name; with CI=true even that is a failure.
package realtools

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The oldest versions that the tests are written for. The AWS CLI has `login` and
// today's credential order from 2.31 on; boto3 reads AWS_BEARER_TOKEN_BEDROCK from
// 1.39 on. scripts/aws-clients.sh states the same two.
const (
	minCLI  = "2.31"
	minBoto = "1.39"
)

// AWSCLI returns the path of an AWS CLI of at least version 2.31, or ends the test.
func AWSCLI(t testing.TB) string {
	t.Helper()
	return found(t, "aws-clients", awsCLI)
}

// Python returns the path of a Python interpreter that can import boto3 1.39 or
// newer, or ends the test.
func Python(t testing.TB) string {
	t.Helper()
	return found(t, "aws-clients", python)
}

// Each client is looked for once a test binary: asking an AWS CLI for its version
// takes a third of a second.
var (
	awsCLI = sync.OnceValues(func() (string, error) {
		return look("HARDPAN_TEST_AWS", cacheDir(), "aws", minCLI, cliVersion)
	})
	python = sync.OnceValues(func() (string, error) {
		return look("HARDPAN_TEST_PYTHON", cacheDir(), "python", minBoto, botoVersion, "python3")
	})
)

// found ends the test when the program is missing, the way the caller asked for.
// name is that of its script and in HARDPAN_TEST_WITHOUT.
func found(t testing.TB, name string, find func() (string, error)) string {
	t.Helper()
	path, err := find()
	if err == nil {
		return path
	}
	without := slices.Contains(strings.Split(os.Getenv("HARDPAN_TEST_WITHOUT"), ","), name)
	if without && os.Getenv("CI") != "true" {
		// skip: the person who runs the tests asked for it by name.
		t.Skipf("NOT RUN, as HARDPAN_TEST_WITHOUT=%s asks: %v", name, err)
	}
	t.Fatalf("%v\nrun scripts/%s.sh (or make test), which installs it on Debian and elsewhere says what to install", err, name)
	return ""
}

// look tries the variable's value alone if it is set, else the cache folder's
// wrapper, else the names on PATH.
func look(variable, cache, wrapper, oldest string, version func(string) (string, error), names ...string) (string, error) {
	places := append([]string{filepath.Join(cache, "bin", wrapper), wrapper}, names...)
	if named := os.Getenv(variable); named != "" {
		places = []string{named}
	}
	var problems []error
	for _, place := range places {
		path, err := exec.LookPath(place)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		have, err := version(path)
		switch {
		case err != nil:
			problems = append(problems, err)
		case !atLeast(oldest, have):
			problems = append(problems, fmt.Errorf("%s has version %s, want %s or newer", path, have, oldest))
		default:
			return path, nil
		}
	}
	return "", fmt.Errorf("find %s for the tests: %w", wrapper, errors.Join(problems...))
}

// cacheDir is the folder that scripts/aws-clients.sh --where prints.
func cacheDir() string { return cacheFolder("HARDPAN_AWS_CLIENTS", "aws-clients") }

// cacheFolder is where the script of that name installs, unless the variable says
// otherwise.
func cacheFolder(variable, name string) string {
	if dir := os.Getenv(variable); dir != "" {
		return dir
	}
	cache := os.Getenv("XDG_CACHE_HOME")
	if cache == "" {
		cache = filepath.Join(os.Getenv("HOME"), ".cache")
	}
	return filepath.Join(cache, "hardpan", name)
}

// ask runs a client that is expected to print one line and end.
func ask(path string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	return exec.CommandContext(ctx, path, args...).Output()
}

// cliVersion reads "2.38.1" from "aws-cli/2.38.1 Python/3.14.10 ...".
func cliVersion(path string) (string, error) {
	out, err := ask(path, "--version")
	if err != nil {
		return "", fmt.Errorf("ask %s for its version: %w", path, err)
	}
	_, rest, ok := strings.Cut(string(out), "aws-cli/")
	if !ok {
		return "", fmt.Errorf("ask %s for its version: it answered %q", path, out)
	}
	version, _, _ := strings.Cut(rest, " ")
	return version, nil
}

func botoVersion(path string) (string, error) {
	out, err := ask(path, "-c", "import boto3; print(boto3.__version__)")
	if err != nil {
		return "", fmt.Errorf("import boto3 with %s: %w", path, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// atLeast compares dotted versions by their first two numbers, which is all that
// the limits above name. A version that is no number is too old.
func atLeast(oldest, have string) bool {
	return slices.Compare(majorMinor(have), majorMinor(oldest)) >= 0
}

func majorMinor(version string) []int {
	numbers := []int{0, 0}
	for i, part := range strings.SplitN(version, ".", 3) {
		if i == len(numbers) {
			break
		}
		n, err := strconv.Atoi(part)
		if err != nil {
			return []int{-1, 0}
		}
		numbers[i] = n
	}
	return numbers
}
