// Command gen writes internal/api/*/operations_gen.go: what operations AWS has,
// so that those that are not built answer by their name.
//
// It knows how the AWS SDK's modules are laid out, and asks the go command
// where they are. It imports nothing of Hardpan's, so that it builds when what
// it writes is broken or gone. make generate runs it.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

//go:generate go run .

// services are the AWS APIs that are served, by the name of the SDK's module,
// which is also that of the folder in internal/api unless it has another.
var services = []service{
	{name: "iam"},
	{name: "sts"},
	{name: "bedrock", rest: true},
	{name: "bedrockruntime", rest: true},
	{name: "bedrockagentcorecontrol", folder: "agentcorecontrol", rest: true},
}

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	files, err := generate(ctx)
	if err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(name, text, 0o644); err != nil {
			return fmt.Errorf("writing what was generated: %w", err)
		}
	}
	return nil
}

// generate returns the text of every generated file by its full name.
func generate(ctx context.Context) (map[string][]byte, error) {
	root, modules, err := folders(ctx)
	if err != nil {
		return nil, err
	}
	files := make(map[string][]byte, len(services))
	for i, s := range services {
		operations, err := s.operations(modules[i])
		if err != nil {
			return nil, fmt.Errorf("reading the operations of %s: %w", s.name, err)
		}
		text, err := render(s.pkg(), operations)
		if err != nil {
			return nil, fmt.Errorf("writing the operations of %s: %w", s.name, err)
		}
		files[filepath.Join(root, "internal", "api", s.pkg(), "operations_gen.go")] = text
	}
	return files, nil
}
