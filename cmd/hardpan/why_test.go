package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
	"github.com/google/go-cmp/cmp"

	"hardpan/internal/audit"
	"hardpan/internal/explain"
	"hardpan/policy"
	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

var update = flag.Bool("update", false, "write the files in testdata/why anew")

const holder = "arn:aws:iam::123456789012:user/BedrockAPIKey-x7k2"

// decided makes what a server answers about a call of the holder, by the
// evaluator and the explainer themselves.
func decided(t *testing.T, document, action, resource string, keys map[string]string) *account {
	t.Helper()
	doc, err := policy.Parse([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	inline := eval.Compile(doc, eval.Source{Layer: eval.LayerIdentity, Name: "two-models", Owner: holder})
	subject := &eval.Subject{Account: "123456789012", PrincipalARN: holder, Identity: eval.NewSet(inline)}
	request := eval.Request{Action: action, Resource: resource, Context: condition.NewContext(nil)}
	for key, value := range keys {
		request.Context.Set(key, "request", value)
	}
	trace := subject.Trace(&request)
	if trace.Verdict.Allowed {
		t.Fatalf("%s on %s is allowed", action, resource)
	}
	encoded, err := json.Marshal(trace)
	if err != nil {
		t.Fatal(err)
	}
	check := audit.CheckTrace{Check: audit.Check{Action: action, Resource: resource, Region: "us-west-2"}, Trace: encoded}
	for entry := range request.Context.All() {
		check.Keys = append(check.Keys, audit.Key{Name: entry.Key, Origin: entry.Origin, Values: entry.Values, Multi: entry.Multi})
	}
	universe := func(yield func(*eval.Request) bool) { yield(&request) }
	return &account{
		Decision: audit.Decision{
			ID: "4q2r6v5kx7w3j2m5n4t6y2z3aa", Time: 1_795_000_000_000_000, Account: "123456789012",
			Caller: audit.Caller{ARN: holder, Type: "IAMUser", AccessKeyID: "AKIAEXAMPLE123EXAMPL"},
			Call:   audit.DecisionCall{Service: "bedrock-runtime", Operation: "Converse", Region: "us-west-2", RegionFrom: audit.RegionFromScope},
			Checks: []audit.CheckTrace{check}, Code: "AccessDeniedException", Status: 403, Message: trace.Verdict.Message,
		},
		Explanation: *explain.Explain(explain.Input{
			Trace: trace, Subject: subject, Requests: []eval.Request{request}, Universe: universe,
		}),
	}
}

func TestWhyText(t *testing.T) {
	onlyOffice := strings.Replace(twoModels, `"Effect": "Allow",`, `"Effect": "Allow", "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},`, 1)
	for name, told := range map[string]*account{
		"third-model":   decided(t, twoModels, "bedrock:InvokeModel", modelPrefix+sonnet, nil),
		"bearer-trap":   decided(t, twoModels, "bedrock:CallWithBearerToken", "*", map[string]string{"bedrock:BearerTokenType": "LONG_TERM"}),
		"wrong-address": decided(t, onlyOffice, "bedrock:InvokeModel", modelPrefix+haiku, map[string]string{"aws:SourceIp": "198.51.100.7"}),
		"explicit-deny": decided(t, strings.Replace(twoModels, "Allow", "Deny", 2), "bedrock:InvokeModel", modelPrefix+haiku, nil),
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			p := &program{streams: streams{out: &out}}
			raw, err := json.Marshal(told)
			if err != nil {
				t.Fatal(err)
			}
			if err := p.showDecision(raw, asText); err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", "why", name+".txt")
			if *update {
				if err := os.WriteFile(golden, out.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), out.String()); diff != "" {
				t.Errorf("see the difference, then go test -run TestWhyText -update\n%s", diff)
			}
		})
	}
}

// Lines fit a page, except for words that are there to be copied whole.
func TestWhyFitsThePage(t *testing.T) {
	var out bytes.Buffer
	p := &program{streams: streams{out: &out}}
	if err := p.stylesFor(&out).account(decided(t, twoModels, "bedrock:InvokeModel", modelPrefix+sonnet, nil)); err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(out.String(), "\n") {
		if lipgloss.Width(line) > pageWidth && !strings.Contains(line, "arn:aws:") {
			t.Errorf("%d columns: %s", lipgloss.Width(line), line)
		}
	}
}

// On a terminal there is colour; NO_COLOR takes it away and leaves the words.
func TestColourOnlyOnRequest(t *testing.T) {
	told := decided(t, twoModels, "bedrock:InvokeModel", modelPrefix+sonnet, nil)
	shown := func(environ ...string) string {
		var out bytes.Buffer
		p := &program{environ: environ}
		if err := p.stylesFor(&out).account(told); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	plain := shown()
	coloured := shown("TERM=xterm-256color", "CLICOLOR_FORCE=1") // a buffer is no terminal
	if strings.Contains(plain, "\x1b") {
		t.Error("escape codes in what is no terminal")
	}
	if !strings.Contains(coloured, "\x1b[") {
		t.Error("no colour although it was asked for")
	}
	if got := shown("TERM=xterm-256color", "NO_COLOR=please"); got != plain {
		t.Errorf("with NO_COLOR the text differs:\n%s", cmp.Diff(plain, got))
	}
}
