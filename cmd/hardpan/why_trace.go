package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"

	"hardpan/internal/audit"
	"hardpan/policy"
	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

// evidence prints what the verdict rests on: the context keys and the policies
// of the check that failed.
func (s *styles) evidence(d *audit.Decision) error {
	if d.Failed < 0 || d.Failed >= len(d.Checks) {
		return nil
	}
	check := &d.Checks[d.Failed]
	s.keys(check.Keys)
	if len(check.Trace) == 0 {
		return nil
	}
	var trace eval.Trace
	if err := json.Unmarshal(check.Trace, &trace); err != nil {
		return fmt.Errorf("reading the policies that were looked at: %w", err)
	}
	s.heading("Policies that were looked at for " + trace.Action)
	for i := range trace.Layers {
		s.layer(&trace, &trace.Layers[i])
	}
	return nil
}

// layerNames are the layers as AWS's guide calls them.
var layerNames = map[eval.Layer]string{
	eval.LayerSCP:      "service control policies",
	eval.LayerRCP:      "resource control policies",
	eval.LayerResource: "resource-based policy",
	eval.LayerTrust:    "role trust policy",
	eval.LayerIdentity: "identity-based policies",
	eval.LayerBoundary: "permissions boundary",
	eval.LayerSession:  "session policies",
}

func (s *styles) layer(t *eval.Trace, l *eval.LayerTrace) {
	name := cmp.Or(layerNames[l.Layer], l.Layer.String())
	if l.Level > 0 {
		name += fmt.Sprintf(", level %d", l.Level)
	}
	says := map[eval.Outcome]string{
		eval.Allows: s.good.Render("allow"),
		eval.Denies: s.bad.Render("deny"),
		eval.Silent: s.bad.Render("do not allow"),
	}[l.Outcome]
	s.printf("  %s: %s\n", s.bold.Render(name), says)
	if len(l.Policies) == 0 {
		s.paragraph(4, s.faint, "there are none")
	}
	for i := range l.Policies {
		s.policy(t, &l.Policies[i])
	}
}

func (s *styles) policy(t *eval.Trace, p *eval.PolicyTrace) {
	s.hanging("    ", lipgloss.NewStyle(), policyName(&p.Source))
	for i := range p.Statements {
		s.statement(t, &p.Statements[i])
	}
	if p.Omitted > 0 {
		s.paragraph(6, s.faint, fmt.Sprintf("and %d statements more, none of which decided", p.Omitted))
	}
}

// policyName says which policy it is and whose.
func policyName(source *eval.Source) string {
	name := "inline policy " + source.Name
	if source.ARN != "" {
		name = source.ARN
	}
	if source.Owner == "" {
		return name
	}
	_, owner, _ := strings.Cut(source.Owner, "::")
	_, owner, _ = strings.Cut(owner, ":")
	return name + " of " + cmp.Or(owner, source.Owner)
}

func (s *styles) statement(t *eval.Trace, st *eval.StatementTrace) {
	title := fmt.Sprintf("statement %d", st.Index+1)
	if st.Sid != "" {
		title += fmt.Sprintf(" %q", st.Sid)
	}
	if st.Line > 0 {
		title += fmt.Sprintf(", line %d", st.Line)
	}
	s.printf("      %s %s: %s\n", s.bearing(st), title, bearingText(st))
	for i := range st.Conditions {
		if f := &st.Conditions[i]; !f.Holds {
			s.condition(f)
		}
	}
	switch st.Failed {
	case eval.ElementNone, eval.ElementCondition:
	case eval.ElementBroken:
		s.paragraph(8, lipgloss.NewStyle(), "it is not valid, and matches nothing")
	default:
		s.element(t, st)
	}
}

// bearing marks what a statement did for the call: an Allow that matches helps,
// a Deny that matches hurts.
func (s *styles) bearing(st *eval.StatementTrace) string {
	if st.Effect == policy.Deny && !st.Matched {
		return s.faint.Render("·")
	}
	return s.mark(st.Matched && st.Effect == policy.Allow)
}

func bearingText(st *eval.StatementTrace) string {
	if st.Matched {
		return st.Effect + ", matches"
	}
	return st.Effect + ", does not match"
}

// element prints the one that did not match, beside what the call had.
func (s *styles) element(t *eval.Trace, st *eval.StatementTrace) {
	wanted := st.Wanted
	if st.Omitted > 0 {
		wanted = append(wanted[:len(wanted):len(wanted)], fmt.Sprintf("and %d more", st.Omitted))
	}
	actual := t.Resource
	switch st.Failed {
	case eval.ElementAction, eval.ElementNotAction:
		actual = t.Action
	case eval.ElementPrincipal, eval.ElementNotPrincipal:
		actual = t.Principal
	}
	s.printf("        %s\n", s.bold.Render(string(st.Failed)))
	s.hanging("          wanted ", lipgloss.NewStyle(), strings.Join(wanted, "\n"))
	s.hanging("          actual ", lipgloss.NewStyle(), actual)
}

// condition prints one that does not hold, with both values.
func (s *styles) condition(f *condition.Finding) {
	s.printf("        %s %s on %s\n", s.bold.Render("Condition"), f.Operator, f.Key)
	s.hanging("          wanted ", lipgloss.NewStyle(), strings.Join(f.Wanted, "\n"))
	if len(f.Resolved) > 0 {
		s.hanging("          that is ", lipgloss.NewStyle(), strings.Join(f.Resolved, "\n"))
	}
	actual := "missing in the request"
	if !f.Missing {
		actual = strings.Join(f.Actual, ", ") + " (" + f.Origin + ")"
	}
	s.hanging("          actual ", lipgloss.NewStyle(), actual)
}
