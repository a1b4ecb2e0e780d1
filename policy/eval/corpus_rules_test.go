package eval

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// The families "condition" and "layers" of the corpus are systematic. They are
// written from AWS's rules as these files state them, never from an answer of the
// engine, and checked in; the test below says when file and rule differ.
var generate = flag.Bool("generate", false, "write the systematic families of the corpus again")

func TestCorpusFollowsRules(t *testing.T) {
	cases := slices.Concat(conditionCases(), nullCases(), grantCases(), denyCases(), silentCases(), levelCases())
	seen := map[string]bool{}
	for _, want := range cases {
		if seen[want.file] {
			t.Fatalf("two cases are called %s", want.file)
		}
		seen[want.file] = true
		path := filepath.Join(corpusDir, want.file)
		if *generate {
			if err := writeRuleCase(path, want.archive()); err != nil {
				t.Fatal(err)
			}
		}
		have, err := txtar.ParseFile(path)
		if err != nil {
			t.Errorf("%v (-generate writes it)", err)
			continue
		}
		have.Files = slices.DeleteFunc(have.Files, func(f txtar.File) bool { return f.Name == "trace" })
		if !bytes.Equal(txtar.Format(have), txtar.Format(want.archive())) {
			t.Errorf("%s is not what the rules say (-generate writes it)", want.file)
		}
	}
	for _, file := range corpusFiles(t) {
		if (strings.HasPrefix(file, "condition") || strings.HasPrefix(file, "layers")) && !seen[file] {
			t.Errorf("%s follows from no rule", file)
		}
	}
}

// writeRuleCase keeps the trace that is there already.
func writeRuleCase(path string, archive *txtar.Archive) error {
	if have, err := txtar.ParseFile(path); err == nil {
		for _, f := range have.Files {
			if f.Name == "trace" {
				archive.Files = append(archive.Files, f)
			}
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, txtar.Format(archive), 0o644)
}

// ruleCase is a systematic case with one check.
type ruleCase struct {
	file, why string
	policies  []casePolicy
	request   fields
	want      fields
}

func (c ruleCase) archive() *txtar.Archive {
	a := &txtar.Archive{Comment: []byte(c.why + "\n\n")}
	for _, p := range c.policies {
		name := p.layer.String()
		if p.level > 0 {
			name += fmt.Sprintf(" %d", p.level)
		}
		if p.name != "" {
			name += " " + p.name
		}
		a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(p.text)})
	}
	a.Files = append(a.Files, txtar.File{Name: "request", Data: c.request.text()}, txtar.File{Name: "want", Data: c.want.text()})
	return a
}

func (f fields) text() []byte {
	var b bytes.Buffer
	for _, field := range f {
		fmt.Fprintf(&b, "%s: %s\n", field[0], field[1])
	}
	return b.Bytes()
}

// document writes statements, one a line.
func document(statements ...string) string {
	return "{\"Version\": \"2012-10-17\", \"Statement\": [\n  " + strings.Join(statements, ",\n  ") + "\n]}\n"
}

func jsonText(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // strings always encode
	}
	return strings.TrimSpace(b.String())
}

const (
	ruleUser     = "arn:aws:iam::123456789012:user/foo"
	ruleAction   = "bedrock:InvokeModel"
	ruleResource = "arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-lite-v1:0"
)

// The texts of a denial (IAM User Guide, "Troubleshoot access denied error
// messages").
func silentText(principal, layer string) string {
	return "User: " + principal + " is not authorized to perform: " + ruleAction + " on resource: " + ruleResource +
		" because no " + map[string]string{
		"identity": "identity-based policy", "boundary": "permissions boundary", "session": "session policy",
		"scp": "service control policy", "rcp": "resource control policy", "resource": "resource-based policy",
	}[layer] + " allows the " + ruleAction + " action"
}

func denyText(principal, layer, arn string) string {
	text := "User: " + principal + " is not authorized to perform: " + ruleAction + " on resource: " + ruleResource +
		" with an explicit deny in " + map[string]string{
		"identity": "an identity-based policy", "boundary": "a permissions boundary", "session": "a session policy",
		"scp": "a service control policy", "rcp": "a resource control policy", "resource": "a resource-based policy",
	}[layer]
	if arn != "" {
		text += ": " + arn
	}
	return text
}
