package eval

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"hardpan/policy"
)

// reference is a second evaluator, written from the rules and for nothing but
// being obviously right: no index, no compiled form, regular expressions for
// patterns, the layers as one list of questions. It shares no code with the real
// one but the parsed documents.
type reference struct {
	subject *Subject
	request *Request
}

// refMatch is a statement that fits, with how it names the caller.
type refMatch struct {
	policy    *Policy
	statement int
	right     string // "", account, role, direct
}

func (ref reference) decide() Decision {
	s, r := ref.subject, ref.request
	foreign := r.ResourceAccount != "" && r.ResourceAccount != s.Account
	if strings.EqualFold(r.Action, "sts:GetCallerIdentity") {
		return Decision{Allowed: true, Statement: -1}
	}
	own, rcps := LayerResource, s.RCPs
	if r.Trust {
		own = LayerTrust
	}
	if foreign {
		rcps = nil
	}

	type question struct {
		layer Layer
		sets  []*Set
	}
	denies := []question{{LayerSCP, s.SCPs}, {LayerRCP, rcps}, {own, []*Set{r.ResourcePolicy}}}
	if !s.Root {
		denies = append(denies, question{LayerIdentity, []*Set{s.Identity}}, question{LayerBoundary, []*Set{s.Boundary}}, question{LayerSession, []*Set{s.Session}})
	}
	for _, q := range denies {
		for _, set := range q.sets {
			if m := ref.matches(set, "Deny"); len(m) > 0 {
				return Decision{Explicit: true, Layer: q.layer, Policy: m[0].policy, Statement: m[0].statement}
			}
		}
	}
	for _, q := range []question{{LayerRCP, rcps}, {LayerSCP, s.SCPs}} {
		for _, set := range q.sets {
			if len(ref.matches(set, "Allow")) == 0 {
				return Decision{Layer: q.layer, Statement: -1}
			}
		}
	}
	if s.Root && !foreign && !r.Trust {
		return Decision{Allowed: true, Statement: -1}
	}

	grant, right := ref.best(r.ResourcePolicy)
	if (foreign || r.Trust) && right == "" {
		return Decision{Layer: own, Statement: -1}
	}
	tagging := r.Trust && strings.EqualFold(r.Action, "sts:TagSession")
	alone := !foreign && !tagging
	if s.Service != "" || s.Federated != "" { // they have no identity policies that could add anything
		alone = right == "direct" || right == "role"
	}
	if alone && right == "direct" {
		return Decision{Allowed: true, Layer: own, Policy: grant.policy, Statement: grant.statement}
	}
	d := Decision{Allowed: true, Layer: own, Policy: grant.policy, Statement: grant.statement}
	if !alone || right != "role" {
		m := ref.matches(s.Identity, "Allow")
		switch {
		case len(m) > 0:
			d = Decision{Allowed: true, Layer: LayerIdentity, Policy: m[0].policy, Statement: m[0].statement}
		case s.Root:
			d = Decision{Allowed: true, Statement: -1}
		default:
			return Decision{Layer: LayerIdentity, Statement: -1}
		}
	}
	if s.Boundary != nil && len(ref.matches(s.Boundary, "Allow")) == 0 {
		return Decision{Layer: LayerBoundary, Statement: -1}
	}
	if s.Session != nil && len(ref.matches(s.Session, "Allow")) == 0 {
		return Decision{Layer: LayerSession, Statement: -1}
	}
	return d
}

func isOrStar(name string) func(string) bool {
	return func(text string) bool { return text == name || text == "*" }
}

// best is the first statement that allows with the best right.
func (ref reference) best(set *Set) (refMatch, string) {
	for _, right := range []string{"direct", "role", "account"} {
		for _, m := range ref.matches(set, "Allow") {
			if m.right == right {
				return m, right
			}
		}
	}
	return refMatch{}, ""
}

func (ref reference) matches(set *Set, effect string) []refMatch {
	var all []refMatch
	for _, p := range set.Policies() {
		for i, s := range p.Document.Statements {
			if right, ok := ref.fits(p.Document, s); ok && s.Effect == effect {
				all = append(all, refMatch{p, i, right})
			}
		}
	}
	return all
}

func (ref reference) fits(doc *policy.Document, s policy.Statement) (right string, ok bool) {
	r := ref.request
	action := func(p string) bool { return like("(?i)", anything(p), r.Action) }
	resource := func(p string) bool {
		pattern, ok := ref.resource(p, doc.Version == "2012-10-17")
		return ok && like("", pattern, r.Resource)
	}
	if s.Action != nil && !slices.ContainsFunc(s.Action.Texts(), action) || s.NotAction != nil && slices.ContainsFunc(s.NotAction.Texts(), action) {
		return "", false
	}
	if s.Resource != nil && !slices.ContainsFunc(s.Resource.Texts(), resource) || s.NotResource != nil && slices.ContainsFunc(s.NotResource.Texts(), resource) {
		return "", false
	}
	for _, op := range s.Conditions {
		for _, key := range op.Keys {
			if !known.MatchString(op.Name) || !ref.condition(op.Name, key, doc.Version == "2012-10-17") {
				return "", false
			}
		}
	}
	return ref.right(s)
}

// right is how the statement names the caller; ok is false if it does not.
func (ref reference) right(s policy.Statement) (right string, ok bool) {
	p := s.Principal
	if s.NotPrincipal != nil {
		p = s.NotPrincipal
	}
	if p == nil {
		return "", true
	}
	c := ref.subject
	var names []string
	if p.Everyone {
		names = []string{"*"}
	}
	for _, k := range p.Kinds {
		switch {
		case k.Name == "AWS" && (c.Service == "" && c.Federated == "" || slices.Contains(k.Values.Texts(), "*")):
			names = append(names, k.Values.Texts()...)
		case k.Name == "Service" && c.Service != "" && slices.ContainsFunc(k.Values.Texts(), isOrStar(c.Service)),
			k.Name == "Federated" && c.Federated != "" && slices.ContainsFunc(k.Values.Texts(), isOrStar(c.Federated)):
			right = "direct"
		}
	}
	root := "arn:aws:iam::" + c.Account + ":root"
	switch {
	case right == "direct":
	case c.SessionARN != "" && slices.Contains(names, c.SessionARN), c.RoleARN == "" && slices.Contains(names, c.PrincipalARN):
		right = "direct"
	case c.Root && (slices.Contains(names, c.Account) || slices.Contains(names, root)):
		right = "direct"
	case c.RoleARN != "" && slices.Contains(names, c.RoleARN), slices.Contains(names, "*"):
		right = "role"
	case slices.Contains(names, c.Account), slices.Contains(names, root):
		right = "account"
	}
	if s.NotPrincipal != nil {
		return "role", right == ""
	}
	return right, right != ""
}

var compiled sync.Map // the same few patterns are asked for again and again

func like(flags, pattern, text string) bool {
	pattern = "(?s)" + flags + "^" + pattern + "$"
	re, ok := compiled.Load(pattern)
	if !ok {
		re, _ = compiled.LoadOrStore(pattern, regexp.MustCompile(pattern))
	}
	return re.(*regexp.Regexp).MatchString(text)
}

// anything is a pattern whose wildcards match anything, as a regular expression.
func anything(p string) string {
	p = regexp.QuoteMeta(p)
	return strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(p)
}

var variable = regexp.MustCompile(`\$\{[^}]*\}`)

// expand replaces the variables of p by their values, quoted, and hands the text
// between them to between.
func (ref reference) expand(p string, variables bool, between func(string) string) (string, bool) {
	if !variables {
		return between(p), true
	}
	out, ok := "", true
	for p != "" {
		at := variable.FindStringIndex(p)
		if at == nil {
			return out + between(p), ok
		}
		value, found := ref.value(p[at[0]+2 : at[1]-1])
		ok = ok && found
		out += between(p[:at[0]]) + regexp.QuoteMeta(value)
		p = p[at[1]:]
	}
	return out, ok
}

// expandText replaces the variables of p, keeping it a pattern: stars and
// question marks of values are written as \x01 and \x02.
func (ref reference) expandText(p string, variables bool) (string, bool) {
	ok := true
	if variables {
		p = variable.ReplaceAllStringFunc(p, func(v string) string {
			value, found := ref.value(v[2 : len(v)-1])
			ok = ok && found
			return strings.NewReplacer("*", "\x01", "?", "\x02").Replace(value)
		})
	}
	return p, ok
}

var literalStars = strings.NewReplacer("\x01", `\*`, "\x02", `\?`)

func (ref reference) value(name string) (string, bool) {
	if name == "*" || name == "?" || name == "$" {
		return name, true
	}
	name, fallback, hasDefault := strings.Cut(name, ", ")
	if values, ok := ref.request.Context.Get(name); ok && len(values) == 1 && !strings.EqualFold(name, "aws:TagKeys") {
		return values[0], true
	}
	return strings.Trim(fallback, "'"), hasDefault
}

// resource is a Resource pattern as a regular expression: in the first five
// parts a wildcard stays in its part, but for a star at its end.
func (ref reference) resource(p string, variables bool) (string, bool) {
	part := strings.SplitN(p, ":", 6)
	for len(part) < 6 && part[0] == "arn" && !strings.Contains(p, "*:") && !strings.HasSuffix(p, "*") {
		part = append(part, "*")
	}
	last := len(part) - 1
	sixth := last == 5
	for i, text := range part {
		if sixth && i == last {
			break
		}
		end, star := strings.CutSuffix(text, "*")
		text = strings.NewReplacer(`\*`, "[^:]*", `\?`, "[^:]").Replace(regexp.QuoteMeta(end))
		if star {
			text += ".*"
		}
		part[i] = text
	}
	ok := true
	if sixth {
		part[last], ok = ref.expand(part[last], variables, anything)
	}
	return strings.Join(part, ":"), ok
}
