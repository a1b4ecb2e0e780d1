package explain

import (
	"fmt"
	"strings"

	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

var layerNames = map[eval.Layer]string{
	eval.LayerSCP:      "service control policy",
	eval.LayerRCP:      "resource control policy",
	eval.LayerResource: "resource-based policy",
	eval.LayerTrust:    "role trust policy",
	eval.LayerIdentity: "identity policy",
	eval.LayerBoundary: "permissions boundary",
	eval.LayerSession:  "session policy",
}

// summary says what happened, to whom, and why.
func summary(t *eval.Trace, f finding) string {
	call := t.Principal + " may not call " + t.Action
	if !t.NoResourceInMessage && t.Resource != noResourceType {
		call += " on " + t.Resource
	}
	if f.cause == CauseAllowed {
		return t.Principal + " may call " + t.Action + " on " + t.Resource + "."
	}
	return call + ": " + reason(t, f) + "."
}

func reason(t *eval.Trace, f finding) string {
	switch f.cause {
	case CauseNoStatement:
		return "none of its policies has a statement that allows this action"
	case CauseNoResource:
		return where(f) + " allows the action, but not on this resource"
	case CauseNoResourceType, CauseBearerToken:
		return where(f) + ` names the action together with ARNs, but the action has no resource type and is checked on "*", which no ARN matches`
	case CauseWrongRegion:
		return where(f) + " allows it in " + strings.Join(f.regions, ", ") + ", but the call went to " + region(t)
	case CauseModelBehind:
		return "it was called through " + valueOf(t, profileKey) + ", and a call through a profile needs the model behind it allowed too, which no statement does"
	case CauseOnlyThrough:
		return where(f) + " allows the model only through an inference profile (" + profileKey + " " + f.condition.Operator + " " + quoted(f.condition.Wanted) + "), and the call named the model itself"
	case CauseConditionFailed:
		return where(f) + " allows it only if " + conditionText(f)
	case CauseKeyMissing:
		return where(f) + " asks for the condition key " + f.condition.Key + ", which is not in the request"
	case CauseExplicitDeny:
		return denialReason(f)
	case CauseTrust:
		return "the role's trust policy does not allow the caller"
	}
	return "no " + layerNames[f.layer] + " allows the action here"
}

func denialReason(f finding) string {
	if f.source == (eval.Source{}) {
		return "a " + layerNames[f.layer] + " denies it"
	}
	text := where(f) + " denies it"
	if f.statement == nil || !f.statement.Matched {
		return text
	}
	if a, r := f.statement.Action, f.statement.Resource; a != "" && r != "" {
		text += " (" + a + " on " + r + ")"
	}
	for i, c := range f.statement.Conditions {
		joint := ", because "
		if i > 0 {
			joint = " and "
		}
		text += joint + firedText(&c)
	}
	return text
}

// firedText says which value let a condition of a Deny hold.
func firedText(c *condition.Finding) string {
	actual := "is " + quoted(c.Actual)
	if c.Missing {
		actual = "is not in the request"
	}
	wanted := c.Wanted
	if len(c.Resolved) > 0 {
		wanted = c.Resolved
	}
	return fmt.Sprintf("%s %s (%s %s)", c.Key, actual, c.Operator, quoted(wanted))
}

func conditionText(f finding) string {
	c := f.condition
	if c == nil {
		return "its conditions hold, which they do not"
	}
	text := fmt.Sprintf("%s %s %s, but it is %s", c.Key, c.Operator, quoted(c.Wanted), quoted(c.Actual))
	if len(c.Resolved) > 0 {
		text = fmt.Sprintf("%s %s %s (here %s), but it is %s", c.Key, c.Operator, quoted(c.Wanted), quoted(c.Resolved), quoted(c.Actual))
	}
	return text
}

// where names a statement and the policy that it stands in.
func where(f finding) string {
	if f.statement == nil {
		return policyName(f.source)
	}
	name := fmt.Sprintf("statement %d", f.statement.Index+1)
	if f.statement.Sid != "" {
		name = fmt.Sprintf("statement %q", f.statement.Sid)
	}
	if f.statement.Line > 0 {
		name += fmt.Sprintf(" (line %d)", f.statement.Line)
	}
	return name + " of " + policyName(f.source)
}

func policyName(s eval.Source) string {
	kind := layerNames[s.Layer]
	switch {
	case s.ARN != "":
		return kind + " " + s.ARN
	case s.Name != "" && s.Owner != "":
		return fmt.Sprintf("%s %q of %s", kind, s.Name, s.Owner)
	case s.Name != "":
		return fmt.Sprintf("%s %q", kind, s.Name)
	case s.Layer != eval.LayerNone:
		return "the " + kind
	}
	return unknownPolicy
}

func region(t *eval.Trace) string {
	if r := valueOf(t, regionKey); r != "" {
		return r
	}
	if part := strings.SplitN(t.Resource, ":", 6); len(part) == 6 {
		return part[3]
	}
	return "another region"
}

func quoted(values []string) string {
	if len(values) == 0 {
		return "nothing"
	}
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = fmt.Sprintf("%q", v)
	}
	return strings.Join(texts, " or ")
}

// details are further facts, one a line.
func details(t *eval.Trace, f finding) []string {
	var lines []string
	if f.cause == CauseAllowed {
		return nil
	}
	if f.pattern != "" && f.pattern != t.Resource && t.Resource != noResourceType {
		lines = append(lines, "The nearest resource that is allowed: "+f.pattern)
	}
	if f.action != "" && strings.EqualFold(vendor(f.action), vendor(t.Action)) {
		lines = append(lines, "The nearest action that is allowed: "+f.action+", in "+where(f))
	}
	if f.cause != CauseExplicitDeny && f.layer != eval.LayerIdentity && f.statement != nil {
		lines = append(lines, "The statement that came nearest: "+where(f))
	}
	for _, l := range t.Layers {
		lines = append(lines, layerDetail(l))
	}
	return lines
}

func vendor(action string) string {
	v, _, _ := strings.Cut(action, ":")
	return v
}

func layerDetail(l eval.LayerTrace) string {
	name := layerNames[l.Layer]
	if l.Level > 0 {
		name += fmt.Sprintf(" level %d", l.Level)
	}
	total := 0
	for _, p := range l.Policies {
		total += p.Total
	}
	verdict := map[eval.Outcome]string{eval.Denies: "denies", eval.Allows: "allows", eval.Silent: "is silent"}[l.Outcome]
	return fmt.Sprintf("Layer %s: %s (policies: %d, statements: %d)", name, verdict, len(l.Policies), total)
}

// Decided names the statement that a decision about s rests on and its policy;
// empty where no statement decided.
func Decided(s *eval.Subject, d eval.Decision) string {
	if d.Policy == nil || d.Statement < 0 {
		return ""
	}
	found := d.Policy.Document.Statements[d.Statement]
	return where(finding{source: s.SourceOf(d.Policy), statement: &eval.StatementTrace{Index: d.Statement, Sid: found.Sid, Line: found.Pos.Line}})
}
