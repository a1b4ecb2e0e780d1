package cedar_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The policy of the document is a policy, and the finding that it shows is what is found.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile("../../doc/cedar.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```cedar\n(.*?)```").FindSubmatch(text)
	if block == nil {
		t.Fatal("the document shows no policy")
	}
	schema := shopSchema(t)
	if found := schema.Validate(string(block[1])); len(found) > 0 {
		t.Errorf("got %v", found)
	}
	wrong := "permit" + on + "\nwhen {\n  context.input.order == \"x\" &&\n  context.input.amout < 5 };"
	said := strings.Join(strings.Fields(string(text)), " ")
	if found := schema.Validate(wrong); len(found) != 1 || !strings.Contains(said, found[0].String()) {
		t.Errorf("the document does not show what is found: %v", found)
	}
}
