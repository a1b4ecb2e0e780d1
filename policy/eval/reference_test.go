package eval

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

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
	alone := !foreign && !(r.Trust && strings.EqualFold(r.Action, "sts:TagSession"))
	if alone && right == "direct" {
		return Decision{Allowed: true, Layer: own, Policy: grant.policy, Statement: grant.statement}
	}
	d := Decision{Allowed: true, Layer: own, Policy: grant.policy, Statement: grant.statement}
	if !(alone && right == "role") {
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
			if !ref.condition(op.Name, key, doc.Version == "2012-10-17") {
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
	var names []string
	if p.Everyone {
		names = []string{"*"}
	}
	for _, k := range p.Kinds {
		names = append(names, k.Values.Texts()...)
	}
	c := ref.subject
	root := "arn:aws:iam::" + c.Account + ":root"
	switch {
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

func like(flags, pattern, text string) bool {
	return regexp.MustCompile("(?s)" + flags + "^" + pattern + "$").MatchString(text)
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

// condition implements the operators that the generator uses.
func (ref reference) condition(name string, key policy.Key, variables bool) bool {
	values, _ := ref.request.Context.Get(key.Name)
	name, ifExists := strings.CutSuffix(name, "IfExists")
	set, op, qualified := strings.Cut(name, ":")
	if !qualified {
		set, op = "", name
	}
	if op == "Null" {
		return slices.Contains(key.Values.Texts(), strconv.FormatBool(len(values) == 0))
	}
	negated := strings.Contains(op, "Not")
	if qualified && !slices.ContainsFunc(values, func(v string) bool { return v != "" }) {
		values = nil
	}
	if len(values) == 0 {
		return ifExists || set == "ForAllValues" || set == "" && negated
	}
	fits := func(v string) bool {
		hit := slices.ContainsFunc(key.Values.Texts(), func(want string) bool { return ref.compare(op, want, v, variables) })
		return hit != negated
	}
	misfits := func(v string) bool { return !fits(v) }
	if set == "ForAllValues" || set == "" && negated {
		return !slices.ContainsFunc(values, misfits)
	}
	return slices.ContainsFunc(values, fits)
}

func (ref reference) compare(op, want, got string, variables bool) bool {
	pattern, ok := "", true
	switch op {
	case "StringEquals", "StringNotEquals":
		pattern, ok = ref.expand(want, variables, regexp.QuoteMeta)
	case "StringLike", "StringNotLike":
		pattern, ok = ref.expand(want, variables, anything)
	case "NumericLessThan":
		w, err := strconv.ParseFloat(want, 64)
		g, err2 := strconv.ParseFloat(got, 64)
		return err == nil && err2 == nil && g < w
	case "ArnLike", "ArnNotLike":
		want, ok = ref.expandText(want, variables)
		w, g := strings.SplitN(want, ":", 6), strings.SplitN(got, ":", 6)
		if !ok || len(w) < 6 || len(g) < 6 {
			return false
		}
		for i := range w {
			if !like("", literalStars.Replace(anything(w[i])), g[i]) {
				return false
			}
		}
		return true
	}
	return ok && like("", pattern, got)
}
