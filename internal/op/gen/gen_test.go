package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A file that is older than the SDK would let an operation that AWS has answer
// as if there were none.
func TestGeneratedFilesAreFresh(t *testing.T) {
	// Which SDK it is stands in go.mod, which only the go command reads. Looking
	// at it here keeps a cached pass from outliving an update.
	if _, err := os.Stat("../../../go.mod"); err != nil {
		t.Fatal(err)
	}
	files, err := generate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(services) {
		t.Errorf("%d files for %d services", len(files), len(services))
	}
	for name, want := range files {
		had, err := os.ReadFile(name)
		if err != nil {
			t.Error(err)
		} else if !bytes.Equal(had, want) {
			t.Errorf("%s is stale, run make generate:\n%s", name, cmp.Diff(string(had), string(want)))
		}
	}
}

// The numbers of operations on the day this was written: AWS takes few away,
// so far fewer means that the SDK is read wrongly.
func TestAllOperationsAreFound(t *testing.T) {
	_, modules, err := folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	least := map[string]int{"iam": 180, "sts": 11, "bedrock": 106, "bedrockruntime": 11, "bedrockagentcorecontrol": 172}
	for i, s := range services {
		operations, err := s.operations(modules[i])
		if err != nil {
			t.Fatal(err)
		}
		if len(operations) < least[s.name]*9/10 {
			t.Errorf("%s has %d operations, want some %d", s.name, len(operations), least[s.name])
		}
	}
}

func TestRoutesFromSchemas(t *testing.T) {
	got := schemaRoutes(parse(t, `
var Converse = smithy.NewSchema(smithy.ShapeID{Namespace: "n", Name: "Converse"}, smithy.ShapeTypeOperation, 0,
	&smithytraits.HTTP{Method: "POST", URI: "/model/{modelId}/converse", Code: 200})
var Other = smithy.NewSchema(smithy.ShapeID{Namespace: "n", Name: "Other"}, smithy.ShapeTypeString, 0)`))
	if want := (operation{"Converse", "POST", "/model/{modelId}/converse"}); got["Converse"] != want {
		t.Errorf("read %v, want %v", got["Converse"], want)
	}
	if got["Other"].path != "" {
		t.Errorf("a shape that is no operation has the route %v", got["Other"])
	}
}

func TestRoutesFromSerializers(t *testing.T) {
	got := serializerRoutes(parse(t, `
func (m *awsRestjson1_serializeOpGetThing) HandleSerialize() {
	opPath, opQuery := httpbinding.SplitURI("/things/{id}")
	request.URL.Path = smithyhttp.JoinPath(request.URL.Path, opPath)
	request.Method = "GET"
}
func (m *awsRestjson1_serializeOpGetThing) ID() string { return httpbinding.SplitURI("/no") }
func (m *other) HandleSerialize() { request.Method = "PUT" }`))
	want := map[string]operation{"GetThing": {"GetThing", "GET", "/things/{id}"}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(operation{})); diff != "" {
		t.Error(diff)
	}
}

// An operation whose route cannot be read stops the generator: it would
// otherwise be served at POST /.
func TestOperationWithoutRouteIsAnError(t *testing.T) {
	for about, serializer := range map[string]string{
		"none":      ``,
		"no method": `func (m *a_serializeOpGetThing) HandleSerialize() { httpbinding.SplitURI("/things") }`,
		"no path":   `func (m *a_serializeOpGetThing) HandleSerialize() { request.Method = "GET" }`,
		"a query":   `func (m *a_serializeOpGetThing) HandleSerialize() { httpbinding.SplitURI("/things?all"); request.Method = "GET" }`,
	} {
		t.Run(about, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range map[string]string{"api_op_GetThing.go": "", "serializers.go": "package x\n" + serializer} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, err := service{name: "x", rest: true}.operations(dir)
			if err == nil || !strings.Contains(err.Error(), "GetThing") {
				t.Errorf("error %v does not name GetThing", err)
			}
			if _, err := (service{name: "x"}).operations(dir); err != nil {
				t.Errorf("a query service needs no route, but: %v", err)
			}
		})
	}
	if _, err := (service{name: "x"}).operations(t.TempDir()); err == nil {
		t.Error("a module without operations is no error")
	}
}

func parse(t *testing.T, text string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\n"+text, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return file
}
