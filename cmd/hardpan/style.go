package main

import (
	"fmt"
	"io"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
)

// pageWidth is what all text fits into, on paper as on a screen.
const pageWidth = 80

// styles print in colour on a terminal that has it, and plainly elsewhere.
type styles struct {
	to    *colorprofile.Writer
	width int // of a line, in columns

	title, bold, good, bad, faint, value lipgloss.Style
}

// stylesFor returns the styles for a stream. NO_COLOR with any value turns
// colour off (no-color.org).
func (p *program) stylesFor(to io.Writer) *styles {
	environ := p.environ
	if p.getenv("NO_COLOR") != "" {
		environ = append(environ[:len(environ):len(environ)], "NO_COLOR=1")
	}
	plain := lipgloss.NewStyle()
	return &styles{
		to:    colorprofile.NewWriter(to, environ),
		width: pageWidth,
		title: plain.Bold(true).Foreground(lipgloss.BrightCyan),
		bold:  plain.Bold(true),
		good:  plain.Foreground(lipgloss.Green),
		bad:   plain.Bold(true).Foreground(lipgloss.Red),
		faint: plain.Faint(true),
		value: plain.Foreground(lipgloss.Cyan),
	}
}

// inset returns the same styles for text that stands within other text.
func (s *styles) inset(columns int) *styles {
	within := *s
	within.to = &colorprofile.Writer{Forward: &indenter{to: s.to.Forward, lead: strings.Repeat(" ", columns)}, Profile: s.to.Profile}
	within.width -= columns
	return &within
}

// indenter puts lead before each line that is not empty.
type indenter struct {
	to     io.Writer
	lead   string
	inLine bool
}

// Write implements io.Writer.
func (w *indenter) Write(text []byte) (int, error) {
	var indented []byte
	for _, c := range text {
		if !w.inLine && c != '\n' {
			indented = append(indented, w.lead...)
		}
		w.inLine = c != '\n'
		indented = append(indented, c)
	}
	if _, err := w.to.Write(indented); err != nil {
		return 0, err
	}
	return len(text), nil
}

func (s *styles) printf(format string, args ...any) { fmt.Fprintf(s.to, format, args...) }

// mark is ✓ or ✗.
func (s *styles) mark(ok bool) string {
	if ok {
		return s.good.Render("✓")
	}
	return s.bad.Render("✗")
}

// heading prints the title of a part, after an empty line.
func (s *styles) heading(text string) { s.printf("\n%s\n", s.title.Render(text)) }

// paragraph prints text, broken at spaces, each line after indent spaces.
func (s *styles) paragraph(indent int, style lipgloss.Style, text string) {
	s.hanging(strings.Repeat(" ", indent), style, text)
}

// hanging prints text after a first-line lead, whose width the other lines are
// indented by.
func (s *styles) hanging(lead string, style lipgloss.Style, text string) {
	indent := lipgloss.Width(lead)
	for i, line := range strings.Split(wrap(text, s.width-indent), "\n") {
		if i > 0 {
			lead = strings.Repeat(" ", indent)
		}
		s.printf("%s%s\n", lead, style.Render(line))
	}
}

// field prints a name and its value, the values one under another.
func (s *styles) field(name, value string) {
	s.hanging("  "+s.faint.Render(fmt.Sprintf("%-9s ", name)), lipgloss.NewStyle(), value)
}

// block prints text as it is, indented, so that it can be copied.
func (s *styles) block(indent int, style lipgloss.Style, text string) {
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		s.printf("%s%s\n", strings.Repeat(" ", indent), style.Render(line))
	}
}

// wrap breaks text at spaces. A word that is longer than a line (an ARN) is left
// whole on a line of its own: it is there to be copied.
func wrap(text string, limit int) string {
	var lines []string
	for paragraph := range strings.SplitSeq(text, "\n") {
		line := ""
		for word := range strings.FieldsSeq(paragraph) {
			if line != "" && lipgloss.Width(line)+1+lipgloss.Width(word) > limit {
				lines = append(lines, line)
				line = ""
			}
			if line != "" {
				line += " "
			}
			line += word
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
