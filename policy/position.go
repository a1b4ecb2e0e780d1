package policy

import (
	"bytes"
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"
)

// Position is a place in a document's text. The zero Position is that of an
// element made by a program.
type Position struct {
	Line   int // from 1
	Column int // in characters, from 1
	Offset int // in bytes, from 0
}

// Error is a document that [Parse] refuses.
type Error struct {
	Line, Column int // both from 1, Column in characters
	Offset       int // in bytes, from 0
	Message      string
}

// Error implements error.
func (e *Error) Error() string {
	return fmt.Sprintf("policy line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// lines turns byte offsets into positions. Offsets are mostly asked for in
// rising order, so that it counts on from the last one: a document on a single
// line would otherwise be counted from its start for every element.
type lines struct {
	text   []byte
	starts []int // the offset of each line
	last   Position
}

func newLines(text []byte) *lines {
	l := &lines{text: text, starts: make([]int, 1, 1+bytes.Count(text, []byte("\n"))), last: Position{Line: 1, Column: 1}}
	for i, c := range text {
		if c == '\n' {
			l.starts = append(l.starts, i+1)
		}
	}
	return l
}

func (l *lines) at(offset int) Position {
	offset = min(max(offset, 0), len(l.text))
	line := sort.SearchInts(l.starts, offset+1)
	from := Position{Line: line, Column: 1, Offset: l.starts[line-1]}
	if l.last.Line == line && l.last.Offset <= offset {
		from = l.last
	}
	from.Column += utf8.RuneCount(l.text[from.Offset:offset])
	from.Offset = offset
	l.last = from
	return from
}

func (l *lines) errorAt(p Position, format string, args ...any) *Error {
	return &Error{Line: p.Line, Column: p.Column, Offset: p.Offset, Message: fmt.Sprintf(format, short(args)...)}
}

// maxQuoted is how many bytes of a document's text an error repeats at most.
const maxQuoted = 200

// short cuts the texts among args: a name or a value of a document may be nearly
// as long as the document.
func short(args []any) []any {
	for i, arg := range args {
		if text, ok := arg.(string); ok && len(text) > maxQuoted {
			args[i] = strings.ToValidUTF8(text[:maxQuoted], "") + "…"
		}
	}
	return args
}
