package eval

import (
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

const corpusDir = "testdata/corpus"

// update never touches what a case wants, only how the engine came to it.
var update = flag.Bool("update", false, "write the trace sections of the corpus again")

// corpusLeast is how many cases each family holds at least, so that none gets lost.
var corpusLeast = map[string]int{
	"action": 30, "arn": 85, "bedrock": 45, "condition": 1500, "layers": 330, "not": 24, "principal": 40,
	"story1": 14, "story2": 38, "story3": 12, "story4": 25, "tags": 20, "trust": 34, "value": 75, "variable": 65,
}

// TestCorpus asks the engine, and the reference beside it, every question of the
// corpus.
func TestCorpus(t *testing.T) {
	cases, checks := map[string]int{}, 0
	for _, file := range corpusFiles(t) {
		family, _, _ := strings.Cut(file, string(filepath.Separator))
		cases[family]++
		checks += runCase(t, file)
	}
	total := 0
	for _, family := range slices.Sorted(maps.Keys(cases)) {
		total += cases[family]
		t.Logf("%-10s %5d cases", family, cases[family])
	}
	t.Logf("%-10s %5d cases, %d checks", "together", total, checks)
	for family, least := range corpusLeast {
		if cases[family] < least {
			t.Errorf("family %s has %d cases, want at least %d", family, cases[family], least)
		}
	}
	if total < 1_500 {
		t.Errorf("the corpus has %d cases, want at least 1,500", total)
	}
}

func corpusFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(corpusDir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".txtar" {
			path, err = filepath.Rel(corpusDir, path)
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// runCase returns how many checks it made.
func runCase(t *testing.T, file string) int {
	t.Helper()
	path := filepath.Join(corpusDir, file)
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Error(err)
		return 0
	}
	c, err := parseCase(archive)
	if err != nil {
		t.Errorf("%s: %v", file, err)
		return 0
	}
	stale := false
	for i, check := range c.checks {
		trace, ok := runCheck(t, file, c, check)
		if !ok || trace == check.trace {
			continue
		}
		stale = true
		if !*update {
			t.Errorf("%s: check %d: trace\n%s\nwant\n%s\n(-update writes it)", file, i+1, trace, check.trace)
		}
	}
	if stale && *update {
		writeTraces(t, path, archive, c)
	}
	return len(c.checks)
}

// runCheck compares a verdict with the wanted one and returns how it came about;
// ok is false for a check that cannot be made.
func runCheck(t *testing.T, file string, c corpusCase, check caseCheck) (trace string, ok bool) {
	t.Helper()
	s, r, err := c.build(check)
	if err != nil {
		t.Errorf("%s: %v", file, err)
		return "", false
	}
	d, whole := s.Evaluate(r), s.Trace(r)
	if got := outcome(d, d.Message(s.caller(), r)); !slices.Equal(got, check.want) {
		t.Errorf("%s: %s\n got %q\nwant %q", file, c.why, got, check.want)
	}
	if whole.Decision != d {
		t.Errorf("%s: Evaluate %+v, Trace %+v", file, d, whole.Decision)
	}
	if want := (reference{s, r}).decide(); want != d {
		t.Errorf("%s: Evaluate %+v, reference %+v", file, d, want)
	}
	return compact(whole), true
}

// writeTraces puts the trace of each check behind its want section.
func writeTraces(t *testing.T, path string, archive *txtar.Archive, c corpusCase) {
	t.Helper()
	var files []txtar.File
	next := -1
	for _, f := range archive.Files {
		if f.Name == "trace" {
			continue
		}
		files = append(files, f)
		if f.Name == "request" {
			next++
		}
		if f.Name == "want" {
			s, r, err := c.build(c.checks[next])
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, txtar.File{Name: "trace", Data: []byte(compact(s.Trace(r)))})
		}
	}
	archive.Files = files
	if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}
