package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"hardpan/internal/audit"
	"hardpan/internal/explain"
)

// account prints a decision from the verdict down to the remedy.
func (s *styles) account(a *account) error {
	if a.Tool != nil && a.Decision.Tool != nil {
		s.tool(a)
		return s.remedies(a.Explanation.Remedies)
	}
	s.verdict(&a.Decision)
	s.checks(&a.Decision)
	if err := s.evidence(&a.Decision); err != nil {
		return err
	}
	s.cause(&a.Explanation)
	return s.remedies(a.Explanation.Remedies)
}

// verdict says who was refused what, where and when, and how AWS puts it.
func (s *styles) verdict(d *audit.Decision) {
	s.printf("%s  %s", s.bad.Render("✗ denied"), s.bold.Render(d.Call.Service+" "+d.Call.Operation))
	if d.Call.Region != "" {
		s.printf(" in %s", s.bold.Render(d.Call.Region))
	}
	s.printf("\n\n")
	s.field("who", callerText(&d.Caller))
	s.field("when", time.UnixMicro(d.Time).UTC().Format("2006-01-02 15:04:05 UTC"))
	if d.Call.Region != "" {
		s.field("region", d.Call.Region+", "+regionSource(d.Call.RegionFrom))
	}
	s.field("decision", d.ID)
	s.field("answer", fmt.Sprintf("%s, status %d", d.Code, d.Status))
	s.printf("\n")
	s.paragraph(2, lipgloss.NewStyle(), d.Message)
	if d.Trimmed != "" {
		s.paragraph(2, s.faint, "The record was too large to keep: it lacks its "+d.Trimmed+".")
	}
}

func callerText(c *audit.Caller) string {
	lines := []string{c.ARN}
	how := c.Type
	switch {
	case c.Bearer != "":
		how += ", with the API key " + c.AccessKeyID
	case c.AccessKeyID != "":
		how += ", signed with the access key " + c.AccessKeyID
	}
	lines = append(lines, how)
	for _, ancestor := range c.Ancestors {
		lines = append(lines, "session made by "+ancestor)
	}
	for _, tag := range c.Tags {
		lines = append(lines, "tag "+tag.Key+"="+tag.Value)
	}
	return strings.Join(lines, "\n")
}

// regionSource says in words what named the region.
func regionSource(from string) string {
	switch from {
	case audit.RegionFromScope:
		return "named in the signature"
	case audit.RegionFromHost:
		return "named in the host"
	case audit.RegionFromPath:
		return "named in the path"
	case audit.RegionFromKey:
		return "the home region of the key"
	case audit.RegionFromSession:
		return "the home region of the session"
	}
	return from
}

// checks lists what had to be allowed.
func (s *styles) checks(d *audit.Decision) {
	s.heading("Checks")
	for i := range d.Checks {
		check := &d.Checks[i]
		s.printf("  %s %s\n", s.mark(check.Allowed), s.bold.Render(check.Action))
		s.hanging("    on ", s.value, check.Resource)
	}
}

// keys lists the context keys as the policies saw them.
func (s *styles) keys(keys []audit.Key) {
	if len(keys) == 0 {
		return
	}
	s.heading("Context keys, as the policies saw them")
	widest := 0
	for _, k := range keys {
		widest = max(widest, len(k.Name))
	}
	for _, k := range keys {
		lead := fmt.Sprintf("  %-*s  ", min(widest, 34), k.Name)
		text := strings.Join(k.Values, ", ")
		if k.Multi {
			text = "[" + text + "]"
		}
		s.hanging(lead, lipgloss.NewStyle(), cmp.Or(text, `""`)+" ("+k.Origin+")")
	}
}

// cause says in a sentence why it was denied.
func (s *styles) cause(e *explain.Explanation) {
	s.heading("Why")
	s.paragraph(2, s.bold, e.Summary)
	for _, detail := range e.Details {
		s.hanging("  - ", s.faint, detail)
	}
}

// remedies prints what would help, to be pasted.
func (s *styles) remedies(list []explain.Remedy) error {
	for i, r := range list {
		title := "What would allow it"
		if i > 0 {
			title = "Or"
		}
		if err := s.remedy(title, &r); err != nil {
			return err
		}
	}
	return nil
}

func (s *styles) remedy(heading string, r *explain.Remedy) error {
	s.heading(heading)
	s.paragraph(2, s.bold, r.Title)
	if len(r.Document) > 0 && string(r.Document) != "null" {
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, r.Document, "", "  "); err != nil {
			return fmt.Errorf("reading the remedy: %w", err)
		}
		s.printf("\n")
		s.block(2, s.value, pretty.String())
		s.printf("\n")
	}
	s.proof(r)
	if r.Note != "" {
		s.hanging("  mind: ", lipgloss.NewStyle(), r.Note)
	}
	return nil
}

// proof says what was tried, and what else the change would allow.
func (s *styles) proof(r *explain.Remedy) {
	switch {
	case !r.Proven:
		s.hanging("  "+s.mark(false)+" ", lipgloss.NewStyle(), "not proven: it was not tried")
	case r.Kind == explain.KindAsk && len(r.Document) == 0:
		s.hanging("  "+s.mark(true)+" ", lipgloss.NewStyle(), "proven: no Allow in an identity policy would help")
	case r.Kind == explain.KindCall:
		s.hanging("  "+s.mark(true)+" ", lipgloss.NewStyle(), "proven: it was decided, and allowed")
	default:
		s.hanging("  "+s.mark(true)+" ", lipgloss.NewStyle(), "proven: the call was decided again with it, and allowed")
	}
	if len(r.Document) > 0 && len(r.Opens) == 0 {
		s.hanging("  "+s.mark(true)+" ", lipgloss.NewStyle(), "opens nothing else to this principal")
	}
	for _, opened := range r.Opens {
		s.hanging("  - opens ", lipgloss.NewStyle(), opened)
	}
}
