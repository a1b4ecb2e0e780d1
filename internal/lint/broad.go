package lint

import (
	"strings"

	"hardpan/policy"
)

// checkBroad finds statements that give all of Bedrock, or every model. A
// permissions boundary, a session policy or a control policy may be so broad: it
// only limits what others give.
func checkBroad(d *document) {
	if d.kind != policy.Identity && d.kind != policy.Resource {
		return
	}
	for _, s := range d.statements {
		if !s.allows() || len(s.Conditions) > 0 || s.invokes() == "" || !s.everyResource() {
			continue
		}
		pos, what := s.broadAction()
		severity := severityOf(ruleBroad)
		if what == policy.Everyone {
			severity = Note // an administrator's policy says so in so many words
		}
		d.addAs(severity, ruleBroad, pos, broadMessage(s, what), &Fix{
			Text: `Name the actions (bedrock:InvokeModel, bedrock:InvokeModelWithResponseStream) and the models or profiles, such as arn:aws:bedrock:us-west-2::foundation-model/MODEL; "bedrock:Get*" and "bedrock:List*" may stay on *.`,
		})
	}
}

func broadMessage(s *statement, what string) string {
	switch {
	case s.NotAction != nil:
		return "Allow with NotAction gives everything else, in every service: every model, and all that Bedrock has."
	case s.NotResource != nil:
		return "Allow with NotResource gives every other model, now and to come."
	case what == policy.Everyone:
		return "Everything in every service is allowed, Bedrock's models too."
	case strings.EqualFold(what, "bedrock:*"):
		return "Everything in Bedrock is allowed: every model and every profile, and deleting and tagging them."
	}
	return what + " is allowed on everything: every model, now and to come, in every region, and everybody's profiles."
}

// broadAction is the action that makes the statement broad, and its place.
func (s *statement) broadAction() (policy.Position, string) {
	if s.NotAction != nil {
		return s.NotAction.Pos, ""
	}
	for _, v := range values(s.Action) {
		for _, action := range expand(v.Text) {
			if action.Name == invoking[0] || action.Name == invoking[1] {
				return v.Pos, v.Text
			}
		}
	}
	return s.Pos, ""
}

// everyResource reports whether the statement is for every model in every region.
func (s *statement) everyResource() bool {
	if s.NotResource != nil {
		return true
	}
	for _, p := range patternsOf(s.Resource) {
		if p.value.Text == policy.Everyone || !p.star && p.parts[partRegion] == "*" && p.parts[partResource] == "*" && overlap(p.parts[partAccount], "") {
			return true
		}
	}
	return false
}
