package hardpan_test

import (
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strings"
	"testing"
)

const (
	maxFileLines     = 600 // one subject, read in one sitting; the median is to stay near 120
	maxFunctionLines = 80  // what fits on a screen; the median is to stay near 10
)

// What does not fit the eye is not reviewed.
func TestSizes(t *testing.T) {
	eachGoFile(t, func(t *testing.T, file goFile) {
		if file.lines > maxFileLines {
			t.Errorf("%s has %d lines, more than %d", file.path, file.lines, maxFileLines)
		}
		for _, decl := range file.syntax.Decls {
			function, ok := decl.(*ast.FuncDecl)
			if !ok || file.test {
				continue // a table of cases is long and still easy
			}
			lines := fileSet.Position(function.End()).Line - fileSet.Position(function.Pos()).Line + 1
			if lines > maxFunctionLines {
				t.Errorf("%s: %s has %d lines, more than %d", fileSet.Position(function.Pos()), function.Name.Name, lines, maxFunctionLines)
			}
		}
	})
}

// A package's comment says what it knows and what it must not know. One that has
// nothing to say has no reason to be a package.
func TestPackageComments(t *testing.T) {
	said := make(map[string]int)
	eachGoFile(t, func(t *testing.T, file goFile) {
		if file.test {
			return
		}
		said[file.pkg] += 0
		if file.syntax.Doc == nil {
			return
		}
		said[file.pkg]++
		opening := "Package " + file.syntax.Name.Name + " "
		if file.syntax.Name.Name == "main" {
			opening = "Command " + path.Base(file.pkg) + " "
		}
		if !strings.HasPrefix(file.syntax.Doc.Text(), opening) {
			t.Errorf("%s: the comment does not begin with %q", file.path, opening)
		}
	})
	for pkg, count := range said {
		if count != 1 {
			t.Errorf("package %s has %d package comments, want one", pkg, count)
		}
	}
}

// The public packages are read by people who never see the code.
func TestPublicNamesAreDocumented(t *testing.T) {
	eachGoFile(t, func(t *testing.T, file goFile) {
		if file.test || strings.HasPrefix(file.pkg, "internal/") || strings.HasPrefix(file.pkg, "cmd/") {
			return
		}
		for _, decl := range file.syntax.Decls {
			for _, name := range undocumented(decl) {
				t.Errorf("%s: %s has no doc comment", fileSet.Position(name.Pos()), name.Name)
			}
		}
	})
}

// undocumented returns the exported names that a declaration gives no comment to. A
// comment above a group, or beside a name, speaks for it.
func undocumented(decl ast.Decl) []*ast.Ident {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		if decl.Name.IsExported() && decl.Doc == nil && exportedReceiver(decl) {
			return []*ast.Ident{decl.Name}
		}
	case *ast.GenDecl:
		var names []*ast.Ident
		for _, spec := range decl.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				if spec.Doc == nil && decl.Doc == nil {
					names = append(names, spec.Name)
				}
			case *ast.ValueSpec:
				if spec.Doc == nil && spec.Comment == nil && decl.Doc == nil {
					names = append(names, spec.Names...)
				}
			}
		}
		return slices.DeleteFunc(names, func(name *ast.Ident) bool { return !name.IsExported() })
	}
	return nil
}

// exportedReceiver tells whether other packages can call the function at all.
func exportedReceiver(decl *ast.FuncDecl) bool {
	if decl.Recv == nil {
		return true
	}
	receiver := decl.Recv.List[0].Type
	if star, ok := receiver.(*ast.StarExpr); ok {
		receiver = star.X
	}
	if generic, ok := receiver.(*ast.IndexExpr); ok {
		receiver = generic.X
	}
	name, ok := receiver.(*ast.Ident)
	return ok && name.IsExported()
}

// What happens on import happens to whoever imports, in an order that nobody wrote
// down. Tables are package variables; everything else is a call.
func TestNoInit(t *testing.T) {
	eachGoFile(t, func(t *testing.T, file goFile) {
		for _, decl := range file.syntax.Decls {
			if function, ok := decl.(*ast.FuncDecl); ok && function.Recv == nil && function.Name.Name == "init" {
				t.Errorf("%s: func init", fileSet.Position(function.Pos()))
			}
		}
	})
}

// A test that is passed over in silence is a test that does not exist. Whoever skips
// says on the line above, in a comment that begins with "skip:", who asked for it.
func TestSkipsHaveReasons(t *testing.T) {
	eachGoFile(t, func(t *testing.T, file goFile) {
		reasons := commentLines(file, "// skip: ")
		ast.Inspect(file.syntax, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok {
				return true
			}
			method, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || !slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, method.Sel.Name) {
				return true
			}
			if receiver, ok := method.X.(*ast.Ident); !ok || !slices.Contains([]string{"t", "b", "f", "tb"}, receiver.Name) {
				return true
			}
			at := fileSet.Position(call.Pos())
			if !reasons[at.Line-1] {
				t.Errorf("%s skips without a reason in a comment above it that begins with %q", at, "skip: ")
			}
			return true
		})
	})
}

func commentLines(file goFile, prefix string) map[int]bool {
	lines := make(map[int]bool)
	for _, group := range file.syntax.Comments {
		for _, comment := range group.List {
			if strings.HasPrefix(comment.Text, prefix) {
				lines[fileSet.Position(comment.Pos()).Line] = true
			}
		}
	}
	return lines
}

// A test that sleeps is slow on every machine and wrong on a busy one. Time that a
// test needs is faked with testing/synctest, or waited for by its event.
func TestNoSleepsInTests(t *testing.T) {
	eachGoFile(t, func(t *testing.T, file goFile) {
		faked := slices.ContainsFunc(file.syntax.Imports, func(spec *ast.ImportSpec) bool {
			return importPath(spec) == "testing/synctest"
		})
		if at := selector(file, "time", "Sleep"); file.test && !faked && at.IsValid() {
			t.Errorf("%s sleeps", fileSet.Position(at))
		}
	})
}

// selector returns where a file uses pkg.name, or token.NoPos.
func selector(file goFile, pkg, name string) token.Pos {
	at := token.NoPos
	ast.Inspect(file.syntax, func(node ast.Node) bool {
		use, ok := node.(*ast.SelectorExpr)
		if !ok || use.Sel.Name != name {
			return true
		}
		if from, ok := use.X.(*ast.Ident); ok && from.Name == pkg {
			at = use.Pos()
		}
		return true
	})
	return at
}
