package eval

import (
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"pgregory.net/rapid"

	"hardpan/policy"
)

// FuzzEvaluate lets the fuzzer choose policies and requests for the comparison of
// engine and reference.
func FuzzEvaluate(f *testing.F) {
	for i := range byte(32) {
		seed := make([]byte, 16<<10)
		rand.NewChaCha8([32]byte{i}).Read(seed)
		f.Add(seed)
	}
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) { compareWithReference(t) }))
}

// FuzzDocument evaluates whatever text is a policy: index, scan and trace agree,
// and a Deny of the whole document allows nothing.
func FuzzDocument(f *testing.F) {
	for _, file := range []string{"story2/takeover.txtar", "story3/full-access.txtar", "variable/two.txtar", "not/notaction-notresource.txtar", "value/date-zone.txtar"} {
		archive, err := txtar.ParseFile(filepath.Join(corpusDir, file))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(archive.Files[0].Data, "bedrock:InvokeModel", haiku, "aws:PrincipalTag/UserEmail", "foo@example.com")
	}
	f.Add([]byte(`{"Statement":{"Effect":"Deny","NotAction":"*?*","NotResource":["arn:","${"]}}`), "*", "*", "", "")
	f.Fuzz(func(t *testing.T, text []byte, action, resource, key, value string) {
		doc, err := policy.Parse(text)
		if err != nil {
			return
		}
		s := &Subject{Account: "123456789012", PrincipalARN: user, Identity: NewSet(Compile(doc, Source{Layer: LayerIdentity}))}
		r := &Request{Action: action, Resource: resource, Context: keys(key, value, "aws:username", "foo")}
		d := s.Evaluate(r)
		if trace := s.Trace(r); trace.Decision != d {
			t.Fatalf("Evaluate %+v, Trace %+v", d, trace.Decision)
		}
		for i := range doc.Statements {
			doc.Statements[i].Effect = policy.Deny
		}
		s.Identity = NewSet(Compile(doc, Source{Layer: LayerIdentity}))
		if s.Evaluate(r).Allowed && !isCallerIdentity(action) {
			t.Fatal("a document of denies allows")
		}
	})
}
