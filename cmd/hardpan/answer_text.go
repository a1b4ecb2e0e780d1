package main

import (
	"charm.land/lipgloss/v2"

	"hardpan/internal/explain"
	"hardpan/internal/simulation"
)

// answer prints yes or no, and then why.
func (s *styles) answer(a *simulation.Answer, asked string) error {
	if a.Allowed {
		s.printf("%s  %s", s.good.Render("✓ yes"), s.bold.Render(asked))
	} else {
		s.printf("%s  %s", s.bad.Render("✗ no"), s.bold.Render(asked))
	}
	if a.Region != "" {
		s.printf(" in %s", s.bold.Render(a.Region))
	}
	s.printf("\n")
	if a.Message != "" {
		s.printf("\n")
		s.paragraph(2, lipgloss.NewStyle(), a.Message)
	}
	s.askedChecks(a.Checks)
	if a.Refused {
		s.refusedByBedrock(a)
	}
	if a.Explanation == nil {
		return nil
	}
	return s.explanation(a.Explanation)
}

// askedChecks lists what had to be allowed, and the statement that decided.
func (s *styles) askedChecks(checks []simulation.Check) {
	s.heading("Checks")
	for _, c := range checks {
		s.printf("  %s %s\n", s.mark(c.Allowed), s.bold.Render(c.Action))
		s.hanging("    on ", s.value, c.Resource)
		if c.By != "" {
			s.hanging("    by ", s.faint, c.By)
		}
	}
}

func (s *styles) refusedByBedrock(a *simulation.Answer) {
	s.heading("Why")
	s.paragraph(2, s.bold, "Policy allows the call, but Bedrock does not serve it so.")
	if len(a.Instead) == 0 {
		return
	}
	s.heading("What is allowed instead")
	for _, other := range a.Instead {
		s.hanging("  "+s.mark(true)+" ", lipgloss.NewStyle(), other)
	}
}

// explanation prints the cause, the near misses and the remedies.
func (s *styles) explanation(e *explain.Explanation) error {
	s.cause(e)
	if len(e.Nearest) > 1 { // one alone is in the summary
		s.heading("The statements that came nearest")
		for _, miss := range e.Nearest {
			s.hanging("  - ", lipgloss.NewStyle(), miss.Text)
		}
	}
	if err := s.remedies(e.Remedies); err != nil {
		return err
	}
	s.printf("\n")
	s.paragraph(2, s.faint, "This cause is "+string(e.Cause)+" in doc/denials.md.")
	return nil
}
