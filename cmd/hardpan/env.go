package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// variable is one that a shell needs in order to use the server; an empty value
// takes it away.
type variable struct{ name, value string }

func newEnv(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "env",
		Short: "print what a shell needs so that AWS's clients use this server",
		Long: `Prints the variables that point the AWS CLI, the SDKs and what is built on them
at this server, with the administrator's credentials of its data folder.

With --bearer it prints them for the holder of a Bedrock API key instead: no
credentials, and the name of the variable that the key belongs in.`,
		Example: `  eval "$(hardpan env)"                                  # sh, bash, zsh
  hardpan env --shell fish | source                      # fish
  hardpan env --shell powershell | Out-String | iex      # PowerShell
  eval "$(hardpan env --bearer)"; export AWS_BEARER_TOKEN_BEDROCK=ABSK…`,
		Args: args(cobra.NoArgs),
	}
	var l place
	l.addFlags(cmd)
	l.addRegion(cmd, "the region that AWS's clients go to (or AWS_REGION; else "+defaultRegion+")")
	shell := "sh"
	cmd.Flags().StringVar(&shell, "shell", shell, "whose language to print: "+strings.Join(shells, ", "))
	_ = cmd.RegisterFlagCompletionFunc("shell", cobra.FixedCompletions(shells, cobra.ShellCompDirectiveNoFileComp))
	bearer := cmd.Flags().Bool("bearer", false, "for the holder of a Bedrock API key, who has no access key")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if !slices.Contains(shells, shell) {
			return usage(cmd, "--shell is one of %s, not %q", strings.Join(shells, ", "), shell)
		}
		variables, err := p.variables(l, *bearer)
		if err != nil {
			return err
		}
		for _, v := range variables {
			fmt.Fprintln(p.out, v.in(shell))
		}
		return nil
	}
	return cmd
}

// variables is what a shell needs.
func (p *program) variables(l place, bearer bool) ([]variable, error) {
	endpoint, err := l.newest(p)
	if err != nil {
		return nil, err
	}
	list := []variable{{"AWS_ENDPOINT_URL", endpoint}, {"AWS_REGION", l.home(p)}}
	file, ok := l.file(p, credentialsFile)
	switch {
	case bearer:
	case !ok:
		return nil, failed("run this where the server was started, or with its --data-dir;\nwhoever has a Bedrock API key and no access key says --bearer",
			"finding the administrator's credentials: there is no file %s", file)
	default:
		list = append(list, variable{"AWS_SHARED_CREDENTIALS_FILE", file}, variable{"AWS_PROFILE", "default"})
		// Whichever of these is left over would win over the file.
		for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_BEARER_TOKEN_BEDROCK"} {
			if p.getenv(name) != "" {
				list = append(list, variable{name, ""})
			}
		}
	}
	if ca, ok := l.file(p, caFile); ok && strings.HasPrefix(endpoint, "https:") {
		list = append(list, variable{"AWS_CA_BUNDLE", ca})
	}
	return list, nil
}

// newest is [place.url] for a shell whose AWS_ENDPOINT_URL may be that of
// yesterday's server: one that runs now knows better.
func (l *place) newest(p *program) (string, error) {
	said, err := l.url(p)
	if err != nil || said.from != "AWS_ENDPOINT_URL" {
		return said.url, err
	}
	written, err := l.written(p)
	if err != nil || written.url == "" {
		return said.url, err
	}
	said, err = firstURL(written)
	return said.url, err
}

var shells = []string{"sh", "fish", "powershell"}

// in writes v in the language of a shell.
func (v variable) in(shell string) string {
	switch {
	case shell == "fish" && v.value == "":
		return "set -e " + v.name
	case shell == "fish":
		return "set -gx " + v.name + " '" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(v.value) + "'"
	case shell == "powershell" && v.value == "":
		return "Remove-Item Env:" + v.name
	case shell == "powershell":
		return "$Env:" + v.name + " = '" + strings.ReplaceAll(v.value, "'", "''") + "'"
	case v.value == "":
		return "unset " + v.name
	}
	return "export " + v.name + "='" + strings.ReplaceAll(v.value, "'", `'\''`) + "'"
}
