package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hardpan/internal/lint"
	"hardpan/policy"
)

// linted runs hardpan lint.
func linted(t *testing.T, in string, args ...string) (out, errs string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(t.Context(), append([]string{"hardpan", "lint"}, args...), nil,
		streams{in: strings.NewReader(in), out: &stdout, err: &stderr})
	return stdout.String(), stderr.String(), code
}

const converseOnly = `{
	"Version": "2012-10-17",
	"Statement": {"Effect": "Allow", "Action": "bedrock:Converse",
		"Resource": "arn:aws:bedrock:us-west-2::foundation-model/amazon.titan-embed-text-v2:0"}
}
`

// What SARIF 2.1.0 requires is there, and what code scanners read points to the
// right place.
func TestLintSARIF(t *testing.T) {
	out, _, code := linted(t, converseOnly, "--output", "sarif", "-")
	if code != exitFailed {
		t.Errorf("status %d", code)
	}
	var log struct {
		Schema  string `json:"$schema"`
		Version string `json:"version"`
		Runs    []struct {
			Tool struct {
				Driver struct {
					Name  string `json:"name"`
					Rules []struct {
						ID    string `json:"id"`
						Short struct {
							Text string `json:"text"`
						} `json:"shortDescription"`
						Configuration struct {
							Level string `json:"level"`
						} `json:"defaultConfiguration"`
					} `json:"rules"`
				} `json:"driver"`
			} `json:"tool"`
			Results []struct {
				RuleID    string `json:"ruleId"`
				RuleIndex int    `json:"ruleIndex"`
				Level     string `json:"level"`
				Message   struct {
					Text string `json:"text"`
				} `json:"message"`
				Locations []struct {
					Physical struct {
						Artifact struct {
							URI string `json:"uri"`
						} `json:"artifactLocation"`
						Region struct {
							StartLine   int `json:"startLine"`
							StartColumn int `json:"startColumn"`
						} `json:"region"`
					} `json:"physicalLocation"`
				} `json:"locations"`
				Fixes []struct {
					Changes []struct {
						Artifact struct {
							URI string `json:"uri"`
						} `json:"artifactLocation"`
						Replacements []struct {
							Deleted struct {
								Length int `json:"byteLength"`
							} `json:"deletedRegion"`
							Inserted struct {
								Text string `json:"text"`
							} `json:"insertedContent"`
						} `json:"replacements"`
					} `json:"artifactChanges"`
				} `json:"fixes"`
			} `json:"results"`
		} `json:"runs"`
	}
	if err := json.Unmarshal([]byte(out), &log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || !strings.HasSuffix(log.Schema, "sarif-2.1.0.json") || len(log.Runs) != 1 || len(log.Runs[0].Results) != 1 {
		t.Fatalf("%+v", log)
	}
	driver := log.Runs[0].Tool.Driver
	if driver.Name == "" || len(driver.Rules) != len(lint.Rules()) {
		t.Errorf("driver %q with %d rules", driver.Name, len(driver.Rules))
	}
	for _, r := range driver.Rules {
		if r.ID == "" || r.Short.Text == "" || !strings.Contains("error warning note", r.Configuration.Level) {
			t.Errorf("rule %+v", r)
		}
	}
	got := log.Runs[0].Results[0]
	if got.RuleID != "converse-action" || driver.Rules[got.RuleIndex].ID != got.RuleID || got.Level != "error" || got.Message.Text == "" {
		t.Errorf("result %+v", got)
	}
	at := got.Locations[0].Physical
	if at.Artifact.URI != "%3Cstdin%3E" || at.Region.StartLine != 3 || at.Region.StartColumn != 45 {
		t.Errorf("location %+v", at)
	}
	change := got.Fixes[0].Changes[0]
	if change.Artifact.URI != at.Artifact.URI || change.Replacements[0].Deleted.Length != len(converseOnly) {
		t.Errorf("change %+v", change)
	}
	if _, err := policy.Parse([]byte(change.Replacements[0].Inserted.Text)); err != nil {
		t.Errorf("the fix is no policy: %v", err)
	}
}

// Without findings there are still results, an empty list: null is no SARIF.
func TestLintSARIFWithoutFindings(t *testing.T) {
	out, errs, code := linted(t, strings.Replace(converseOnly, "Converse", "InvokeModel", 1), "-o", "sarif", "-")
	if code != 0 || errs != "" || !strings.Contains(out, `"results": []`) {
		t.Errorf("status %d, %q, %s", code, errs, out)
	}
}

// A policy cannot write to the terminal, and a line of any length is shown in one.
func TestLintHostileText(t *testing.T) {
	hostile := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"bedrock:Foo` + "\u009b31m" + `","Resource":"*"},` + "\t" +
		`{"Sid":"` + strings.Repeat("a", 60_000) + `","Effect":"Allow","Action":"bedrock:Bar","Resource":"*"}]}`
	out, _, code := linted(t, hostile, "-")
	if code != exitFailed || strings.ContainsAny(out, "\x1b\u009b") {
		t.Errorf("status %d, and printed %q", code, out)
	}
	for line := range strings.SplitSeq(out, "\n") {
		if strings.Contains(line, " | ") && len([]rune(line)) > pageWidth {
			t.Errorf("a line of %d columns", len([]rune(line)))
		}
	}
}

// A file of ten megabytes is refused with a place, and not read.
func TestLintLargeFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "large.json")
	if err := os.WriteFile(name, bytes.Repeat([]byte(" \n"), 5<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _, code := linted(t, "", name)
	if code != exitFailed || !strings.Contains(out, "large.json:65537:1: error [size]") {
		t.Errorf("status %d: %s", code, out)
	}
}

// Without --kind, a policy is what it looks like.
func TestLintKinds(t *testing.T) {
	for text, want := range map[string]policy.Kind{
		converseOnly: policy.Identity,
		`{"Statement":{"Effect":"Allow","Principal":{"Service":"bedrock.amazonaws.com"},"Action":"sts:AssumeRole"}}`: policy.Trust,
		`{"Statement":{"Effect":"Allow","Principal":"*","Action":"bedrock:InvokeModel","Resource":"*"}}`:             policy.Resource,
		`{`: policy.Identity,
	} {
		if got := new(policyKind).of([]byte(text)); got != want {
			t.Errorf("%s is a %s, want a %s", text, got, want)
		}
	}
}
