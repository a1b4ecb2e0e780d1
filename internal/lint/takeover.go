package lint

import (
	"fmt"
	"slices"
	"strings"

	"hardpan/internal/catalog"
	"hardpan/policy"
	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

// Where a resource's tag says whose it is, whoever may set that tag owns it. A
// condition on the tag that the request brings (aws:RequestTag) limits the value
// that is set, and not what it is set on: one may put one's own value on somebody
// else's resource. Story 2's published policy has this hole.

const (
	tagAction    = "bedrock:TagResource"
	somebodyElse = "bar@example.com"
	oneself      = "foo@example.com"
)

// tagging reads a document for what it says about tags.
var tagging = relaxed(func(key string) bool {
	return hasTagPrefix(key, resourceTagKey) || hasTagPrefix(key, requestTagKey) || hasTagPrefix(key, principalTagKey) ||
		isKey(key, tagKeysKey, "aws:username")
})

// taggables are resources that can be taken over, as samples.
var taggables = []string{appProfileType, "guardrail", "custom-model", "provisioned-model", "imported-model", "prompt", "async-invoke", "agent", "knowledge-base"}

// attack is somebody who sets a tag to their own value on another's resource.
type attack struct {
	tag      string // the name
	own      string // the value that stands for the attacker
	resource string // another's
	kind     string
	caller   []string // the attacker's own keys
	subject  *eval.Subject
}

func checkTakeover(d *document) {
	if d.kind != policy.Identity {
		return
	}
	now := d.subject(d.policy, tagging)
	for _, s := range d.statements {
		if !s.allows() || !s.about("TagResource") || s.limitedByOwner() {
			continue
		}
		for _, tag := range d.owningTags(s) {
			if d.takeover(now, s, tag) {
				break
			}
		}
	}
}

// limitedByOwner reports whether the statement asks anything of the resource's
// own tags.
func (s *statement) limitedByOwner() bool {
	for _, op := range s.Conditions {
		for _, k := range op.Keys {
			if hasTagPrefix(k.Name, resourceTagKey) {
				return true
			}
		}
	}
	return false
}

// owner is a tag that decides over access, and the value that is asked for.
type owner struct {
	tag      string
	value    policy.Value // in a condition on the resource's or the request's tag
	operator string
	decides  bool // an Allow of the principal depends on it
}

// maxOwners is how many tags are tried.
const maxOwners = 8

// owningTags are the tags by which the principal's policies decide whose a
// resource is, and those that s asks for in the request.
func (d *document) owningTags(s *statement) []owner {
	var found []owner
	add := func(o owner) {
		same := func(f owner) bool { return strings.EqualFold(f.tag, o.tag) }
		if len(found) < maxOwners && !slices.ContainsFunc(found, same) {
			found = append(found, o)
		}
	}
	for _, other := range d.group.docs {
		for _, u := range other.uses() {
			tag, ok := tagName(u.key.Name, resourceTagKey)
			if ok && u.s.allows() && !u.operator.Negated && strings.HasPrefix(u.operator.Base, "String") && len(u.key.Values.Values) > 0 {
				add(owner{tag: tag, value: u.key.Values.Values[0], operator: u.operator.Base, decides: true})
			}
		}
	}
	for _, u := range d.uses() {
		tag, ok := tagName(u.key.Name, requestTagKey)
		if ok && u.s == s && !u.operator.Negated && strings.HasPrefix(u.operator.Base, "String") && len(u.key.Values.Values) > 0 {
			add(owner{tag: tag, value: u.key.Values.Values[0], operator: u.operator.Base})
		}
	}
	return found
}

// caller are the keys of somebody for whom value is their own, and that value.
func caller(value string, variables bool) (own string, keys []string) {
	if !variables {
		return strings.NewReplacer("*", "x", "?", "x").Replace(value), nil
	}
	for _, found := range variable.FindAllString(value, -1) {
		key := strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(found, "${"), "}"))
		key, _, _ = strings.Cut(key, ",")
		keys = append(keys, key, oneself)
	}
	t := condition.NewTemplate(value, condition.Syntax{Variables: true})
	own, _ = t.Resolve(asked(keys...))
	return strings.NewReplacer("*", "x", "?", "x").Replace(own), keys
}

func (d *document) takeover(now *eval.Subject, s *statement, o owner) bool {
	own, keys := caller(o.value.Text, d.policy.Variables())
	if own == "" || own == somebodyElse {
		return false
	}
	a := attack{tag: o.tag, own: own, caller: keys, subject: now}
	for _, p := range patternsOf(s.Resource) {
		for _, kind := range taggables {
			if !p.star && !p.parts.fits(kind) {
				continue
			}
			a.kind, a.resource = kind, p.victim(kind)
			gained := a.gains(d)
			if !a.tags(now, a.resource, somebodyElse) || o.decides && len(gained) == 0 {
				continue
			}
			d.takeoverFound(s, o, &a, gained)
			return true
		}
	}
	return false
}

// victim is a resource of a type that the pattern matches.
func (p *pattern) victim(kind string) string {
	form := typeForms()[kind]
	parts := form
	if !p.star {
		for i := range parts {
			if parts[i] == "*" {
				parts[i] = p.parts[i]
			}
		}
		if p.parts[partResource] != "*" {
			parts[partResource] = p.parts[partResource]
		}
	}
	if strings.HasSuffix(parts[partResource], "/*") {
		parts[partResource] = strings.TrimSuffix(parts[partResource], "*") + "a1b2c3d4e5f6"
	}
	return parts.sample()
}

// keys are the context of a request by the attacker, on a resource whose tag has
// a value.
func (a *attack) keys(tagged string, pairs ...string) *condition.Context {
	all := append(slices.Clone(a.caller), pairs...)
	if tagged != "" {
		all = append(all, "aws:ResourceTag/"+a.tag, tagged)
	}
	return asked(all...)
}

// tags reports whether the attacker may put their own value on a resource whose
// tag has a value now.
func (a *attack) tags(s *eval.Subject, resource, tagged string) bool {
	ctx := a.keys(tagged, "aws:RequestTag/"+a.tag, a.own)
	ctx.SetMany("aws:TagKeys", "request", []string{a.tag})
	return allowed(s, tagAction, resource, ctx)
}

// gains are the actions that the attacker may take on the resource once it has
// their own value, and might not before.
func (a *attack) gains(d *document) []string {
	var gained []string
	seen := map[*catalog.ActionInfo]bool{}
	for _, other := range d.group.docs {
		for _, s := range other.statements {
			if len(seen) == len(catalog.Actions()) {
				return gained
			}
			for _, act := range s.actions {
				name := "bedrock:" + act.Name
				if seen[act] || !slices.Contains(resourceTypes(act), a.kind) {
					seen[act] = true
					continue
				}
				seen[act] = true
				if !allowed(a.subject, name, a.resource, a.keys(somebodyElse)) && allowed(a.subject, name, a.resource, a.keys(a.own)) {
					gained = append(gained, name)
				}
			}
		}
	}
	return gained
}

func (d *document) takeoverFound(s *statement, o owner, a *attack, gained []string) {
	severity, then := severityOf(ruleTakeover), ""
	if len(gained) == 0 {
		severity = Warning
		then = " No policy here decides by that tag; where one does, this hands its resources over."
	}
	limit := "is not limited at all"
	if slices.ContainsFunc(s.Conditions, func(op policy.Operator) bool {
		return slices.ContainsFunc(op.Keys, func(k policy.Key) bool { return hasTagPrefix(k.Name, requestTagKey) })
	}) {
		limit = "is limited by the tag in the request alone, which says what is written and not on what"
	}
	f := d.addAs(severity, ruleTakeover, s.tagPosition(),
		fmt.Sprintf("TagResource %s: a caller may put their own %s on somebody else's %s.%s", limit, o.tag, a.kind, then), d.closeHole(s, o, a))
	f.Steps = a.steps(gained)
}

// tagPosition is the place of the action that lets tags be set.
func (s *statement) tagPosition() policy.Position {
	for _, v := range values(s.Action) {
		for _, act := range expand(v.Text) {
			if act.Name == "TagResource" {
				return v.Pos
			}
		}
	}
	return s.Pos
}

// steps tell the attack, each step as it was evaluated.
func (a *attack) steps(gained []string) []string {
	steps := []string{
		fmt.Sprintf("%s is somebody else's: its tag %s is %q. The caller's own value is %q.", a.resource, a.tag, somebodyElse, a.own),
		fmt.Sprintf("The caller calls TagResource on it with %s=%s. That is allowed, and now the tag says that it is theirs.", a.tag, a.own),
	}
	if len(gained) > 0 {
		steps = append(steps, fmt.Sprintf("%s on it, denied before, %s now allowed to them, and no longer to its owner.", some(gained), plural(len(gained), "is", "are")))
	}
	return steps
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// closeHole gives TagResource a statement of its own that also asks whose the
// resource is. IfExists lets tags be given to what is just being made, which has
// none yet.
func (d *document) closeHole(s *statement, o owner, a *attack) *Fix {
	text := fmt.Sprintf("Give TagResource a statement of its own that also asks for aws:ResourceTag/%s, with IfExists so that tagging on creation still works. (What has no such tag can still be claimed by whoever comes first.)", o.tag)
	if !d.fixable() {
		return &Fix{Text: text}
	}
	if !slices.ContainsFunc(values(s.Action), func(v policy.Value) bool { return strings.EqualFold(v.Text, tagAction) }) {
		return &Fix{Text: text + " It is allowed here by a wildcard: name the other actions instead."}
	}
	doc := d.edited(func(doc *policy.Document) { splitTagging(doc, s, o) })
	after := d.subject(doc, tagging)
	parts := strings.SplitN(a.resource, ":", 6)
	parts[partResource] = a.kind + "/*"
	collection := strings.Join(parts, ":")
	then := *a
	then.subject = after
	proven := !a.tags(after, a.resource, somebodyElse) && // the hole is closed
		len(then.gains(d)) == len(a.gains(d)) && // owners keep what they have
		a.tags(after, a.resource, a.own) == a.tags(a.subject, a.resource, a.own) && // their own can be tagged
		a.tags(after, collection, "") == a.tags(a.subject, collection, "") // and what is just being made
	return d.provenOr(text, doc, proven)
}

func splitTagging(doc *policy.Document, s *statement, o owner) {
	old := &doc.Statements[s.index()]
	own := policy.Statement{Effect: policy.Allow, Action: policy.Strings(tagAction), Resource: taggableOnly(old.Resource)}
	if old.Sid != "" {
		own.Sid = freeSid(doc, "TagOwnResource")
	}
	own.Conditions = slices.Clone(old.Conditions)
	for i := range own.Conditions {
		own.Conditions[i].Keys = slices.Clone(own.Conditions[i].Keys)
	}
	addCondition(&own, o.operator+"IfExists", "aws:ResourceTag/"+o.tag, o.value.Text)
	old.Action.Values = slices.DeleteFunc(old.Action.Values, func(v policy.Value) bool { return strings.EqualFold(v.Text, tagAction) })
	if len(old.Action.Values) == 0 {
		own.Sid = old.Sid
		*old = own
		return
	}
	appendStatement(doc, own)
}

// taggableOnly leaves out of a list what has no tags.
func taggableOnly(l *policy.List) *policy.List {
	var texts []string
	for _, p := range patternsOf(l) {
		if p.star || slices.ContainsFunc(allTypes(expand(tagAction)), p.parts.fits) {
			texts = append(texts, p.value.Text)
		}
	}
	return policy.Strings(texts...)
}

func freeSid(doc *policy.Document, sid string) string {
	for n := 1; ; n++ {
		candidate := sid
		if n > 1 {
			candidate += itoa(n)
		}
		if !slices.ContainsFunc(doc.Statements, func(s policy.Statement) bool { return s.Sid == candidate }) {
			return candidate
		}
	}
}
