package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func newMan(p *program) *cobra.Command {
	return &cobra.Command{
		Use:   "man FOLDER",
		Short: "write the manual pages",
		Long: `Writes a manual page for each command, in section 1, into a folder, which is
made if it is not there. They say what --help says.`,
		Example: `  hardpan man ~/.local/share/man/man1    # then: man hardpan-key-create
  hardpan man ./man1`,
		Args: args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, folder []string) error {
			n, err := writePages(cmd.Root(), folder[0])
			if err != nil {
				return fmt.Errorf("writing the manual pages: %w", err)
			}
			fmt.Fprintf(p.out, "%d pages in %s\n", n, folder[0])
			return nil
		},
	}
}

// writePages writes a page for each command, and returns how many.
func writePages(root *cobra.Command, folder string) (int, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return 0, err
	}
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	root.DisableAutoGenTag = true
	forMan(root)
	// The date of a page is that of what it describes, so that one build's pages
	// are alike whenever they are written.
	b := thisBuild()
	date, err := time.Parse(time.RFC3339, b.Date)
	if err != nil {
		date = time.Unix(0, 0).UTC() // of a build that does not know
	}
	err = doc.GenManTree(root, &doc.GenManHeader{Section: "1", Date: &date, Source: "hardpan " + b.Version, Manual: "Hardpan"}, folder)
	if err != nil {
		return 0, err
	}
	written, err := os.ReadDir(folder)
	return len(written), err
}

// forMan keeps the texts as they are: pages are made by way of Markdown, which would
// take the words in them for its marks.
func forMan(cmd *cobra.Command) {
	cmd.Short, cmd.Long = verbatim.Replace(cmd.Short), verbatim.Replace(cmd.Long)
	for _, c := range cmd.Commands() {
		forMan(c)
	}
}

var verbatim = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "<", `\<`, ">", `\>`, "#", `\#`, "[", `\[`, "]", `\]`)
