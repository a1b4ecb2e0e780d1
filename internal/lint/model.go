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
	apps, system := d.profilesAllowed(appProfileType), d.profilesAllowed(profileType)
	through := d.anyThrough()
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
			if len(apps) == 0 {
				d.needsProfile(now, s, &p, action, system)
			}
		}
		if len(models) > 0 && !through {
			d.bypass(now, s, models, action, apps, system)
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
	var found []string // at most [maxSamples]
	for _, other := range d.group.docs {
		for _, s := range other.statements {
			if !s.allows() || s.invokes() == "" {
				continue
			}
			for _, p := range patternsOf(s.Resource) {
				if len(found) < maxSamples && !p.star && p.parts.resourceKind() == kind && !slices.Contains(found, p.value.Text) {
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
func (d *document) bypass(now *eval.Subject, s *statement, models []pattern, action string, apps, system []string) {
	open := slices.IndexFunc(models, func(p pattern) bool { return bareModel(now, &p, action) })
	if open < 0 {
		return
	}
	profiles := slices.Concat(apps, system) // those of both types go on working
	switch {
	case len(apps) > 0 && s.names(appProfileType):
		d.bypassFound(s, &models[open], action, profiles, Note, "Cost and limits that hang on the profile can be by-passed.")
	case len(apps) > 0:
		d.bypassFound(s, &models[open], action, profiles, Warning, "Cost and limits that hang on the profile are by-passed.")
	case len(system) > 0 && slices.ContainsFunc(models, func(p pattern) bool { return p.onDemand() }):
		d.bypassFound(s, &models[open], action, profiles, Note, "That is harmless where the profile is only a way to more capacity.")
	}
}

// names reports whether the statement names resources of a type in so many words.
func (s *statement) names(kind string) bool {
	return slices.ContainsFunc(patternsOf(s.Resource), func(p pattern) bool { return !p.star && p.parts.resourceKind() == kind })
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
func (d *document) needsProfile(now *eval.Subject, s *statement, p *pattern, action string, system []string) {
	m, ok := p.model()
	if !ok || p.onDemand() || mentionsProfileOf(m, system) {
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
	text := fmt.Sprintf("Allow profile %s in %s, and the model in every region that it routes to.", calls[0].profile.ID, calls[0].source)
	fix := &Fix{Text: text}
	if d.fixable() {
		fix = d.addWholeCall(text, s, calls[0], action)
	}
	where := "In " + calls[0].source
	if len(p.regions()) == 1 {
		where = "In " + p.regions()[0]
	}
	d.add(ruleNeedsProfile, p.value.Pos,
		fmt.Sprintf("%s %s answers only through an inference profile, and no policy here allows one: a call of the bare id is refused after it was allowed.", where, m.ID), fix)
}

// addWholeCall is the fix that allows all that a call through a profile needs.
func (d *document) addWholeCall(text string, s *statement, c call, action string) *Fix {
	doc := d.edited(func(doc *policy.Document) {
		for _, st := range wholeCall(s, &c) {
			appendStatement(doc, st)
		}
	})
	after := d.subject(doc, routing)
	c.try(after, action)
	return d.provenOr(text, doc, len(c.missing) == 0 && d.profileAllowed(after, c.arn, c.source, action))
}

func (d *document) profileAllowed(s *eval.Subject, name, region, action string) bool {
	return allowed(s, action, name, asked(regionKey, region))
}

// mentionsProfileOf reports whether one of the patterns of profiles means a profile of the model, be it
// in an account that is not known here.
func mentionsProfileOf(m *catalog.Model, system []string) bool {
	for _, name := range system {
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
