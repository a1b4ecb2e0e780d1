package main

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hardpan/internal/op"
)

// Who reads the document plans with it.
func TestDocumentIsFresh(t *testing.T) {
	name, err := target(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	had, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(had), document(tables())); diff != "" {
		t.Errorf("doc/operations.md is stale, run make generate:\n%s", diff)
	}
}

// An API that has a table is in the document, and its routes are compared here.
func TestEveryTableIsListed(t *testing.T) {
	declared, err := filepath.Glob("../../api/*/operations_gen.go")
	if err != nil || len(declared) == 0 {
		t.Fatalf("found %d APIs of AWS, error %v", len(declared), err)
	}
	main, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range declared {
		service, err := os.ReadFile(filepath.Join(filepath.Dir(file), "service.go"))
		if err != nil || !strings.Contains(string(service), "\nfunc Table() ") {
			continue // nothing of it is built yet
		}
		if call := filepath.Base(filepath.Dir(file)) + ".Table()"; !strings.Contains(string(main), call) {
			t.Errorf("add %s to tables() in main.go and run make generate", call)
		}
	}
}

var label = regexp.MustCompile(`\{[^/}]+\}`)

// bySigner groups the tables as the door does: what shares a signing name
// shares a router.
func bySigner() map[string][]*op.Table {
	groups := map[string][]*op.Table{}
	for _, t := range tables() {
		groups[t.API.SigningName] = append(groups[t.API.SigningName], t)
	}
	return groups
}

// Nothing but method and path tells operations of one signing name apart.
func TestNoRoutesCollide(t *testing.T) {
	count := 0
	for signer, group := range bySigner() {
		taken := map[string]*op.Operation{}
		eachRoute(group, func(o *op.Operation) {
			count++
			route := o.Method + " " + label.ReplaceAllString(o.Path, "{}")
			if had := taken[route]; had != nil {
				t.Errorf("%s: %s %s and %s %s are both %s", signer, had.API.Name, had.Name, o.API.Name, o.Name, route)
			}
			taken[route] = o
		})
	}
	if count < 100 {
		t.Errorf("only %d routes were compared", count)
	}
}

// Every route finds its own operation, however clients write what is in a label.
func TestEveryRouteMatchesItself(t *testing.T) {
	values := map[string]string{ // what clients send, and what it means
		"plain":                  "x",
		"raw colon":              "us.vendor.model-v1:0",
		"escaped colon":          "us.vendor.model-v1%3A0",
		"escaped ARN":            "arn%3Aaws%3Abedrock%3Aus-west-2%3A123456789012%3Athing%2Fa1b2",
		"raw colons, ARN":        "arn:aws:bedrock:us-west-2:123456789012:thing%2Fa1b2",
		"raw ARN":                "arn:aws:bedrock:us-west-2:123456789012:thing/a1b2",
		"raw ARN, two slashes":   "arn:aws:bedrock:us-west-2:123456789012:thing/a.b/c1d2",
		"like a literal segment": "invoke",
	}
	for _, group := range bySigner() {
		router := op.NewRouter(group...)
		for about, value := range values {
			want, err := url.PathUnescape(value)
			if err != nil {
				t.Fatal(err)
			}
			eachRoute(group, func(o *op.Operation) {
				path := label.ReplaceAllLiteralString(o.Path, value)
				got, labels := router.Match(o.Method, path)
				if got != o {
					t.Errorf("%s: %s %s is %v, want %s", about, o.Method, path, name(got), o.Name)
					return
				}
				for _, l := range label.FindAllString(o.Path, -1) {
					if l = strings.Trim(l, "{}"); labels[l] != want {
						t.Errorf("%s: %s %s has %s = %q, want %q", about, o.Method, path, l, labels[l], want)
					}
				}
			})
		}
	}
}

// A route with an empty segment could never be matched.
func TestNoRouteHasAnEmptySegment(t *testing.T) {
	for _, group := range bySigner() {
		eachRoute(group, func(o *op.Operation) {
			if !regexp.MustCompile(`^/[^/{}]+(/[^/]+)*/?$`).MatchString(o.Path) {
				t.Errorf("%s %s: path %q", o.API.Name, o.Name, o.Path)
			}
		})
	}
}

// What is not built says so by its name; what is built says what it needs.
func TestDocumentSaysWhatEachOperationNeeds(t *testing.T) {
	text := document(tables())
	for _, table := range tables() {
		if built(table) == 0 {
			t.Errorf("nothing of %s is built", table.API.Title)
		}
		for _, o := range table.Operations() {
			want := "| " + o.Name + " | not built: 501 |"
			if o.Built() {
				want = "| " + o.Name + " | `" + o.Action + "`"
				if o.Action == "" {
					want = "| " + o.Name + " | none: " + o.Public
				}
			}
			if !strings.Contains(text, want) {
				t.Errorf("the document does not say %s", want)
			}
		}
	}
}

func eachRoute(group []*op.Table, visit func(*op.Operation)) {
	for _, t := range group {
		if t.API.Protocol != op.RestJSON {
			continue
		}
		for _, o := range t.Operations() {
			visit(o)
		}
	}
}

func name(o *op.Operation) string {
	if o == nil {
		return "nothing"
	}
	return o.Name
}
