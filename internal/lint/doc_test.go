package lint

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"hardpan/policy"
)

var (
	docSection = regexp.MustCompile(`(?ms)^## ([a-z-]+)\n\n\*(Error|Warning|Note)\.\* (.*?)\n`)
	docExample = regexp.MustCompile("(?s)Bad:\n\n```json\n(.*?)\n```\n\nGood:\n\n```json\n(.*?)\n```\n")
)

// sections are the parts of doc/lint.md by the rule that they describe.
func sections(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../doc/lint.md")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, part := range strings.Split(string(text), "\n## ")[1:] {
		part = "## " + part
		head := docSection.FindStringSubmatch(part)
		if head == nil {
			t.Fatalf("a section begins otherwise than the others: %.80q", part)
		}
		found[head[1]] = part
		for _, r := range Rules() {
			if r.ID == head[1] && (!strings.EqualFold(r.Severity.String(), head[2]) || r.Meaning != head[3]) {
				t.Errorf("%s: the section says %q, %q; the table %q, %q", r.ID, head[2], head[3], r.Severity, r.Meaning)
			}
		}
	}
	return found
}

// What the documentation says of a rule, the rule does: its bad example has that
// finding and no other, its good one has none at all.
func TestDocumentation(t *testing.T) {
	parts := sections(t)
	if len(parts) != len(Rules()) {
		t.Errorf("%d sections for %d rules", len(parts), len(Rules()))
	}
	for _, r := range Rules() {
		t.Run(r.ID, func(t *testing.T) {
			bad, good := examples(t, r.ID, parts[r.ID])
			worst := Note
			found := Check(bad)[0]
			for _, f := range found {
				worst = max(worst, f.Severity)
				if f.Rule != r.ID {
					t.Errorf("the bad example has a finding of %s: %s", f.Rule, f.Message)
				}
			}
			if len(found) == 0 || worst != r.Severity {
				t.Errorf("the bad example: %d findings, at worst %s; want %s", len(found), worst, r.Severity)
			}
			for _, f := range Check(good)[0] {
				t.Errorf("the good example has a finding of %s: %s", f.Rule, f.Message)
			}
		})
	}
}

// examples are a section's, but for size: an example would fill pages.
func examples(t *testing.T, rule, section string) (bad, good Document) {
	t.Helper()
	if rule == ruleSize {
		return Document{Text: long(700)}, Document{Text: long(100)}
	}
	found := docExample.FindStringSubmatch(section)
	if found == nil {
		t.Fatalf("doc/lint.md has no bad and good example for %s", rule)
	}
	return Document{Text: []byte(found[1])}, Document{Text: []byte(found[2])}
}

// long is a policy with n models.
func long(n int) []byte {
	models := make([]string, n)
	for i := range models {
		models[i] = `"arn:aws:bedrock:us-west-2::foundation-model/m` + itoa(i) + `"`
	}
	return []byte(`{"Version":"` + policy.Version2012 + `","Statement":[{"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":[` + strings.Join(models, ",") + `]}]}`)
}
