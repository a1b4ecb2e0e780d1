package hardpan_test

// The repository's own rules, each with its reason. repo_floors_test.go holds the
// rules about who imports whom, repo_code_test.go those about Go code, and this file
// those about files and text, and what the others share.

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// goFile is one parsed Go file of the module.
type goFile struct {
	path   string // with slashes, relative to the root
	pkg    string // its folder: "policy/eval"; "." for the root
	test   bool
	gen    bool // generated: no person reads or edits it
	syntax *ast.File
	lines  int
}

var fileSet = token.NewFileSet()

// goFiles parses every Go file once. The tools module is a program of other people.
var goFiles = sync.OnceValues(func() ([]goFile, error) {
	var files []goFile
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if skipDir(entry) {
			return fs.SkipDir
		}
		if entry.IsDir() || path.Ext(name) != ".go" {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		syntax, err := parser.ParseFile(fileSet, name, text, parser.ParseComments)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		files = append(files, goFile{
			path: name, pkg: path.Dir(name), test: strings.HasSuffix(name, "_test.go"),
			gen: ast.IsGenerated(syntax), syntax: syntax, lines: bytes.Count(text, []byte("\n")),
		})
		return nil
	})
	return files, err
})

// skipDir tells whether a folder is no part of the repository's own text.
func skipDir(entry fs.DirEntry) bool {
	name := entry.Name()
	return entry.IsDir() && name != "." && name != ".ci" &&
		(strings.HasPrefix(name, ".") || name == "testdata" || name == "bin" || name == "hardpan-data")
}

// eachGoFile calls check for every Go file that a person wrote.
func eachGoFile(t *testing.T, check func(*testing.T, goFile)) {
	t.Helper()
	files, err := goFiles()
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("no Go file was found")
	}
	for _, file := range files {
		if !file.gen {
			check(t, file)
		}
	}
}

// tracked lists the files that a commit would hold. Without git (a source archive)
// it lists what is there.
func tracked(t *testing.T) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err == nil {
		return strings.FieldsFunc(string(out), func(r rune) bool { return r == 0 })
	}
	var names []string
	err = filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && (entry.Name() == ".git" || entry.Name() == ".tools" || entry.Name() == "bin") {
			return fs.SkipDir
		}
		if err == nil && entry.Type().IsRegular() {
			names = append(names, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// eachText calls check for every tracked file that holds text. go.sum is left out:
// it is written by the go command.
func eachText(t *testing.T, check func(t *testing.T, name, text string)) {
	t.Helper()
	count := 0
	for _, name := range tracked(t) {
		text, err := os.ReadFile(name)
		if os.IsNotExist(err) {
			continue // deleted, and the deletion not yet committed
		}
		if err != nil {
			t.Fatal(err)
		}
		if bytes.IndexByte(text, 0) >= 0 || path.Base(name) == "go.sum" {
			continue
		}
		count++
		check(t, name, string(text))
	}
	if count == 0 {
		t.Fatal("no text file was found")
	}
}

// Whoever opens the folder finds what it is, how it is built, how it is changed, what
// it promises about security, and under which terms it may be used.
func TestRootFiles(t *testing.T) {
	for name, must := range map[string]string{
		"README.md":       "make demo",
		"ARCHITECTURE.md": "## Floors",
		"CONTRIBUTING.md": "make test",
		"SECURITY.md":     "## Reporting",
		"CHANGELOG.md":    "## [Unreleased]",
		"LICENSE":         "Apache License",
		".ci/run":         "make test",
	} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Error(err)
		} else if !strings.Contains(string(text), must) {
			t.Errorf("%s does not hold %q", name, must)
		}
	}
}

// A path of somebody's machine works there only, and tells strangers about it. The
// name of a package archive's host binds the build to that host: each tool reads it
// from the machine's own settings.
func TestNoMachinesAndHosts(t *testing.T) {
	folder := regexp.MustCompile(`(?m)(?:^|[\s"'=(:,\x60])/(?:work|root|home/[a-z][a-z0-9_-]*|Users/[A-Za-z]+)/`)
	hosts := []string{"proxy." + "golang.org", "sum." + "golang.org", "deb." + "debian.org", "registry." + "npmjs.org", "pypi" + ".org", "files." + "pythonhosted.org"}
	eachText(t, func(t *testing.T, name, text string) {
		if found := folder.FindString(text); found != "" && name != "repo_test.go" {
			t.Errorf("%s holds the machine's path %q", name, strings.TrimSpace(found))
		}
		for _, host := range hosts {
			if strings.Contains(text, host) {
				t.Errorf("%s names the package host %s", name, host)
			}
		}
	})
}

// Work that is not done belongs in an issue, where it is seen; a marker in the code
// is found by nobody until it hurts.
func TestNoMarkers(t *testing.T) {
	marker := regexp.MustCompile(`\b(?:TO` + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b`)
	eachText(t, func(t *testing.T, name, text string) {
		if found := marker.FindString(text); found != "" && name != "LICENSE" {
			t.Errorf("%s holds the marker %s", name, found)
		}
	})
}

// A file or package that is named for no subject collects whatever fits nowhere.
func TestNoRummageDrawers(t *testing.T) {
	drawer := regexp.MustCompile(`(?i)^(?:utils?|helpers?|common|misc|shared|stuff)(?:_test)?(?:\.go)?$`)
	eachGoFile(t, func(t *testing.T, file goFile) {
		for part := range strings.SplitSeq(file.path, "/") {
			if drawer.MatchString(part) {
				t.Errorf("%s: name it for what it is about", file.path)
			}
		}
	})
}

// A clone stays small for ever or never again. What is generated or fetched is not
// committed; what is data is text and compact.
func TestNoLargeFiles(t *testing.T) {
	const limit = 1 << 20
	for _, name := range tracked(t) {
		if info, err := os.Stat(name); err == nil && info.Size() > limit {
			t.Errorf("%s has %d bytes, more than %d", name, info.Size(), limit)
		}
	}
}

// A link to a file that has moved sends the reader nowhere.
func TestLinksInDocs(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	eachText(t, func(t *testing.T, name, text string) {
		if path.Ext(name) != ".md" {
			return
		}
		for _, found := range link.FindAllStringSubmatch(text, -1) {
			target, _, _ := strings.Cut(found[1], "#")
			if target == "" || strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			if _, err := os.Stat(path.Join(path.Dir(name), target)); err != nil {
				t.Errorf("%s links to %s, which is not there", name, target)
			}
		}
	})
}

// A command that a document tells people to type exists.
func TestMakeTargetsInDocs(t *testing.T) {
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	command := regexp.MustCompile("(?m)(?:^|`)make ([a-z]+)")
	eachText(t, func(t *testing.T, name, text string) {
		if path.Ext(name) != ".md" && name != ".ci/run" {
			return
		}
		for _, found := range command.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(string(makefile), "\n"+found[1]+": ") {
				t.Errorf("%s says make %s, which the Makefile does not know", name, found[1])
			}
		}
	})
}
