// Command gendoc writes doc/operations.md: which of AWS's operations are built,
// and what each of those must be allowed.
//
// It knows the table of every API and nothing of how calls are carried out.
// make generate runs it, after internal/op/gen.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"hardpan/internal/api/agentcorecontrol"
	"hardpan/internal/api/bedrock"
	"hardpan/internal/api/bedrockruntime"
	"hardpan/internal/api/hardpan"
	"hardpan/internal/api/iam"
	"hardpan/internal/api/sts"
	"hardpan/internal/op"
)

//go:generate go run .

// tables returns the tables of all AWS APIs that are served.
func tables() []*op.Table {
	return []*op.Table{
		iam.Table(), sts.Table(), bedrock.Table(), bedrockruntime.Table(), agentcorecontrol.Table(), hardpan.Table(),
	}
}

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "gendoc:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	name, err := target(ctx)
	if err != nil {
		return err
	}
	if err := os.WriteFile(name, []byte(document(tables())), 0o644); err != nil {
		return fmt.Errorf("writing the table of operations: %w", err)
	}
	return nil
}

// target returns the full name of doc/operations.md.
func target(ctx context.Context) (string, error) {
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "hardpan").Output()
	if err != nil {
		return "", fmt.Errorf("asking go list where this module is: %w", err)
	}
	return filepath.Join(strings.TrimSpace(string(root)), "doc", "operations.md"), nil
}
