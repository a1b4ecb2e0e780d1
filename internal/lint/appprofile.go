package lint

import (
	"strings"

	"hardpan/policy"
	"hardpan/policy/eval"
)

// appProfile looks for any model behind application profiles. Which one it is, the
// policy does not say.
func (d *document) appProfile(now *eval.Subject, s *statement, p *pattern, action string) {
	if d.managed || d.servesApp(now, p, action) {
		return
	}
	added := policy.Statement{
		Effect: policy.Allow, Action: invokeActions(s),
		Resource:   policy.Strings("arn:" + p.parts[partPartition] + ":bedrock:*::foundation-model/*"),
		Conditions: []policy.Operator{where("ArnLike", profileKey, p.value.Text)},
	}
	doc := d.edited(func(doc *policy.Document) { appendStatement(doc, added) })
	proven := d.servesApp(d.subject(doc, routing), p, action) && !bareModels(d.subject(doc, routing), action, added.Resource)
	d.add(ruleProfileNoModels, p.value.Pos,
		"A call through an application inference profile is also checked on the foundation model behind it; no statement allows one. The call is denied on the model.",
		d.provenOr("Allow models too, where they are called through the profile (condition key "+profileKey+"); name the models if they are known.", doc, proven))
}

// bareModels reports whether s allows a model of the list without a profile.
func bareModels(s *eval.Subject, action string, models *policy.List) bool {
	for _, p := range patternsOf(models) {
		sample := p.parts.sample()
		region := strings.Split(sample, ":")[partRegion]
		if allowed(s, action, sample, asked(regionKey, region)) {
			return true
		}
	}
	return false
}

// servesApp reports whether some model is allowed through an application profile
// that fits the pattern.
func (d *document) servesApp(s *eval.Subject, p *pattern, action string) bool {
	profiles := d.appSamples(p)
	for _, model := range d.modelSamples(s) {
		region := strings.SplitN(model, ":", 6)[partRegion]
		if region == "" {
			region = unspecified
		}
		for _, profile := range profiles {
			if allowed(s, action, model, asked(profileKey, profile, regionKey, region)) {
				return true
			}
		}
	}
	return false
}

const maxSamples = 64

// appSamples are ARNs of application profiles that fit the pattern: one made up,
// and those that conditions of the policies name.
func (d *document) appSamples(p *pattern) []string {
	made := p.parts
	if _, id, _ := strings.Cut(made[partResource], "/"); id == "*" || id == "" {
		made[partResource] = appProfileType + "/a1b2c3d4e5f6"
	}
	samples := []string{made.sample()}
	for _, other := range d.group.docs {
		for _, u := range other.uses() {
			if !isKey(u.key.Name, profileKey) {
				continue
			}
			for _, v := range u.key.Values.Values {
				if named, ok := splitARN(v.Text); ok && len(samples) < maxSamples && overlap(named.String(), p.parts.String()) {
					samples = append(samples, named.sample())
				}
			}
		}
	}
	return samples
}

// modelSamples are models, one for each pattern of models that the subject's
// policies allow.
func (d *document) modelSamples(s *eval.Subject) []string {
	var samples []string
	for _, p := range s.Identity.Policies() {
		for i := range p.Document.Statements {
			st := &p.Document.Statements[i]
			if st.NotResource != nil {
				samples = append(samples, "arn:aws:bedrock:us-west-2::foundation-model/x")
			}
			for _, r := range patternsOf(st.Resource) {
				if len(samples) >= maxSamples {
					return samples
				}
				if r.star {
					samples = append(samples, "arn:aws:bedrock:us-west-2::foundation-model/x")
				} else if r.parts.fits(modelType) {
					model := r.parts
					model[partAccount] = ""
					if model[partResource] == "*" {
						model[partResource] = modelType + "/x"
					}
					samples = append(samples, model.sample())
				}
			}
		}
	}
	return samples
}
