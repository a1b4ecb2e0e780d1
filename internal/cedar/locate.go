package cedar

import (
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/schema/resolved"
	"github.com/cedar-policy/cedar-go/x/exp/schema/validate"
)

// cedar-go's type checker says what is wrong, and not where. The part of a condition
// is found by checking the conditions again with fewer parts; the name in the message
// is then looked for among its tokens.

var (
	unrecognized  = regexp.MustCompile("^unrecognized (action|entity type) `(.*)`$")
	notFound      = regexp.MustCompile("^attribute `([^`]*)` (?:in context for (.*)|on entity types? .*) not found$")
	optionalInput = regexp.MustCompile("^unable to guarantee safety of access to optional attribute `([^`]*)`")
	unsafeTag     = regexp.MustCompile("^unable to guarantee safety of access to tag")
	entityID      = regexp.MustCompile(`^(.*)::"(.*)"$`)
)

// locate returns the token that a message is about, and what was probably meant.
func (c *checker) locate(v *validate.Validator, g *gatewaySchema, message string) (token, string) {
	if found := unrecognized.FindStringSubmatch(message); found != nil {
		return c.unknownName(g, found[1], found[2])
	}
	if message == noApplicableAction {
		return first(c.layout.action), "no action in the policy's scope takes this kind of principal and resource"
	}
	in := c.part(v, message)
	if found := notFound.FindStringSubmatch(message); found != nil {
		names := strings.Split(found[1], ".")
		at, ok := findAttribute(in, names[len(names)-1])
		if !ok {
			at = first(in)
		}
		return at, didYouMean(at.value(), g.attributes(pathBefore(in, at), found[2]))
	}
	if found := optionalInput.FindStringSubmatch(message); found != nil {
		names := strings.Split(found[1], ".")
		at, ok := findAttribute(in, names[len(names)-1])
		if !ok {
			at = first(in)
		}
		return at, fmt.Sprintf("write %s has %s && before it", "context."+strings.Join(names[:len(names)-1], "."), names[len(names)-1])
	}
	if unsafeTag.MatchString(message) {
		if at, ok := find(in, "getTag"); ok {
			return at, "write principal.hasTag(…) && before it"
		}
	}
	return first(in), ""
}

// unknownName finds an action or entity type that the schema does not have.
func (c *checker) unknownName(g *gatewaySchema, what, name string) (token, string) {
	everywhere := c.layout.tokens
	if what == "action" {
		id := name
		if found := entityID.FindStringSubmatch(name); found != nil {
			id = found[2]
		}
		at, ok := find(everywhere, id)
		if !ok {
			at = first(c.layout.action)
		}
		return at, didYouMean(id, g.actionIDs())
	}
	segments := strings.Split(name, "::")
	for i := range everywhere {
		if typeAt(everywhere[i:], segments) {
			return everywhere[i], suggestType(g, name)
		}
	}
	return first(everywhere), suggestType(g, name)
}

// typeAt tells whether tokens begin with a type's name: A::B.
func typeAt(list []token, segments []string) bool {
	if len(list) < 2*len(segments)-1 {
		return false
	}
	for i, segment := range segments {
		if list[2*i].text != segment || i > 0 && list[2*i-1].text != "::" {
			return false
		}
	}
	return true
}

func suggestType(g *gatewaySchema, name string) string {
	var known []string
	for entity := range g.resolved.Entities {
		known = append(known, string(entity))
	}
	slices.Sort(known)
	for _, full := range known {
		if full == namespace+"::"+name {
			return fmt.Sprintf("did you mean %q?", full)
		}
	}
	if name == string(oauthUserType) || name == string(iamEntityType) {
		return "the gateway's authorizer lets no such principal in"
	}
	return didYouMean(name, append(known, string(actionType)))
}

func (g *gatewaySchema) actionIDs() []string {
	var ids []string
	for uid := range g.resolved.Actions {
		ids = append(ids, string(uid.ID))
	}
	slices.Sort(ids)
	return ids
}

// attributes returns the names that could stand behind a path: of the context for an
// action, or of a principal.
func (g *gatewaySchema) attributes(path []string, action string) []string {
	found := entityID.FindStringSubmatch(action)
	if found == nil {
		return []string{"id"}
	}
	known, ok := g.resolved.Actions[actionUID(found[2])]
	if !ok || known.AppliesTo == nil {
		return nil
	}
	record := known.AppliesTo.Context
	for _, name := range path {
		record, _ = record[types.String(name)].Type.(resolved.RecordType)
	}
	var names []string
	for name := range record {
		names = append(names, string(name))
	}
	slices.Sort(names)
	return names
}

// pathBefore returns the attributes that stand before one: input for context.input.x.
func pathBefore(list []token, at token) []string {
	var path []string
	i := slices.IndexFunc(list, func(t token) bool { return t.start == at.start })
	for i -= 2; i > 0 && list[i].isWord() && list[i-1].text == "."; i -= 2 {
		path = append([]string{list[i].text}, path...)
	}
	return path
}

// findAttribute returns the first token that names an attribute: behind a point, a
// bracket or has.
func findAttribute(list []token, name string) (token, bool) {
	for i, t := range list {
		if i > 0 && t.value() == name && (list[i-1].text == "." || list[i-1].text == "[" || list[i-1].text == "has") {
			return t, true
		}
	}
	return token{}, false
}

// part returns the tokens of the first part of the conditions with which a message
// appears, or all tokens if it has nothing to do with them. A part can only add
// messages, so the first is searched for by halves.
func (c *checker) part(v *validate.Validator, message string) []token {
	var parts []part
	for _, clause := range c.layout.clauses {
		parts = append(parts, clause.parts...)
	}
	first := sort.Search(len(parts), func(n int) bool {
		try := *c.policy
		try.Conditions = c.layout.conditions(n + 1)
		return slices.Contains(messages(v.Policy("", &try)), message)
	})
	if first == len(parts) {
		return c.layout.tokens
	}
	return parts[first].tokens
}

// conditions returns the conditions with their first n parts only.
func (l layout) conditions(n int) []ast.ConditionType {
	var conditions []ast.ConditionType
	for _, clause := range l.clauses {
		var joined ast.IsNode
		for _, p := range clause.parts[:min(n, len(clause.parts))] {
			if p.node != nil {
				joined = and(joined, p.node)
			}
		}
		n = max(0, n-len(clause.parts))
		if joined != nil {
			conditions = append(conditions, ast.ConditionType{Condition: ast.Condition(!clause.unless), Body: joined})
		}
	}
	return conditions
}

func and(left, right ast.IsNode) ast.IsNode {
	if left == nil {
		return right
	}
	return ast.NodeTypeAnd{BinaryNode: ast.BinaryNode{Left: left, Right: right}}
}
