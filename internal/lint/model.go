package lint

import (
	"fmt"
	"slices"
	"strings"

	"hardpan/internal/catalog"
	"hardpan/policy"
	"hardpan/policy/eval"
)

// checkModels looks at statements that allow models by name: whether the models
// can be called so at all, and whether they by-pass a profile.
func checkModels(d *document) {
	if d.kind != policy.Identity && d.kind != policy.Session || d.managed {
		return
	}
	now := d.subject(d.policy, routing)
	apps := d.profilesAllowed(appProfileType)
	looked := 0
	for _, s := range d.statements {
		action := s.invokes()
		if !s.allows() || action == "" || s.through() {
			continue
		}
		var models []pattern
		for _, p := range patternsOf(s.Resource) {
			if p.star || p.parts.resourceKind() != modelType || looked >= maxProfilePatterns {
				continue
			}
			looked++
			models = append(models, p)
			d.needsProfile(now, s, &p, action, len(apps) > 0)
		}
		if len(models) > 0 {
			d.bypass(now, s, models, action, apps)
		}
	}
}

// through reports whether the statement is for models behind a profile or router.
func (s *statement) through() bool {
	for _, op := range s.Conditions {
		for _, k := range op.Keys {
			if isKey(k.Name, profileKey, "bedrock:PromptRouterArn") {
				return true
			}
		}
	}
	return false
}

// profilesAllowed are the patterns of profiles of a type, in so many words, that
// the principal's policies allow.
func (d *document) profilesAllowed(kind string) []string {
	var found []string
	for _, other := range d.group.docs {
		for _, s := range other.statements {
			if !s.allows() || s.invokes() == "" {
				continue
			}
			for _, p := range patternsOf(s.Resource) {
				if !p.star && p.parts.resourceKind() == kind && !slices.Contains(found, p.value.Text) {
					found = append(found, p.value.Text)
				}
			}
		}
	}
	return found
}

// bypass finds models that can be called without the profile that is there for
// them. Where other models are allowed through profiles only, these are taken to
// be meant.
func (d *document) bypass(now *eval.Subject, s *statement, models []pattern, action string, apps []string) {
	open := slices.IndexFunc(models, func(p pattern) bool { return bareModel(now, &p, action) })
	if open < 0 || d.anyThrough() {
		return
	}
	system := d.profilesAllowed(profileType)
	switch {
	case len(apps) > 0:
		d.bypassFound(s, &models[open], action, apps, Warning, "Cost and limits that hang on the profile are by-passed.")
	case len(system) > 0 && slices.ContainsFunc(models, func(p pattern) bool { return p.onDemand() }):
		d.bypassFound(s, &models[open], action, system, Note, "That is harmless where the profile is only a way to more capacity.")
	}
}

func bareModel(s *eval.Subject, p *pattern, action string) bool {
	sample := p.parts.sample()
	return allowed(s, action, sample, asked(regionKey, strings.SplitN(sample, ":", 6)[partRegion]))
}

// anyThrough reports whether a statement of the principal allows models through a
// profile.
func (d *document) anyThrough() bool {
	for _, other := range d.group.docs {
		for _, s := range other.statements {
			if s.allows() && s.invokes() != "" && s.through() {
				return true
			}
		}
	}
	return false
}

func (d *document) bypassFound(s *statement, p *pattern, action string, profiles []string, severity Severity, so string) {
	var doc *policy.Document
	for _, operator := range []string{"ArnLike", "StringLike"} { // ArnLike where all have the six parts of an ARN
		doc = d.edited(func(doc *policy.Document) {
			addCondition(&doc.Statements[s.index()], operator, profileKey, profiles...)
		})
		if !slices.ContainsFunc(profiles, func(name string) bool { return strings.Count(name, ":") < 5 }) {
			break
		}
	}
	named, _ := splitARN(profiles[0])
	if named[partResource] == appProfileType+"/*" {
		named[partResource] = appProfileType + "/a1b2c3d4e5f6"
	}
	after := d.subject(doc, routing)
	model := p.parts.sample()
	region := strings.SplitN(model, ":", 6)[partRegion]
	proven := !bareModel(after, p, action) && allowed(after, action, model, asked(profileKey, named.sample(), regionKey, region))
	d.addAs(severity, ruleBypass, p.value.Pos,
		fmt.Sprintf("The model is allowed without a profile as well, although %s is allowed for it. %s", both(profiles[:1]), so),
		d.fixed("Allow the models only where they are called through the profile: a condition on "+profileKey+".", doc, proven))
}

// model returns the one foundation model that the pattern names.
func (p *pattern) model() (*catalog.Model, bool) {
	_, id, _ := strings.Cut(p.parts[partResource], "/")
	return catalog.Find(id)
}

// regions are those that the pattern names.
func (p *pattern) regions() []string {
	var found []string
	for _, r := range catalog.Regions() {
		if overlap(p.parts[partRegion], r) {
			found = append(found, r)
		}
	}
	return found
}

// onDemand reports whether the pattern's one model can be called by its bare id.
func (p *pattern) onDemand() bool {
	m, ok := p.model()
	return ok && slices.ContainsFunc(p.regions(), func(r string) bool { return m.OnDemandIn(r) || m.ProvisionedIn(r) })
}

// needsProfile finds a model that has no other way than a profile, where none is
// allowed.
func (d *document) needsProfile(now *eval.Subject, s *statement, p *pattern, action string, apps bool) {
	m, ok := p.model()
	if !ok || p.onDemand() || apps {
		return
	}
	var calls []call
	for _, region := range p.regions() {
		for _, profile := range m.Profiles(region) {
			name := strings.Join([]string{"arn", catalog.Partition(region), bedrock, region, sampleAccount, profileType + "/" + profile.ID}, ":")
			if d.profileAllowed(now, name, region, action) {
				return
			}
			calls = append(calls, call{profile: profile, source: region, arn: name})
		}
	}
	if len(calls) == 0 {
		return // not offered there in any way that is known
	}
	if d.mentionsProfileOf(m) {
		return
	}
	c := calls[0]
	doc := d.edited(func(doc *policy.Document) {
		for _, st := range wholeCall(s, &c) {
			appendStatement(doc, st)
		}
	})
	after := d.subject(doc, routing)
	c.try(after, action)
	proven := len(c.missing) == 0 && d.profileAllowed(after, c.arn, c.source, action)
	where := "In " + c.source
	if len(p.regions()) == 1 {
		where = "In " + p.regions()[0]
	}
	d.add(ruleNeedsProfile, p.value.Pos,
		fmt.Sprintf("%s %s answers only through an inference profile, and no policy here allows one: a call of the bare id is refused after it was allowed.", where, m.ID),
		d.provenOr(fmt.Sprintf("Allow profile %s in %s, and the model in every region that it routes to.", c.profile.ID, c.source), doc, proven))
}

func (d *document) profileAllowed(s *eval.Subject, name, region, action string) bool {
	return allowed(s, action, name, asked(regionKey, region))
}

// mentionsProfileOf reports whether a policy names a profile of the model, be it
// in an account that is not known here.
func (d *document) mentionsProfileOf(m *catalog.Model) bool {
	for _, name := range d.profilesAllowed(profileType) {
		if named, ok := splitARN(name); ok {
			_, id, _ := strings.Cut(named[partResource], "/")
			for _, geo := range geographies {
				if overlap(id, geo+"."+m.ID) {
					return true
				}
			}
		}
	}
	return false
}

// geographies are what the ids of system-defined profiles begin with.
var geographies = []string{"us", "us-gov", "eu", "apac", "jp", "au", "ca", "global"}

// wholeCall are the statements that a call through a profile needs: the profile,
// and the model everywhere it may run, through it only.
func wholeCall(s *statement, c *call) []policy.Statement {
	profile := strings.Replace(c.arn, sampleAccount, "*", 1)
	var models []string
	for _, region := range c.regions() {
		models = append(models, modelARN(c.source, region, c.profile.Model()))
	}
	return []policy.Statement{
		{Effect: policy.Allow, Action: invokeActions(s), Resource: policy.Strings(profile)},
		{
			Effect: policy.Allow, Action: invokeActions(s), Resource: policy.Strings(models...),
			Conditions: []policy.Operator{where("StringLike", profileKey, profile)},
		},
	}
}
