package op

import (
	"fmt"
	"sort"
	"sync"
)

// API is one AWS API: what its endpoints are called, how it is signed and
// which protocol it speaks.
type API struct {
	Name        string   // e.g. "bedrock-runtime": the endpoint prefix, and the CLI's name
	Title       string   // e.g. "Amazon Bedrock Runtime"
	SigningName string   // the service of the credential scope, e.g. "bedrock"
	Hosts       []string // endpoint prefixes besides Name, e.g. "bedrock-runtime-fips"
	EventSource string   // CloudTrail's eventSource, e.g. "bedrock.amazonaws.com"
	Namespace   string   // XML namespace of the query protocol
	Version     string   // API version of the query protocol
	Protocol    Protocol
	Global      bool // one endpoint for all regions (IAM): the region of the scope is not checked
	Bearer      bool // Bedrock API keys are accepted
	Hostless    bool // no host name means it; requests name it by their scope alone
}

// Table is the operations of one API, declared in its package. The zero value
// with an API is ready for [Add].
type Table struct {
	API *API
	ops map[string]*Operation

	completed sync.Once
}

func (t *Table) add(o *Operation) {
	if t.ops == nil {
		t.ops = map[string]*Operation{}
	}
	if had := t.ops[o.Name]; had != nil && had.Built() {
		panic(fmt.Sprintf("op: %s %s is declared twice", t.API.Name, o.Name))
	}
	t.ops[o.Name] = o
}

// Route is the name and HTTP route of an operation that AWS has.
type Route struct{ Name, Method, Path string }

// Complete adds AWS's operations that are not built, so that each answers 501
// by its name, and never a 404 or a fake success. For the query protocol
// Method and Path may be empty. It panics if a built operation is declared at
// another route than AWS's. It returns t; only the first call does anything,
// so that a package's Table function can be called by many.
func (t *Table) Complete(routes []Route) *Table {
	t.completed.Do(func() {
		for _, r := range routes {
			t.complete(r)
		}
	})
	return t
}

func (t *Table) complete(r Route) {
	if r.Path == "" {
		r.Method, r.Path = "POST", "/"
	}
	had := t.Find(r.Name)
	if had == nil {
		t.add(&Operation{API: t.API, Name: r.Name, Method: r.Method, Path: r.Path})
		return
	}
	if had.Method != r.Method || had.Path != r.Path {
		panic(fmt.Sprintf("op: %s %s is declared at %s %s, AWS has it at %s %s",
			t.API.Name, r.Name, had.Method, had.Path, r.Method, r.Path))
	}
}

// Only returns a table of those operations that keep accepts.
func (t *Table) Only(keep func(*Operation) bool) *Table {
	out := &Table{API: t.API}
	for _, o := range t.Operations() {
		if keep(o) {
			out.add(o)
		}
	}
	return out
}

// Find returns the operation called name, or nil.
func (t *Table) Find(name string) *Operation { return t.ops[name] }

// Operations returns all operations in the order of their names.
func (t *Table) Operations() []*Operation {
	all := make([]*Operation, 0, len(t.ops))
	for _, o := range t.ops {
		all = append(all, o)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all
}
