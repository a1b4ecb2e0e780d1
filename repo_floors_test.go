package hardpan_test

import (
	"go/ast"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The floors stand in one place, the table in ARCHITECTURE.md, which is read here:
// a picture that a machine checks cannot become untrue.

// pkgRule is one row of that table.
type pkgRule struct {
	floor    int      // 0 is the lowest; testFloor for what only tests import
	siblings []string // packages of the same floor that it may import
}

const (
	testFloor  = -1
	modulePath = "hardpan"
)

var floorRow = regexp.MustCompile("(?m)^\\| (\\d+|test) \\| `([^`]+)` \\|([^|]*)\\|([^|]*)\\|$")

func floors(t *testing.T) map[string]pkgRule {
	t.Helper()
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	rules := make(map[string]pkgRule)
	for _, row := range floorRow.FindAllStringSubmatch(string(text), -1) {
		rule := pkgRule{floor: testFloor}
		if row[1] != "test" {
			rule.floor, _ = strconv.Atoi(row[1])
		}
		for _, quoted := range regexp.MustCompile("`[^`]+`").FindAllString(row[4], -1) {
			rule.siblings = append(rule.siblings, strings.Trim(quoted, "`"))
		}
		if _, twice := rules[row[2]]; twice {
			t.Errorf("ARCHITECTURE.md lists %s twice", row[2])
		}
		rules[row[2]] = rule
	}
	if len(rules) == 0 {
		t.Fatal("ARCHITECTURE.md holds no floor table")
	}
	return rules
}

// imports returns the packages of this module that the program's files of each
// package import, and every package that exists.
func moduleImports(t *testing.T) (uses map[string]map[string]bool) {
	t.Helper()
	uses = make(map[string]map[string]bool)
	files, err := goFiles()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if file.test || file.pkg == "." {
			continue // the root holds no program; tests may look at every floor
		}
		if uses[file.pkg] == nil {
			uses[file.pkg] = make(map[string]bool)
		}
		for _, spec := range file.syntax.Imports {
			if imported, ok := strings.CutPrefix(importPath(spec), modulePath+"/"); ok {
				uses[file.pkg][imported] = true
			}
		}
	}
	return uses
}

func importPath(spec *ast.ImportSpec) string {
	unquoted, _ := strconv.Unquote(spec.Path.Value) // the parser has checked it
	return unquoted
}

// The table lists exactly the packages that exist: one that is missing has no
// floor, and one that is gone misleads.
func TestFloorTableIsComplete(t *testing.T) {
	rules, uses := floors(t), moduleImports(t)
	for _, pkg := range slices.Sorted(maps.Keys(uses)) {
		if _, ok := rules[pkg]; !ok {
			t.Errorf("package %s has no row in the table of ARCHITECTURE.md", pkg)
		}
	}
	for _, pkg := range slices.Sorted(maps.Keys(rules)) {
		if _, ok := uses[pkg]; !ok {
			t.Errorf("ARCHITECTURE.md lists %s, which does not exist", pkg)
		}
	}
}

// Imports go down only, so that each floor can be understood, tested and replaced
// with nothing but what is below it. Beside it a package imports only what its row
// names; a permission that nobody uses is taken back.
func TestImportsGoDown(t *testing.T) {
	rules, uses := floors(t), moduleImports(t)
	for _, pkg := range slices.Sorted(maps.Keys(uses)) {
		rule, ok := rules[pkg]
		if !ok {
			continue // TestFloorTableIsComplete says so
		}
		for _, imported := range slices.Sorted(maps.Keys(uses[pkg])) {
			target, ok := rules[imported]
			switch {
			case !ok || slices.Contains(rule.siblings, imported):
			case target.floor == testFloor && rule.floor != testFloor:
				t.Errorf("%s imports %s, which is for tests only", pkg, imported)
			case rule.floor != testFloor && target.floor >= rule.floor:
				t.Errorf("%s (floor %d) imports %s (floor %d): imports go down, or beside with a word in its row", pkg, rule.floor, imported, target.floor)
			}
		}
		for _, sibling := range rule.siblings {
			if target, ok := rules[sibling]; !ok || target.floor != rule.floor {
				t.Errorf("the row of %s names %s, which is not on its floor", pkg, sibling)
			}
			if !uses[pkg][sibling] {
				t.Errorf("the row of %s names %s, which it does not import", pkg, sibling)
			}
		}
	}
}

// Floor 0 is the language: the same question has the same answer, whenever, wherever
// and by whomever it is asked. So nothing there reaches for files, the network, the
// clock, chance or a log, or waits for anything. It leans on the standard library
// alone, as the public packages are for other programs too; but Cedar is a language
// of its own, whose evaluator and type checker nobody writes a second time.
func TestFloor0IsPure(t *testing.T) {
	impure := []string{
		"C", "context", "crypto/rand", "database/sql", "io/fs", "io/ioutil", "log", "log/slog", "math/rand", "math/rand/v2",
		"net", "net/http", "os", "os/exec", "os/signal", "os/user", "path/filepath", "plugin", "runtime/debug", "syscall", "testing", "unsafe",
	}
	clock := []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Local", "LoadLocation"}
	outside := map[string]string{"internal/cedar": "github.com/cedar-policy/cedar-go"}
	rules := floors(t)
	eachGoFile(t, func(t *testing.T, file goFile) {
		if rule, ok := rules[file.pkg]; !ok || rule.floor != 0 || file.test {
			return
		}
		for _, spec := range file.syntax.Imports {
			imported := importPath(spec)
			first, _, _ := strings.Cut(imported, "/")
			if slices.Contains(impure, imported) {
				t.Errorf("%s imports %s: floor 0 is pure", file.path, imported)
			} else if module, ok := outside[file.pkg]; ok && (imported == module || strings.HasPrefix(imported, module+"/")) {
				continue
			} else if strings.Contains(first, ".") {
				t.Errorf("%s imports %s: floor 0 needs only the standard library", file.path, imported)
			}
		}
		for _, name := range clock {
			if at := selector(file, "time", name); at.IsValid() {
				t.Errorf("%s uses time.%s: floor 0 has no clock, its caller says what time it is", fileSet.Position(at), name)
			}
		}
	})
}

// The program is one file that runs on any Linux, so nothing may need a C library.
func TestNoCgo(t *testing.T) {
	eachGoFile(t, func(t *testing.T, file goFile) {
		for _, spec := range file.syntax.Imports {
			if importPath(spec) == "C" {
				t.Errorf("%s imports C", file.path)
			}
		}
	})
}

// A table or README that names a package by its import path would hide a rename.
func TestFloorRowsNameFolders(t *testing.T) {
	for pkg := range floors(t) {
		if path.Clean(pkg) != pkg || strings.HasPrefix(pkg, modulePath+"/") {
			t.Errorf("ARCHITECTURE.md lists %q: write the folder", pkg)
		}
	}
}
