package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// The pages are made by way of Markdown, which must not eat a word of the help.
func TestPagesSayWhatHelpSays(t *testing.T) {
	var commands []*cobra.Command
	texts := map[string]string{}
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		if cmd.Name() != "help" {
			commands, texts[cmd.CommandPath()] = append(commands, cmd), cmd.Short+" "+cmd.Long+" "+cmd.Example
		}
		for _, c := range cmd.Commands() {
			walk(c)
		}
	}
	root := newRoot(&program{})
	walk(root)
	folder := t.TempDir()
	n, err := writePages(root, folder)
	if err != nil || n < len(commands) {
		t.Fatalf("%d pages for %d commands, %v", n, len(commands), err)
	}
	for _, cmd := range commands {
		text, err := os.ReadFile(filepath.Join(folder, strings.ReplaceAll(cmd.CommandPath(), " ", "-")+".1"))
		if err != nil {
			t.Error(err)
			continue
		}
		page := strings.NewReplacer(`\[dq]`, `"`, `\(aq`, "'", `\-`, "-", `\.`, ".", `\&`, "", `\e`, `\`, `\\`, `\`).Replace(string(text))
		for word := range strings.FieldsSeq(texts[cmd.CommandPath()]) {
			if !strings.Contains(page, word) {
				t.Errorf("%s: the page lacks %q of the help", cmd.CommandPath(), word)
			}
		}
	}
}
