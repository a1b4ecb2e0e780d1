package cedar

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/schema/resolved"
)

// unknownArguments warns of each has of an argument that no action has that the policy
// is about. Cedar takes it for false without a word: a policy that forbids would let
// pass what it was written for.
func (c *checker) unknownArguments() {
	for _, condition := range c.policy.Conditions {
		ast.Inspect(ast.NewNode(condition.Body), func(node ast.IsNode) bool {
			if has, ok := node.(ast.NodeTypeHas); ok {
				if path, ok := inputPath(has.Arg); ok {
					c.unknownArgument(path, has.Value)
				}
			}
			return true
		})
	}
}

func (c *checker) unknownArgument(path []types.String, name types.String) {
	known := make(map[string]bool)
	about := &compiled{scope: scopeOf(c.policy)}
	for _, g := range c.gateways() {
		for _, a := range g.actions {
			if !about.isAbout(a) {
				continue
			}
			record := a.input
			for _, step := range path {
				record, _ = record[step].Type.(resolved.RecordType)
			}
			if _, ok := record[name]; ok {
				return
			}
			for other := range record {
				known[string(other)] = true
			}
		}
	}
	var tokens []token
	for _, clause := range c.layout.clauses {
		for _, p := range clause.parts {
			tokens = append(tokens, p.tokens...)
		}
	}
	at, ok := findAttribute(tokens, string(name))
	if !ok {
		at = first(tokens)
	}
	full := "context.input"
	for _, step := range path {
		full += "." + string(step)
	}
	c.add(Finding{
		Severity: Warning, Line: at.line, Column: at.column, rule: RuleUnknownArgument,
		Message:    fmt.Sprintf("%s is never given: no action that the policy is about has it", strings.Join([]string{full, string(name)}, ".")),
		Suggestion: didYouMean(string(name), slices.Sorted(maps.Keys(known))),
	})
}
