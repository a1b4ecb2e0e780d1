package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	api "hardpan/internal/api/hardpan"
	"hardpan/internal/cedar"
)

// tool prints what a tool gateway decided.
func (s *styles) tool(a *account) {
	d, e := &a.Decision, a.Tool
	use := d.Tool
	verdict := s.bad.Render("✗ denied")
	switch {
	case use.Failed:
		verdict = s.bad.Render("✗ failed")
	case d.Budget != nil:
		verdict = s.bad.Render("✗ refused")
	case !e.Enforced:
		verdict = s.bad.Render("✗ would be denied")
	}
	s.printf("%s  %s\n\n", verdict, s.bold.Render(strings.TrimSpace(use.Method+" "+use.Name)))
	for _, f := range [][2]string{
		{"who", use.Principal},
		{"when", time.UnixMicro(d.Time).UTC().Format("2006-01-02 15:04:05 UTC")},
		{"gateway", use.Gateway},
		{"engine", use.Engine},
		{"mode", use.Mode},
		{"decision", d.ID},
	} {
		if f[1] != "" {
			s.field(f[0], f[1])
		}
	}
	if use.Message != "" {
		s.printf("\n")
		s.paragraph(2, lipgloss.NewStyle(), use.Message)
	}
	s.heading("Why")
	s.paragraph(2, s.bold, e.Summary)
	for _, detail := range a.Explanation.Details { // of a budget
		s.hanging("  - ", s.faint, detail)
	}
	s.lacks(e)
	if e.Cedar != nil {
		s.cedarPolicies(e)
		s.cedarRemedy(&e.Cedar.Remedy)
	}
	if a.Withheld != "" {
		s.printf("\n")
		s.paragraph(2, s.faint, a.Withheld)
	}
}

// lacks says what the gateway's role may not do, and the document to add.
func (s *styles) lacks(e *api.ToolExplanation) {
	if len(e.Missing) == 0 {
		return
	}
	s.heading("What the role lacked")
	for _, m := range e.Missing {
		s.printf("  %s %s\n", s.mark(e.Mended), s.bold.Render(m.Action))
		s.hanging("    on ", s.value, m.Resource)
	}
	switch {
	case e.Mended:
		return
	case e.Policy == "":
		s.printf("\n")
		s.paragraph(2, lipgloss.NewStyle(), "A statement denies it to the role: adding an Allow would change nothing. Take the deny away.")
		return
	}
	s.heading("Add this to the role")
	s.block(2, s.value, e.Policy)
	s.printf("\n")
	s.paragraph(2, s.faint, "hardpan gateway attach GATEWAY ENGINE --grant adds what an engine needs.")
}

// cedarPolicies lists the policies that were looked at, those that decided first.
func (s *styles) cedarPolicies(e *api.ToolExplanation) {
	x := e.Cedar
	if len(x.Policies) == 0 {
		return
	}
	s.heading("Policies that were looked at")
	decided := func(t cedar.PolicyTrace) int {
		if slices.Contains(x.Decision.Determining, t.Policy) {
			return 0
		}
		return 1
	}
	list := slices.Clone(x.Policies)
	slices.SortStableFunc(list, func(a, b cedar.PolicyTrace) int { return cmp.Compare(decided(a), decided(b)) })
	for _, t := range list {
		s.cedarPolicy(e.Names[t.Policy], &t, decided(t) == 0)
	}
	if x.Omitted > 0 {
		s.paragraph(4, s.faint, fmt.Sprintf("and %d policies more, none of which came nearer", x.Omitted))
	}
}

func (s *styles) cedarPolicy(name string, t *cedar.PolicyTrace, decided bool) {
	says := string(t.Effect) + ", does not match"
	if t.Matched {
		says = string(t.Effect) + ", matches"
	}
	if decided {
		says += ", decided"
	}
	if t.Mode == cedar.LogOnly {
		says += ", only logs"
	}
	line, column := t.Line, t.Column
	if t.Failure != nil {
		line, column = t.Failure.Line, t.Failure.Column
	}
	mark := s.mark(t.Matched && t.Effect == cedar.Permit)
	if t.Effect == cedar.Forbid && !t.Matched && !decided {
		mark = s.faint.Render("·")
	}
	s.printf("  %s %s, line %d, column %d: %s\n", mark, s.bold.Render(cmp.Or(name, t.Policy)), line, column, says)
	if f := t.Failure; f != nil {
		s.cedarFailure(f)
	}
}

// cedarFailure prints the part that did not hold, with both values.
func (s *styles) cedarFailure(f *cedar.Failure) {
	s.hanging("      ", lipgloss.NewStyle(), f.Message)
	for _, v := range [][2]string{{"attribute ", f.Attribute}, {"wanted ", f.Wanted}, {"actual ", f.Actual}, {"error ", f.Error}} {
		if v[1] != "" {
			s.hanging("        "+v[0], lipgloss.NewStyle(), v[1])
		}
	}
}

// cedarRemedy prints the statement that would allow the call, to be pasted.
func (s *styles) cedarRemedy(r *cedar.Remedy) {
	if len(r.Blocked) > 0 {
		s.heading("What would allow it")
		s.paragraph(2, s.bold, "No policy that is added: these have to be changed first: "+strings.Join(r.Blocked, ", "))
		return
	}
	if r.Statement == "" {
		return
	}
	s.heading("What would allow it")
	s.block(2, s.value, r.Statement)
	s.printf("\n")
	if r.Proven {
		s.hanging("  "+s.mark(true)+" ", lipgloss.NewStyle(), "proven: the call was decided again with it, and allowed")
	} else {
		s.hanging("  "+s.mark(false)+" ", lipgloss.NewStyle(), "not proven: the call was not allowed with it, or it has a mistake")
	}
	if len(r.Opens) == 0 {
		s.hanging("  "+s.mark(true)+" ", lipgloss.NewStyle(), "opens nothing else to this principal")
	}
	for _, opened := range r.Opens {
		s.hanging("  - opens ", lipgloss.NewStyle(), opened.ID())
	}
	if r.ThisInput != "" {
		s.heading("Or for these arguments only")
		s.block(2, s.value, r.ThisInput)
	}
}
