package lint

import (
	"fmt"
	"slices"
	"strings"

	"hardpan/internal/catalog"
	"hardpan/policy"
	"hardpan/policy/eval"
)

const bearerAction = "CallWithBearerToken"

// collections are actions that are checked on a whole collection, though the
// Service Authorization Reference lists no resource type for them (observed).
var collections = map[string][]string{
	"ListInferenceProfiles": {"inference-profile", "application-inference-profile"},
}

// resourceTypes are those that an action is checked on; none: it is checked on *.
func resourceTypes(a *catalog.ActionInfo) []string {
	if types, ok := collections[a.Name]; ok {
		return types
	}
	return a.ResourceTypes
}

// checkResources finds actions that none of their statement's resources fits, and
// resources that fit none of its actions. One of each that fits is enough: a
// statement may well be for several actions and several resources.
func checkResources(d *document) {
	for _, s := range d.statements {
		if s.Action == nil || s.Resource == nil {
			continue
		}
		patterns := patternsOf(s.Resource)
		useless := true
		for i, v := range s.Action.Values {
			acts := expand(v.Text)
			if !isBedrock(v.Text) || len(acts) == 0 || anyFits(acts, patterns) {
				useless = useless && isBedrock(v.Text) && len(acts) == 0
				continue
			}
			d.actionResource(s, i, v, acts, patterns)
		}
		if !s.others && !useless {
			d.uselessResources(s, patterns)
		}
	}
}

// pattern is a value of Resource, taken apart.
type pattern struct {
	value policy.Value
	parts arnParts
	star  bool // it is "*" alone, or cannot be read: it may fit anything
}

func patternsOf(l *policy.List) []pattern {
	patterns := make([]pattern, 0, len(values(l)))
	for _, v := range values(l) {
		parts, ok := splitARN(v.Text)
		patterns = append(patterns, pattern{value: v, parts: parts, star: !ok})
	}
	return patterns
}

func anyFits(acts []*catalog.ActionInfo, patterns []pattern) bool {
	return slices.ContainsFunc(patterns, func(p pattern) bool { return p.fitsAny(acts) })
}

func (p *pattern) fitsAny(acts []*catalog.ActionInfo) bool {
	if p.star {
		return true
	}
	for _, a := range acts {
		if slices.ContainsFunc(resourceTypes(a), p.parts.fits) {
			return true
		}
	}
	return false
}

func (d *document) actionResource(s *statement, i int, v policy.Value, acts []*catalog.ActionInfo, patterns []pattern) {
	if len(acts) == 1 && acts[0].Name == bearerAction {
		d.bearer(s, i, v)
		return
	}
	message := fmt.Sprintf("%s is checked %s, which no resource of %s fits. %s", v.Text, onTypes(acts), s.name(), s.unknownEffect(s.Action))
	fix := &Fix{Text: "Put it into a statement of its own with " + typeAdvice(acts) + "."}
	if wrong, account := misplaced(acts, patterns); wrong != nil {
		message = fmt.Sprintf("%s never matches: %s. %s", wrong.value.Text, account, s.unknownEffect(s.Action))
		d.add(ruleActionResource, wrong.value.Pos, message, &Fix{Text: "Write " + wrong.corrected() + "."})
		return
	}
	severity := severityOf(ruleActionResource)
	if !slices.ContainsFunc(acts, certain) {
		severity = Warning
	}
	d.addAs(severity, ruleActionResource, v.Pos, message, fix)
}

// certain reports whether it is known what an action is checked on. What makes or
// lists things is in practice now and then checked on a collection that the
// Service Authorization Reference does not list.
func certain(a *catalog.ActionInfo) bool {
	return !strings.HasPrefix(a.Name, "Create") && !strings.HasPrefix(a.Name, "List")
}

func onTypes(acts []*catalog.ActionInfo) string {
	types := allTypes(acts)
	if len(types) == 0 {
		return "on *"
	}
	return "on resources of the type " + joined(types[:min(len(types), 4)], " or ") + more(len(types)-4)
}

func more(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf(" (and %d more)", n)
}

func typeAdvice(acts []*catalog.ActionInfo) string {
	types := allTypes(acts)
	if len(types) == 0 {
		return `"Resource": "*"`
	}
	form := typeForms()[types[0]]
	form[partPartition] = "aws"
	return form.String()
}

func allTypes(acts []*catalog.ActionInfo) []string {
	var types []string
	for _, a := range acts {
		for _, t := range resourceTypes(a) {
			if !slices.Contains(types, t) {
				types = append(types, t)
			}
		}
	}
	return types
}

// misplaced finds a resource that is of a right type but for its account.
func misplaced(acts []*catalog.ActionInfo, patterns []pattern) (*pattern, string) {
	for i := range patterns {
		p := &patterns[i]
		for _, t := range allTypes(acts) {
			if p.star || p.parts.resourceKind() != t || !p.parts.misplacedAccount(t) {
				continue
			}
			if p.parts[partAccount] == "" {
				return p, "the ARN of an " + t + " has an account"
			}
			return p, "the ARN of a " + t + " has no account"
		}
	}
	return nil, ""
}

// corrected is the pattern with its account as its type has it.
func (p *pattern) corrected() string {
	fields := strings.SplitN(p.value.Text, ":", 6)
	if len(fields) == 6 {
		fields[partAccount] = typeForms()[p.parts.resourceKind()][partAccount]
	}
	return strings.Join(fields, ":")
}

// uselessResources finds resources that none of the statement's actions is ever
// checked on, in a statement that is about Bedrock alone. Where that goes for all
// of them, the actions were reported already.
func (d *document) uselessResources(s *statement, patterns []pattern) {
	for i := range patterns {
		p := &patterns[i]
		if p.fitsAny(s.actions) || d.reportedAt(p.value.Pos) || !anyFits(s.actions, patterns) {
			continue
		}
		if kind, why := misplaced(s.actions, patterns[i:i+1]); kind != nil {
			d.add(ruleActionResource, p.value.Pos, fmt.Sprintf("%s never matches: %s.", p.value.Text, why), &Fix{Text: "Write " + p.corrected() + "."})
			continue
		}
		d.addAs(Warning, ruleActionResource, p.value.Pos,
			fmt.Sprintf("No action of %s is ever checked on %s.", s.name(), p.value.Text), &Fix{Text: "Take the resource out, or add the action that it is meant for."})
	}
}

func (d *document) reportedAt(pos policy.Position) bool {
	return slices.ContainsFunc(d.findings, func(f Finding) bool { return f.Position == pos })
}

// bearer explains the trap of API keys: the check of the key itself is on *, so a
// statement that names models does not have it.
func (d *document) bearer(s *statement, i int, v policy.Value) {
	const message = "bedrock:CallWithBearerToken has no resource type: it is checked on *, once for every call with an API key, and a statement that names resources never matches."
	own := policy.Statement{Effect: s.Effect, Action: policy.Strings(v.Text), Resource: policy.Strings(policy.Everyone)}
	own.Conditions = bearerConditions(s)
	doc := d.edited(func(doc *policy.Document) {
		same := &doc.Statements[s.index()]
		same.Action.Values = slices.Delete(same.Action.Values, i, i+1)
		if len(same.Action.Values) == 0 {
			*same = own
			return
		}
		appendStatement(doc, own)
	})
	if !s.allows() {
		d.add(ruleBearer, v.Pos, message+" This Deny never fires: API keys work.", d.fixed(`Deny it in a statement of its own with "Resource": "*".`, doc, false))
		return
	}
	anything := relaxed(func(string) bool { return false })
	before := allowed(d.subject(d.policy, anything), v.Text, policy.Everyone, nil)
	if before {
		d.addAs(Warning, ruleBearer, v.Pos, message+" Another statement allows it; here it is of no use.", &Fix{Text: "Take it out here."})
		return
	}
	after := d.subject(doc, anything)
	proven := allowed(after, v.Text, policy.Everyone, nil) && d.opensNothing(s, anything, after)
	d.add(ruleBearer, v.Pos, message+" Calls with an API key are denied.",
		d.fixed(`Allow it in a statement of its own with "Resource": "*". It lets keys be used; which models they may call is still said by the other statements.`, doc, proven))
}

// bearerConditions are the statement's conditions that a check of an API key can
// meet: those on keys that this check has.
func bearerConditions(s *statement) []policy.Operator {
	r, _ := relaxStatement(s.Statement, func(key string) bool {
		return isKey(key, "bedrock:BearerTokenType") || isGlobal(key)
	})
	return r.Conditions
}

// opensNothing tries after, which allows bearer tokens, on a model and on
// everything else that s names: what was denied still is.
func (d *document) opensNothing(s *statement, relax func(*policy.Document) *policy.Document, after *eval.Subject) bool {
	before := d.subject(d.policy, relax)
	resources := []string{"arn:aws:bedrock:us-west-2::foundation-model/another", policy.Everyone}
	for _, v := range values(s.Resource) {
		if p, ok := splitARN(v.Text); ok && len(resources) < 20 {
			resources = append(resources, p.sample())
		}
	}
	for _, resource := range resources {
		for _, a := range catalog.Actions() {
			if a.Name == bearerAction {
				continue
			}
			r := &eval.Request{Action: "bedrock:" + a.Name, Resource: resource}
			if after.Evaluate(r).Allowed && !before.Evaluate(r).Allowed {
				return false
			}
		}
	}
	return true
}
