package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// build is what a binary knows of its own making.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Date     string `json:"date,omitempty"`     // of the revision, RFC 3339
	Modified bool   `json:"modified,omitempty"` // there were changes that are not in the revision
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func newVersion(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "print what this program was built from",
		Example: `  hardpan version
  hardpan version --output json`,
		Args: args(cobra.NoArgs),
	}
	form := addOutput(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		b := thisBuild()
		if *form == asJSON {
			return p.printJSON(b)
		}
		fmt.Fprintf(p.out, "hardpan %s\n%s %s\n", b.Version, b.Go, b.Platform)
		if b.Revision != "" {
			fmt.Fprintf(p.out, "revision %s%s\n", b.Revision, map[bool]string{true: ", modified"}[b.Modified])
		}
		if b.Date != "" {
			fmt.Fprintf(p.out, "of %s\n", b.Date)
		}
		return nil
	}
	return cmd
}

// thisBuild asks the linker's values first, then what the go command has stamped.
func thisBuild() build {
	b := build{Version: version, Revision: revision, Date: date, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	b.Modified = strings.HasSuffix(version, "-dirty")
	if info, ok := debug.ReadBuildInfo(); ok {
		b.Version = cmp.Or(b.Version, info.Main.Version)
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				b.Revision = cmp.Or(b.Revision, s.Value)
			case "vcs.time":
				b.Date = cmp.Or(b.Date, s.Value)
			case "vcs.modified":
				b.Modified = b.Modified || s.Value == "true"
			}
		}
	}
	b.Version = cmp.Or(b.Version, "(unknown)")
	return b
}
