package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"charm.land/lipgloss/v2"

	"hardpan/internal/lint"
)

// finding prints one finding as compilers do: where, what, the line, and then what
// to do.
func (s *styles) finding(f *lintedFile, found *lint.Finding) {
	at := found.Position
	s.printf("%s %s %s\n",
		s.bold.Render(fmt.Sprintf("%s:%d:%d:", printable(f.name), at.Line, at.Column)), s.severity(found.Severity), s.faint.Render("["+found.Rule+"]"))
	s.paragraph(2, lipgloss.NewStyle(), printable(found.Message))
	s.sourceLine(f.text, at.Offset, at.Line)
	for i, step := range found.Steps {
		s.hanging(fmt.Sprintf("  %d. ", i+1), lipgloss.NewStyle(), printable(step))
	}
	if found.Fix != nil {
		s.fix(found.Fix)
	}
	s.printf("\n")
}

func (s *styles) severity(severity lint.Severity) string {
	switch severity {
	case lint.Error:
		return s.bad.Render("error")
	case lint.Warning:
		return s.bold.Render("warning")
	}
	return s.faint.Render("note")
}

// sourceLine shows the line with the element, a caret under its beginning. Of a
// long line it shows what fits, of which the element is in the middle.
func (s *styles) sourceLine(text []byte, offset, number int) {
	offset = min(offset, len(text))
	start := bytes.LastIndexByte(text[:offset], '\n') + 1
	end := len(text)
	if i := bytes.IndexByte(text[offset:], '\n'); i >= 0 {
		end = offset + i
	}
	lead := fmt.Sprintf("  %4d | ", number)
	room := s.width - len(lead)
	before, after := plainLine(text[start:offset], -room), plainLine(text[offset:end], room)
	if len(before)+len(after) > room {
		if keep := max(room/2, room-len(after)); len(before) > keep {
			before = append([]rune("…"), before[len(before)-keep+1:]...)
		}
		if keep := room - len(before); len(after) > keep {
			after = append(after[:keep-1:keep-1], '…')
		}
	}
	s.printf("%s%s\n", s.faint.Render(lead), string(before)+string(after))
	s.printf("%s%s\n", s.faint.Render("       | "), strings.Repeat(" ", len(before))+s.bad.Render("^"))
}

// printable is text without control characters, which a hostile policy could use
// to write to the terminal.
func printable(text string) string { return strings.Map(printableRune, text) }

func printableRune(c rune) rune {
	switch {
	case c == '\t':
		return ' '
	case c != '\n' && c < ' ', c >= 0x7f && c < 0xa0:
		return utf8.RuneError
	}
	return c
}

// plainLine is a piece of a line as it can be shown. Of longer text it is about
// the first limit characters, or the last ones if limit is negative.
func plainLine(text []byte, limit int) []rune {
	if most := 4 * (abs(limit) + 1); len(text) > most {
		if limit < 0 {
			text = text[len(text)-most:]
		} else {
			text = text[:most]
		}
	}
	line := make([]rune, 0, utf8.RuneCount(text))
	for _, c := range string(bytes.TrimRight(text, "\r")) {
		line = append(line, printableRune(c))
	}
	return line
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

func (s *styles) fix(fix *lint.Fix) {
	label := "  " + s.good.Render("fix:") + " "
	if fix.Proven {
		label = "  " + s.good.Render("fix, proven:") + " "
	}
	s.hanging(label, lipgloss.NewStyle(), printable(fix.Text))
	if fix.Document == nil {
		return
	}
	var pretty bytes.Buffer
	if json.Indent(&pretty, fix.Document, "", "  ") == nil {
		s.block(4, s.value, printable(pretty.String()))
	}
}

// lintSummary counts.
func (s *styles) lintSummary(files []*lintedFile) {
	count := map[lint.Severity]int{}
	for _, f := range files {
		for i := range f.findings {
			count[f.findings[i].Severity]++
		}
	}
	if len(count) == 0 {
		s.printf("%s %s, nothing found\n", s.good.Render("✓"), plural(len(files), "policy file"))
		return
	}
	var parts []string
	for _, severity := range []lint.Severity{lint.Error, lint.Warning, lint.Note} {
		if n := count[severity]; n > 0 {
			parts = append(parts, plural(n, severity.String()))
		}
	}
	s.printf("%s in %s\n", strings.Join(parts, ", "), plural(len(files), "policy file"))
}
