package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const sdk = "github.com/aws/aws-sdk-go-v2/service/"

type service struct {
	name   string
	folder string // in internal/api; empty: name
	rest   bool   // its operations have HTTP routes of their own
}

func (s service) pkg() string { return cmp.Or(s.folder, s.name) }

type operation struct{ name, method, path string }

// folders returns where this module and the modules of all services are.
func folders(ctx context.Context) (root string, modules []string, err error) {
	args := []string{"list", "-m", "-f", "{{.Dir}}", "hardpan"}
	for _, s := range services {
		args = append(args, sdk+s.name)
	}
	out, err := exec.CommandContext(ctx, "go", args...).Output()
	if err != nil {
		return "", nil, fmt.Errorf("asking go list for the modules of the AWS SDK: %w", err)
	}
	dirs := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(dirs) != 1+len(services) || slices.Contains(dirs, "") {
		return "", nil, errors.New("modules of the AWS SDK are not downloaded: run go mod download")
	}
	return dirs[0], dirs[1:], nil
}

// operations returns the operations of the module in dir, by name. A service
// of the query protocol has no routes: one endpoint, told apart by Action.
func (s service) operations(dir string) ([]operation, error) {
	names, err := operationNames(dir)
	if err != nil {
		return nil, err
	}
	routes := map[string]operation{}
	if s.rest {
		if routes, err = readRoutes(dir); err != nil {
			return nil, err
		}
	}
	operations := make([]operation, len(names))
	for i, name := range names {
		o, ok := routes[name]
		if s.rest && (!ok || o.method == "" || !strings.HasPrefix(o.path, "/") || strings.Contains(o.path, "?")) {
			return nil, fmt.Errorf("no plain route of %s found: the SDK's modules are laid out anew, teach internal/op/gen", name)
		}
		o.name = name
		operations[i] = o
	}
	return operations, nil
}

// operationNames reads them off the files: the SDK has one for each operation.
func operationNames(dir string) ([]string, error) {
	const prefix, suffix = "api_op_", ".go"
	files, err := filepath.Glob(filepath.Join(dir, prefix+"*"+suffix))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, file := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), prefix), suffix)
		if !strings.HasSuffix(name, "_test") {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no operations in %s", dir)
	}
	slices.Sort(names)
	return names, nil
}

// readRoutes reads method and path of each operation, from the schemas that
// newer modules have, or else from the serializers that older ones have.
func readRoutes(dir string) (map[string]operation, error) {
	file, err := parseFile(filepath.Join(dir, "schemas", "schemas.go"))
	if err == nil {
		return schemaRoutes(file), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if file, err = parseFile(filepath.Join(dir, "serializers.go")); err != nil {
		return nil, err
	}
	return serializerRoutes(file), nil
}

func parseFile(name string) (*ast.File, error) {
	return parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
}

// schemaRoutes reads var X = smithy.NewSchema(…, &smithytraits.HTTP{Method: …, URI: …}).
func schemaRoutes(file *ast.File) map[string]operation {
	routes := map[string]operation{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		o := operation{name: spec.Names[0].Name}
		ast.Inspect(spec, func(n ast.Node) bool {
			if field, ok := n.(*ast.KeyValueExpr); ok {
				switch key, _ := field.Key.(*ast.Ident); {
				case key == nil:
				case key.Name == "Method":
					o.method = text(field.Value)
				case key.Name == "URI":
					o.path = text(field.Value)
				}
			}
			return true
		})
		routes[o.name] = o
		return false
	})
	return routes
}

// serializerRoutes reads httpbinding.SplitURI(…) and request.Method = … in the
// methods of …_serializeOpX.
func serializerRoutes(file *ast.File) map[string]operation {
	routes := map[string]operation{}
	for _, decl := range file.Decls {
		method, ok := decl.(*ast.FuncDecl)
		if !ok || method.Recv == nil || method.Name.Name != "HandleSerialize" {
			continue
		}
		_, name, ok := strings.Cut(receiver(method), "_serializeOp")
		if !ok {
			continue
		}
		o := operation{name: name}
		ast.Inspect(method, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "SplitURI" && len(n.Args) == 1 {
					o.path = text(n.Args[0])
				}
			case *ast.AssignStmt:
				if to, ok := n.Lhs[0].(*ast.SelectorExpr); ok && to.Sel.Name == "Method" {
					o.method = text(n.Rhs[0])
				}
			}
			return true
		})
		routes[name] = o
	}
	return routes
}

func receiver(method *ast.FuncDecl) string {
	t := method.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if name, ok := t.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

// text returns the value of a string literal, or nothing.
func text(e ast.Expr) string {
	literal, ok := e.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return ""
	}
	value, err := strconv.Unquote(literal.Value)
	if err != nil {
		return ""
	}
	return value
}
