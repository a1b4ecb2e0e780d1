package lint

import (
	"fmt"
	"slices"
	"strings"

	"hardpan/internal/catalog"
	"hardpan/policy"
	"hardpan/policy/eval"
)

func (d *document) bypassFound(s *statement, p *pattern, action string, profiles []string, severity Severity, so string) {
	text := "Allow the models only where they are called through the profile: a condition on " + profileKey + "."
	fix := &Fix{Text: text}
	if parted, ok := s.partModels(profiles); ok && d.fixable() {
		doc := d.edited(func(doc *policy.Document) {
			doc.Statements[s.index()] = parted[0]
			for _, more := range parted[1:] {
				appendStatement(doc, more)
			}
		})
		fix = d.provenOr(text, doc, d.onlyThrough(doc, p, action, profiles))
	}
	d.addAs(severity, ruleBypass, p.value.Pos,
		fmt.Sprintf("The model is allowed without a profile as well, although %s is allowed for it. %s", profiles[0], so), fix)
}

// partModels takes the calls of models out of the statement, into one that allows
// them through the profiles only; the rest stays as it is: the profiles' own check
// does not have the key. It does not part a wildcard.
func (s *statement) partModels(profiles []string) ([]policy.Statement, bool) {
	var calls, others, models, rest []string
	for _, v := range values(s.Action) {
		acts := expand(v.Text)
		called := slices.ContainsFunc(acts, isInvoking)
		switch {
		case called && slices.ContainsFunc(acts, func(a *catalog.ActionInfo) bool { return !isInvoking(a) }):
			return nil, false
		case called:
			calls = append(calls, v.Text)
		default:
			others = append(others, v.Text)
		}
	}
	for _, p := range patternsOf(s.Resource) {
		if !p.star && p.parts.resourceKind() == modelType {
			models = append(models, p.value.Text)
		} else {
			rest = append(rest, p.value.Text)
		}
	}
	part := func(actions, resources []string) policy.Statement {
		c := policy.Statement{Effect: policy.Allow, Action: policy.Strings(actions...), Resource: policy.Strings(resources...)}
		c.Conditions = slices.Clone(s.Conditions)
		for i := range c.Conditions {
			c.Conditions[i].Keys = slices.Clone(c.Conditions[i].Keys)
		}
		return c
	}
	through := part(calls, models)
	operator := "ArnLike"
	if slices.ContainsFunc(profiles, func(name string) bool { return strings.Count(name, ":") < 5 }) {
		operator = "StringLike" // ArnLike asks for the six parts of an ARN
	}
	addCondition(&through, operator, profileKey, profiles...)
	parts := []policy.Statement{through}
	if actions := ofUse(append(slices.Clone(calls), others...), rest); len(actions) > 0 {
		parts = append(parts, part(actions, rest))
	}
	if actions := ofUse(others, models); len(actions) > 0 {
		parts = append(parts, part(actions, models))
	}
	parts[0].Sid = s.Sid
	return parts, true
}

// ofUse leaves out the actions of Bedrock that are never checked on any of the
// resources.
func ofUse(actions, resources []string) []string {
	patterns := patternsOf(policy.Strings(resources...))
	return slices.DeleteFunc(slices.Clone(actions), func(action string) bool {
		return len(resources) == 0 || isBedrock(action) && !anyFits(expand(action), patterns)
	})
}

func isInvoking(a *catalog.ActionInfo) bool { return slices.Contains(invoking, a.Name) }

// onlyThrough tries whether doc allows the model through a profile and not without
// one, and all else as before.
func (d *document) onlyThrough(doc *policy.Document, p *pattern, action string, profiles []string) bool {
	before, after := d.subject(d.policy, routing), d.subject(doc, routing)
	model := p.parts.sample()
	region := strings.SplitN(model, ":", 6)[partRegion]
	if bareModel(after, p, action) {
		return false
	}
	for _, name := range profiles {
		profile := sampleProfile(name)
		if !allowed(after, action, model, asked(profileKey, profile, regionKey, region)) ||
			!sameOn(before, after, profile, func(*catalog.ActionInfo) bool { return true }) {
			return false
		}
	}
	return sameOn(before, after, model, func(a *catalog.ActionInfo) bool { return !isInvoking(a) })
}

// sameOn tries whether both allow the same of the actions that are ever checked on
// the resource.
func sameOn(before, after *eval.Subject, resource string, count func(*catalog.ActionInfo) bool) bool {
	p := patternsOf(policy.Strings(resource))
	for _, a := range catalog.Actions() {
		acts := []*catalog.ActionInfo{a}
		if !count(a) || !anyFits(acts, p) {
			continue
		}
		if allowed(before, "bedrock:"+a.Name, resource, nil) != allowed(after, "bedrock:"+a.Name, resource, nil) {
			return false
		}
	}
	return true
}

// sampleProfile is the ARN of a profile that fits the pattern.
func sampleProfile(name string) string {
	p, _ := splitARN(name)
	if kind, id, _ := strings.Cut(p[partResource], "/"); id == "*" {
		p[partResource] = kind + "/a1b2c3d4e5f6"
	}
	return p.sample()
}
