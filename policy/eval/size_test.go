//go:build !race

package eval

import (
	"runtime"
	"testing"

	"hardpan/policy"
)

// live is what the heap holds after a collection.
func live() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestBytesPerStatement: a compiled and indexed statement takes at most a
// kilobyte beside its document, whatever the shape of the policies.
func TestBytesPerStatement(t *testing.T) {
	const n = 10_000
	for name, doc := range map[string]*policy.Document{"mixed": statements(n), "between wildcards": betweenWildcards(n)} {
		before := live()
		one := NewSet(Compile(doc, Source{Layer: LayerIdentity}))
		perStatement := (live() - before) / n
		runtime.KeepAlive(one)

		before = live()
		var policies []*Policy
		for i := range doc.Statements {
			policies = append(policies, Compile(&policy.Document{Version: doc.Version, Statements: doc.Statements[i : i+1]}, Source{Layer: LayerIdentity}))
		}
		many := NewSet(policies...)
		perPolicy := (live() - before) / n
		runtime.KeepAlive(many)

		t.Logf("%s: %d bytes a statement in one policy, %d with a policy for each", name, perStatement, perPolicy)
		if perStatement > 1024 || perPolicy > 1024 {
			t.Errorf("%s: more than 1024", name)
		}
		runtime.KeepAlive(doc)
	}
}
