package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"hardpan/internal/lint"
	"hardpan/policy"
)

func newLint(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lint FILE|FOLDER|-...",
		Short: "say what is wrong in policies, before anybody is denied",
		Long: `Reads IAM policies and says what is wrong in them, or probably not meant: where,
why, and what to do. No server is needed. A folder stands for its *.json files,
and - for the standard input. The rules are described in doc/lint.md.

The exit code is 0 if nothing was found that is as bad as --fail-on says, 1 if
something was, and 2 if a file cannot be read.`,
		Example: `  hardpan lint policy.json
  hardpan lint --together policies/          # all of one principal
  hardpan lint --kind scp --fail-on note guardrails.json
  hardpan lint --output sarif policies/ > lint.sarif`,
		Args: args(cobra.MinimumNArgs(1)),
	}
	form, failOn, kind := lintForm(asText), lint.Error, policyKind{}
	flags := cmd.Flags()
	flags.VarP(&form, "output", "o", "text for people, json for programs, sarif for code scanners")
	flags.Var(&kind, "kind", "of all policies: "+strings.Join(kindNames(), ", ")+"\n(else as each one looks)")
	flags.TextVar(&failOn, "fail-on", lint.Error, "exit with 1 for findings of this `SEVERITY` or worse:\nerror, warning or note")
	together := flags.Bool("together", false, "all policies belong to one principal: one may allow\nwhat another lacks")
	complete(cmd, "output", string(asText), string(asJSON), string(asSARIF))
	complete(cmd, "kind", kindNames()...)
	complete(cmd, "fail-on", "error", "warning", "note")
	cmd.RunE = func(_ *cobra.Command, names []string) error {
		files, err := p.policyFiles(names)
		if err != nil {
			return err
		}
		checkFiles(files, kind, *together)
		if err := p.showLint(files, form); err != nil {
			return err
		}
		return lintVerdict(files, failOn)
	}
	return cmd
}

func complete(cmd *cobra.Command, flag string, values ...string) {
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

// lintedFile is one policy with what was found in it.
type lintedFile struct {
	name     string
	text     []byte // what is longer than a policy can be is cut off
	kind     policy.Kind
	findings []lint.Finding
}

// unreadable is the fault of a file that cannot be read: status 2, as nothing can
// be said about it.
func unreadable(name string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return &fault{cause: fmt.Errorf("reading policy %s: %w", name, err), next: "name files with IAM policies in JSON, folders that hold such files, or - for the standard input", code: exitUsage}
}

// policyFiles reads what was named, folders in the order of their names. A file
// that is named twice is read once.
func (p *program) policyFiles(names []string) ([]*lintedFile, error) {
	var files []*lintedFile
	for _, name := range names {
		paths, err := policyPaths(name)
		if err != nil {
			return nil, unreadable(name, err)
		}
		for _, path := range paths {
			if slices.ContainsFunc(files, func(f *lintedFile) bool { return f.name == path }) {
				continue
			}
			f, err := p.policyFile(path)
			if err != nil {
				return nil, unreadable(path, err)
			}
			files = append(files, f)
		}
	}
	return files, nil
}

const (
	standardInput = "-"
	stdinName     = "<stdin>"
)

// policyPaths are the files that a name stands for.
func policyPaths(name string) ([]string, error) {
	if name == standardInput {
		return []string{name}, nil
	}
	info, err := os.Stat(name)
	if err != nil || !info.IsDir() {
		return []string{name}, err
	}
	var paths []string
	err = filepath.WalkDir(name, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() && filepath.Ext(path) == ".json" {
			paths = append(paths, path)
		}
		return err
	})
	if err == nil && len(paths) == 0 {
		err = errors.New("the folder holds no *.json file")
	}
	return paths, err
}

// policyFile reads no more than shows that a file is too long.
func (p *program) policyFile(path string) (*lintedFile, error) {
	from, name := p.in, stdinName
	if path != standardInput {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		from, name = file, path
	}
	text, err := io.ReadAll(io.LimitReader(from, policy.MaxSize+1))
	return &lintedFile{name: name, text: text}, err
}

// checkFiles looks at each file by itself, or at all as the policies of one
// principal.
func checkFiles(files []*lintedFile, kind policyKind, together bool) {
	docs := make([]lint.Document, len(files))
	for i, f := range files {
		f.kind = kind.of(f.text)
		docs[i] = lint.Document{Text: f.text, Kind: f.kind}
	}
	if together {
		for i, found := range lint.Check(docs...) {
			files[i].findings = found
		}
		return
	}
	for i := range docs {
		files[i].findings = lint.Check(docs[i])[0]
	}
}

// policyKind is the flag --kind; its zero value looks at each policy.
type policyKind struct {
	name string
	kind policy.Kind
}

var policyKinds = []policyKind{
	{"identity", policy.Identity},
	{"resource", policy.Resource},
	{"trust", policy.Trust},
	{"scp", policy.SCP},
	{"rcp", policy.RCP},
	{"boundary", policy.Boundary},
	{"session", policy.Session},
}

func kindNames() []string {
	var names []string
	for _, k := range policyKinds {
		names = append(names, k.name)
	}
	return names
}

func (k *policyKind) String() string { return k.name }
func (k *policyKind) Type() string   { return "KIND" }

// Set implements pflag.Value.
func (k *policyKind) Set(text string) error {
	i := slices.IndexFunc(policyKinds, func(known policyKind) bool { return known.name == text })
	if i < 0 {
		return fmt.Errorf("it is one of %s", strings.Join(kindNames(), ", "))
	}
	*k = policyKinds[i]
	return nil
}

// of is the kind that was said, or the one that the policy looks like.
func (k *policyKind) of(text []byte) policy.Kind {
	if k.name != "" {
		return k.kind
	}
	doc, err := policy.Parse(text)
	if err != nil {
		return policy.Identity
	}
	sts := true
	for i := range doc.Statements {
		s := &doc.Statements[i]
		if s.Principal == nil && s.NotPrincipal == nil {
			return policy.Identity
		}
		sts = sts && s.Resource == nil && s.NotResource == nil && !slices.ContainsFunc(s.Action.Texts(), func(a string) bool {
			return !strings.HasPrefix(strings.ToLower(a), "sts:")
		})
	}
	if sts {
		return policy.Trust
	}
	return policy.Resource
}

// lintVerdict is the error that makes the exit code 1.
func lintVerdict(files []*lintedFile, failOn lint.Severity) error {
	bad := 0
	for _, f := range files {
		for i := range f.findings {
			if f.findings[i].Severity >= failOn {
				bad++
			}
		}
	}
	if bad == 0 {
		return nil
	}
	return failed("", "%s as bad as --fail-on %s or worse", plural(bad, "finding"), failOn)
}

func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
