package lint

import (
	"fmt"
	"slices"
	"strings"

	"hardpan/arn"
	"hardpan/internal/catalog"
	"hardpan/policy"
	"hardpan/policy/eval"
)

// maxProfilePatterns is how many different resources of a document are looked at
// for the profiles that they mean. A document that IAM stores has fewer.
const maxProfilePatterns = 128

// A call through a profile is checked on the profile and on the model in the
// source region and in every destination; through a global one on the model in
// the source region and on its region-less ARN, where aws:RequestedRegion is
// "unspecified" (Bedrock User Guide, "Geographic cross-Region inference" and
// "Global cross-Region inference").
const (
	unspecified    = "unspecified"
	profileType    = "inference-profile"
	appProfileType = "application-inference-profile"
	modelType      = "foundation-model"
)

// checkProfiles looks, for every profile that the document allows, for the models
// that a call through it is checked on, in all policies of the principal.
func checkProfiles(d *document) {
	if d.kind != policy.Identity && d.kind != policy.Boundary && d.kind != policy.Session {
		return
	}
	var now *eval.Subject
	seen := map[string]bool{}
	for _, s := range d.statements {
		action := s.invokes()
		if !s.allows() || action == "" {
			continue
		}
		for _, p := range patternsOf(s.Resource) {
			kind := p.profileKind()
			if kind == "" || seen[p.value.Text] || len(seen) >= maxProfilePatterns {
				continue
			}
			seen[p.value.Text] = true
			if now == nil {
				now = d.subject(d.policy, routing)
			}
			if kind == appProfileType {
				d.appProfile(now, s, &p, action)
				continue
			}
			d.profiles(now, s, &p, action)
		}
	}
}

// profileKind is the type of profiles that the pattern is about: named, or
// everything in one region. What is for everything everywhere is another rule's.
func (p *pattern) profileKind() string {
	if p.star {
		return ""
	}
	switch kind := p.parts.resourceKind(); {
	case kind == profileType || kind == appProfileType:
		return kind
	case p.parts[partResource] == "*" && catalog.IsRegion(p.parts[partRegion]) && p.parts.fits(profileType):
		return profileType
	}
	return ""
}

// call is a profile called in a source region, as the ARNs of the caller's account.
type call struct {
	profile  *catalog.Profile
	source   string
	arn      string
	missing  []string // regions in which the model is not allowed; "" is the region-less one
	explicit bool     // because of a Deny
	reached  int      // how many of its checks are allowed
}

// calls are those that the pattern is about.
func (p *pattern) calls() []call {
	match := arn.ResourcePattern(p.parts.String())
	partition, account := p.parts[partPartition], p.parts[partAccount]
	if strings.ContainsAny(account, "*?") {
		account = sampleAccount
	}
	regions := catalog.Regions()
	if catalog.IsRegion(p.parts[partRegion]) {
		regions = []string{p.parts[partRegion]}
	}
	var found []call
	for _, region := range regions {
		if !overlap(p.parts[partRegion], region) || !overlap(partition, catalog.Partition(region)) {
			continue
		}
		for _, profile := range catalog.Profiles(region) {
			name := arn.ARN{Partition: catalog.Partition(region), Service: bedrock, Region: region, Account: account, Resource: profileType + "/" + profile.ID}.String()
			if match.Match(name) {
				found = append(found, call{profile: profile, source: region, arn: name})
			}
		}
	}
	return found
}

// regions are those in which the model is checked; "" for the region-less check.
func (c *call) regions() []string {
	if c.profile.Global() {
		return []string{c.source, ""}
	}
	to, _ := c.profile.Destinations(c.source)
	if slices.Contains(to, c.source) {
		return to
	}
	return append([]string{c.source}, to...)
}

// modelARN is a model's in a region; everywhere with an empty one.
func modelARN(source, region, id string) string {
	return arn.ARN{Partition: catalog.Partition(source), Service: bedrock, Region: region, Resource: modelType + "/" + id}.String()
}

// try fills in which checks of the call s allows.
func (c *call) try(s *eval.Subject, action string) {
	c.missing, c.reached, c.explicit = nil, 0, false
	for _, region := range c.regions() {
		requested := region
		if region == "" {
			requested = unspecified
		}
		decision := s.Evaluate(&eval.Request{
			Action: action, Resource: modelARN(c.source, region, c.profile.Model()),
			Context: asked(profileKey, c.arn, regionKey, requested),
		})
		if decision.Allowed {
			c.reached++
			continue
		}
		c.missing = append(c.missing, region)
		c.explicit = c.explicit || decision.Explicit
	}
}

// profiles looks at the system-defined profiles that a pattern is about.
func (d *document) profiles(now *eval.Subject, s *statement, p *pattern, action string) {
	best := map[*catalog.Profile]*call{}
	whole := 0
	calls := p.calls()
	for i := range calls {
		c := &calls[i]
		c.try(now, action)
		old := best[c.profile]
		if old == nil || len(c.missing) < len(old.missing) || old.reached == 0 && c.reached > 0 {
			best[c.profile] = c
		}
	}
	var none, partly, global []*call
	for i := range calls {
		c := &calls[i]
		switch {
		case best[c.profile] != c:
		case len(c.missing) == 0:
			whole++
		case c.reached == 0:
			none = append(none, c)
		case c.profile.Global():
			global = append(global, c)
		default:
			partly = append(partly, c)
		}
	}
	switch {
	case whole+len(partly)+len(global) == 0 && len(none) > 0:
		d.profileAlone(s, p, none, action)
		return
	case len(partly) > 0:
		d.missingDestination(s, p, partly, whole > 0, action)
	}
	if len(global) > 0 && strings.HasPrefix(p.parts[partResource], profileType+"/global") {
		d.globalMissing(s, p, global, action)
	}
}

// through is the statement that allows the models behind calls in their missing
// regions, through their profiles only.
func through(s *statement, p *pattern, calls []*call) policy.Statement {
	models := []string{}
	for _, c := range calls {
		for _, region := range c.missing {
			id := c.profile.Model()
			if len(calls) > 1 {
				id = "*"
			}
			if m := modelARN(c.source, region, id); !slices.Contains(models, m) {
				models = append(models, m)
			}
		}
	}
	slices.Sort(models)
	name := p.value.Text
	if p.parts.resourceKind() == "" {
		fields := p.parts
		fields[partResource] = profileType + "/*"
		name = fields.String()
	}
	return policy.Statement{
		Effect: policy.Allow, Action: invokeActions(s), Resource: policy.Strings(models...),
		Conditions: []policy.Operator{where("StringLike", profileKey, name)},
	}
}

// invokeActions are the elements of the statement that call models.
func invokeActions(s *statement) *policy.List {
	var found []string
	for _, v := range values(s.Action) {
		for _, a := range expand(v.Text) {
			if slices.Contains(invoking, a.Name) && !slices.Contains(found, v.Text) {
				found = append(found, v.Text)
			}
		}
	}
	if len(found) == 0 || slices.Contains(found, policy.Everyone) || slices.Contains(found, bedrock+":*") {
		found = []string{"bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"}
	}
	return policy.Strings(found...)
}

// addThrough is the fix that allows the missing models through their profiles,
// tried on every one of the calls.
func (d *document) addThrough(text string, s *statement, p *pattern, calls []*call, action string) *Fix {
	if !d.fixable() {
		return &Fix{Text: text}
	}
	doc := d.edited(func(doc *policy.Document) {
		added := through(s, p, calls)
		if strings.Contains(p.value.Text, "${") {
			doc.Version = policy.Version2012
		}
		appendStatement(doc, added)
	})
	after := d.subject(doc, routing)
	proven := !strings.Contains(p.value.Text, "${") // a variable's value is not known here
	for _, c := range calls {
		then := *c
		then.try(after, action)
		proven = proven && len(then.missing) == 0
	}
	return d.provenOr(text, doc, proven)
}

// names are the ids of the calls' profiles.
func names(calls []*call) []string {
	var ids []string
	for _, c := range calls {
		if !slices.Contains(ids, c.profile.ID) {
			ids = append(ids, c.profile.ID)
		}
	}
	return ids
}

func (d *document) profileAlone(s *statement, p *pattern, none []*call, action string) {
	what := "profile " + none[0].profile.ID
	if len(names(none)) > 1 {
		what = "any profile that fits " + p.value.Text
	}
	message := fmt.Sprintf("A call through %s is also checked on the model behind it, in every region that it routes to; no statement allows that. The call is denied on the model.", what)
	if d.managed {
		return
	}
	d.add(ruleProfileNoModels, p.value.Pos, message,
		d.addThrough("Allow the models too, where they are called through the profile (condition key "+profileKey+").", s, p, none, action))
}

// missingRegions are those that any of the calls lacks.
func missingRegions(calls []*call) []string {
	var regions []string
	for _, c := range calls {
		for _, r := range c.missing {
			if !slices.Contains(regions, r) {
				regions = append(regions, r)
			}
		}
	}
	slices.Sort(regions)
	return regions
}

func (d *document) missingDestination(s *statement, p *pattern, partly []*call, others bool, action string) {
	ids := names(partly)
	first := partly[0]
	what := fmt.Sprintf("Profile %s, called in %s, also runs in %s", ids[0], first.source, both(missingRegions(partly)))
	if len(ids) > 1 {
		what = fmt.Sprintf("%d profiles that fit %s (such as %s, called in %s) also run in %s", len(ids), p.value.Text, ids[0], first.source, both(missingRegions(partly)))
	}
	why := "where the model is not allowed"
	if slices.ContainsFunc(partly, func(c *call) bool { return c.explicit }) {
		why = "where the model is denied"
	}
	severity := severityOf(ruleMissingDestination)
	if others {
		severity = Note // some that the pattern means do work
	}
	d.addAs(severity, ruleMissingDestination, p.value.Pos,
		fmt.Sprintf("%s, %s. Every region is checked before the call, so it is denied wherever it would run.", what, why),
		d.addThrough("Allow the models in "+both(missingRegions(partly))+" too, where they are called through the profile.", s, p, partly, action))
}

func (d *document) globalMissing(s *statement, p *pattern, global []*call, action string) {
	d.add(ruleGlobalUnspecified, p.value.Pos,
		fmt.Sprintf("Global profile %s is checked on the model in the source region and once without a region: on %s, where %s is %q. The policy does not allow %s.",
			global[0].profile.ID, modelARN(global[0].source, "", global[0].profile.Model()), regionKey, unspecified, globalLack(global[0])),
		d.addThrough("Allow the model there too, where it is called through the profile; in a list of regions add \"unspecified\".", s, p, global, action))
}

func globalLack(c *call) string {
	if slices.Contains(c.missing, "") {
		return "the check without a region"
	}
	return "the model in " + c.source
}
