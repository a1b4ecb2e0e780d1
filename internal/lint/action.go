package lint

import (
	"fmt"
	"slices"
	"strings"

	"hardpan/internal/catalog"
	"hardpan/policy"
	"hardpan/policy/wildcard"
)

// endpoints are the names under which Bedrock's endpoints and SDK clients go, and
// which are no prefixes of actions: all of them are checked as bedrock:… (Service
// Authorization Reference). bedrock-agentcore and bedrock-mantle are services of
// their own.
var endpoints = []string{
	"bedrock-runtime", "bedrock-agent", "bedrock-agent-runtime", "bedrock-data-automation", "bedrock-data-automation-runtime",
}

// converseActions is what is checked in the place of an operation that people
// take for an action (Service Authorization Reference, operations table).
var converseActions = map[string]string{
	"bedrock:converse":       "bedrock:InvokeModel",
	"bedrock:conversestream": "bedrock:InvokeModelWithResponseStream",
}

func checkActions(d *document) {
	for _, s := range d.statements {
		for _, l := range []*policy.List{s.Action, s.NotAction} {
			for i, v := range values(l) {
				d.checkAction(s, l, i, v)
			}
		}
	}
}

func (d *document) checkAction(s *statement, l *policy.List, i int, v policy.Value) {
	service := prefix(v.Text)
	switch {
	case service == hardpan:
		d.checkOwnAction(s, l, v)
	case slices.Contains(endpoints, service):
		_, name, _ := strings.Cut(v.Text, ":")
		d.add(ruleUnknownAction, v.Pos,
			fmt.Sprintf("%s is the name of an endpoint: the actions of all of Bedrock's endpoints begin with bedrock:. %s", service, s.unknownEffect(l)),
			d.replaceAction(s, l, i, "bedrock:"+name))
	case service != bedrock && nearBedrock(service):
		_, name, _ := strings.Cut(v.Text, ":")
		d.add(ruleUnknownAction, v.Pos, fmt.Sprintf("There is no service %s. %s", service, s.unknownEffect(l)),
			d.replaceAction(s, l, i, "bedrock:"+name))
	case service != bedrock || len(expand(v.Text)) > 0 || d.placeholderAt(v.Pos):
	case isConverse(v.Text):
		d.converse(s, l, i, v)
	default:
		d.unknownAction(s, l, v, "Bedrock", bedrockActions())
	}
}

// checkOwnAction is checkAction for Hardpan's own actions.
func (d *document) checkOwnAction(s *statement, l *policy.List, v policy.Value) {
	own, long := catalog.OwnActions(), len(v.Text)-strings.Count(v.Text, policy.Everyone) > maxName
	pieces := wildcard.Parse(v.Text)
	fits := func(name string) bool { return wildcard.MatchFold(pieces, hardpan+":"+name) }
	if (long || !slices.ContainsFunc(own, fits)) && !d.placeholderAt(v.Pos) {
		d.unknownAction(s, l, v, "Hardpan", own)
	}
}

func bedrockActions() []string {
	var names []string
	for _, a := range catalog.Actions() {
		names = append(names, a.Name)
	}
	return names
}

func nearBedrock(service string) bool {
	return len(service) <= maxName && service != "" && edits(service, bedrock) == 1
}

// unknownEffect says what a name that does not exist means for the statement.
func (s *statement) unknownEffect(l *policy.List) string {
	switch {
	case l == s.NotAction:
		return "It excepts nothing."
	case s.allows():
		return "It allows nothing."
	}
	return "It denies nothing."
}

// unknownAction says that whose service, which has the actions named, has none
// such.
func (d *document) unknownAction(s *statement, l *policy.List, v policy.Value, whose string, names []string) {
	message := whose + " has no action " + v.Text
	if strings.ContainsAny(v.Text, "*?") {
		message = "No action of " + whose + " fits " + v.Text
	}
	var fix *Fix
	if len(d.findings) < maxFindings { // what is beyond is not shown
		fix = nearestFix(v.Text, names)
	}
	d.add(ruleUnknownAction, v.Pos, message+". "+s.unknownEffect(l), fix)
}

func nearestFix(action string, names []string) *Fix {
	service, name, _ := strings.Cut(action, ":")
	near := nearest(strings.Trim(name, "*"), names)
	if len(near) == 0 {
		where := "the Service Authorization Reference"
		if strings.EqualFold(service, hardpan) {
			where = "doc/operations.md"
		}
		return &Fix{Text: "Take it out, or look the action up in " + where + "."}
	}
	for i := range near {
		near[i] = strings.ToLower(service) + ":" + near[i]
	}
	return &Fix{Text: "Write " + either(near) + "."}
}

// isConverse reports whether an action names, perhaps with a wildcard, one of the
// operations that are no actions.
func isConverse(action string) bool {
	lower := strings.ToLower(action)
	return converseActions[lower] != "" || strings.HasPrefix(lower, "bedrock:converse") && strings.ContainsAny(lower, "*?")
}

// converse says that Converse is no action. Beside the real one it does no harm,
// and AWS's own pages have it so in a Deny.
func (d *document) converse(s *statement, l *policy.List, i int, v policy.Value) {
	lower := strings.ToLower(v.Text)
	instead := []string{converseActions[lower]}
	if instead[0] == "" {
		instead = []string{"bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"}
	}
	message := fmt.Sprintf("%s is an operation and not an action: calling it is checked as %s.", v.Text, both(instead))
	beside := l == s.Action && !slices.ContainsFunc(instead, func(a string) bool { return !s.about(strings.TrimPrefix(a, "bedrock:")) })
	switch {
	case beside && s.allows():
		d.addAs(Warning, ruleConverse, v.Pos, message+" Beside it, this one is of no use.", d.fix("Take it out.", func(doc *policy.Document) {
			same := listOf(&doc.Statements[s.index()], s, l)
			same.Values = slices.Delete(same.Values, i, i+1)
		}))
		return
	case beside:
		d.addAs(Note, ruleConverse, v.Pos, message+" Beside it, this one is of no use and does no harm.", nil)
		return
	}
	doc := d.edited(func(doc *policy.Document) {
		same := listOf(&doc.Statements[s.index()], s, l)
		same.Values = slices.Replace(same.Values, i, i+1, policy.Strings(instead...).Values...)
		same.Single = same.Single && len(same.Values) == 1
	})
	d.add(ruleConverse, v.Pos, message+" "+s.unknownEffect(l), d.fixed("Write "+both(instead)+".", doc, d.sameEffect(s, l, doc, instead)))
}

// listOf is the list of copy that l is of s.
func listOf(copied *policy.Statement, s *statement, l *policy.List) *policy.List {
	if l == s.NotAction {
		return copied.NotAction
	}
	return copied.Action
}

// sameEffect tries whether, in doc, the statement does for the actions what it
// says, on a resource that it names.
func (d *document) sameEffect(s *statement, l *policy.List, doc *policy.Document, actions []string) bool {
	resource, ok := sampleOf(s.Resource)
	if !ok || l != s.Action {
		return false
	}
	anything := relaxed(func(string) bool { return false })
	only := &policy.Document{Version: doc.Version, Statements: []policy.Statement{doc.Statements[s.index()]}}
	if !s.allows() {
		appendStatement(only, policy.Statement{Effect: policy.Allow, Action: policy.Strings("*"), Resource: policy.Strings("*")})
		only.Statements[0].Conditions = nil
	}
	alone := &document{policy: only, kind: d.kind}
	alone.group = &group{kind: d.kind, docs: []*document{alone}}
	subject := alone.subject(only, anything)
	for _, a := range actions {
		if allowed(subject, a, resource, nil) != s.allows() {
			return false
		}
	}
	return true
}

// sampleOf is a resource that the first value of l matches.
func sampleOf(l *policy.List) (string, bool) {
	if len(values(l)) == 0 {
		return "", false
	}
	p, ok := splitARN(l.Values[0].Text)
	if !ok {
		return "arn:aws:bedrock:us-west-2::foundation-model/x", l.Values[0].Text == policy.Everyone
	}
	return p.sample(), true
}

// sample is an ARN that the pattern matches.
func (p arnParts) sample() string {
	fill := [6]string{partPartition: "aws", partService: bedrock, partRegion: "us-west-2", partAccount: sampleAccount, partResource: "x"}
	for i := range p {
		if p[i] == "*" {
			p[i] = fill[i]
		}
		p[i] = strings.NewReplacer("*", "x", "?", "x").Replace(p[i])
	}
	return p.String()
}

func (d *document) replaceAction(s *statement, l *policy.List, i int, action string) *Fix {
	return d.fix("Write "+action+".", func(doc *policy.Document) {
		listOf(&doc.Statements[s.index()], s, l).Values[i].Text = action
	})
}
