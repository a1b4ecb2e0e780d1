package cedar

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/schema/validate"
)

// maxFindings is how many findings of one statement are kept: a condition on every
// tool has its mistake once for each.
const maxFindings = 20

// Validate returns what is wrong in a statement that is to become a policy of the
// schema's gateways, sorted by position; nothing if nothing is. A policy that names
// its gateway is checked against that one, any other against all.
//
// The rules beyond Cedar's own are AgentCore's: a resource without any constraint is
// refused with "a wildcard resource was detected", and who names actions has to name
// the gateway. AWS's pages contradict each other on the first, so both are mistakes,
// which [IgnoreAllFindings] passes over. Dogwood's extensions are [Unusable].
func (s *Schema) Validate(statement string) []Finding {
	parsed, unusable := read(statement)
	if unusable != nil {
		return []Finding{*unusable}
	}
	c := &checker{schema: s, policy: (*ast.Policy)(parsed.AST()), layout: layoutOf(statement)}
	c.scope()
	for _, g := range c.gateways() {
		c.types(g)
	}
	if len(s.gateways) > 0 && len(c.findings) == 0 {
		c.unknownArguments()
		c.neverMatches()
	}
	slices.SortStableFunc(c.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return c.findings[:min(len(c.findings), maxFindings)]
}

// checker checks one statement.
type checker struct {
	schema   *Schema
	policy   *ast.Policy
	layout   layout
	findings []Finding
}

func (c *checker) add(f Finding) {
	same := func(other Finding) bool {
		return f.Line == other.Line && f.Column == other.Column && f.Message == other.Message
	}
	if i := slices.IndexFunc(c.findings, same); i >= 0 {
		if c.findings[i].Gateway != f.Gateway {
			c.findings[i].Gateway = ""
		}
		return
	}
	c.findings = append(c.findings, f)
}

func (c *checker) mistake(at token, message, suggestion string) {
	c.add(Finding{Severity: Mistake, Line: max(at.line, 1), Column: max(at.column, 1), Message: message, Suggestion: suggestion})
}

// first returns the first of some tokens.
func first(list []token) token {
	if len(list) == 0 {
		return token{line: 1, column: 1}
	}
	return list[0]
}

// scope checks AgentCore's rules for the three elements of the scope.
func (c *checker) scope() {
	at := first(c.layout.resource)
	if _, wild := c.policy.Resource.(ast.ScopeTypeAll); wild {
		c.mistake(at, "a wildcard resource was detected",
			`name the gateway, resource == AgentCore::Gateway::"…", or all of them, resource is AgentCore::Gateway`)
		return
	}
	if _, all := c.policy.Action.(ast.ScopeTypeAll); all {
		return
	}
	if _, named := c.policy.Resource.(ast.ScopeTypeEq); !named {
		c.mistake(at, "a policy that names actions has to name its gateway", `write resource == AgentCore::Gateway::"…"`)
	}
}

// gateways returns those that the policy can be about.
func (c *checker) gateways() []*gatewaySchema {
	named := scopeOf(c.policy).gateway
	if named == "" {
		var all []*gatewaySchema
		for _, arn := range c.schema.Gateways() {
			all = append(all, c.schema.gateways[arn])
		}
		return all
	}
	if g := c.schema.gateways[named]; g != nil {
		return []*gatewaySchema{g}
	}
	at, ok := find(c.layout.resource, named)
	if !ok {
		at = first(c.layout.resource)
	}
	c.mistake(at, fmt.Sprintf("the gateway %q does not use this policy engine", named), didYouMean(named, c.schema.Gateways()))
	return nil
}

// types runs cedar-go's type checker for one gateway.
func (c *checker) types(g *gatewaySchema) {
	v := validate.New(g.about(c.policy))
	seen := make(map[string]bool)
	for _, message := range messages(v.Policy("", c.policy)) {
		if seen[message] || len(seen) == maxFindings {
			continue
		}
		seen[message] = true
		at, suggestion := c.locate(v, g, message)
		if seenUnknown(seen) && message == noApplicableAction {
			continue // the unknown name says it better
		}
		c.add(Finding{
			Severity: Mistake, Line: at.line, Column: at.column, Message: message, Suggestion: suggestion, Gateway: g.arn,
		})
	}
}

// noApplicableAction is what cedar-go and AWS say of a scope that fits no action.
const noApplicableAction = "unable to find an applicable action given the policy scope constraints"

func seenUnknown(seen map[string]bool) bool {
	for message := range seen {
		if unrecognized.MatchString(message) {
			return true
		}
	}
	return false
}

// messages returns the single errors of a joined one.
func messages(err error) []string {
	if err == nil {
		return nil
	}
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		return []string{err.Error()}
	}
	var all []string
	for _, each := range joined.Unwrap() {
		all = append(all, messages(each)...)
	}
	return all
}

// neverMatches warns of a policy whose conditions are false for every action that it is
// about, whoever calls.
func (c *checker) neverMatches() {
	policy, err := compile(Policy{ID: "new", Statement: c.layout.text})
	if err != nil {
		return
	}
	if !c.schema.neverMatches(policy) {
		return
	}
	at := first(c.layout.tokens)
	if len(c.layout.clauses) > 0 {
		at = c.layout.clauses[0].keyword
	}
	c.add(Finding{
		Severity: Warning, Line: at.line, Column: at.column,
		rule:    RulePolicyNeverMatches,
		Message: "the policy can never match: its conditions are false or fail for every input of every action that it is about",
	})
}
