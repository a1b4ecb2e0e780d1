// Package catalog holds Amazon Bedrock's facts as data: regions, foundation
// models, system-defined inference profiles, IAM actions, resource types and
// the AWS managed policies that Bedrock users meet.
//
// It knows what exists. It must not know who may use it or which backend
// answers: no callers, no requests, no clock, no I/O beyond the files compiled
// into the program (data/README.md says where each figure comes from).
//
// Every file is parsed once, when first asked for. What the package returns is
// shared and must not be changed.
package catalog

import (
	"embed"
	"encoding/json"
	"fmt"
)

//go:embed data/*.json data/managed/*.json
var files embed.FS

// mustParse reads an embedded table. A table that does not parse is a fault of
// the build, not of a caller, and the tests parse every one.
func mustParse[T any](name string) T {
	raw, err := files.ReadFile("data/" + name)
	if err != nil {
		panic(fmt.Sprintf("catalog: reading %s: %v", name, err))
	}
	var rows T
	if err := json.Unmarshal(raw, &rows); err != nil {
		panic(fmt.Sprintf("catalog: parsing %s: %v", name, err))
	}
	return rows
}
