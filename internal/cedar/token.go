package cedar

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// cedar-go's trees do not say where in the text their parts are. So that people are
// told, a statement is also read as tokens, which is enough to find a part again: the
// text is never given a meaning here.

// token is a word, a number, a string, or a sign of a statement.
type token struct {
	text   string // as it stands
	start  int    // in bytes
	line   int    // from 1
	column int    // in characters, from 1
}

func (t token) end() int { return t.start + len(t.text) }

// value returns what a string token says; for any other, and for one with escapes
// that only Cedar knows, its text.
func (t token) value() string {
	if !strings.HasPrefix(t.text, `"`) {
		return t.text
	}
	if value, err := strconv.Unquote(t.text); err == nil {
		return value
	}
	return strings.Trim(t.text, `"`)
}

func (t token) isWord() bool {
	r, _ := utf8.DecodeRuneInString(t.text)
	return r == '_' || unicode.IsLetter(r)
}

// tokens reads a statement without its spaces and comments. What is no token is one of
// a character.
func tokens(text string) []token {
	var list []token
	line, lineStart := 1, 0
	for at := 0; at < len(text); {
		size := tokenSize(text[at:])
		part := text[at : at+size]
		if !isBlank(part) {
			column := utf8.RuneCountInString(text[lineStart:at]) + 1
			list = append(list, token{text: part, start: at, line: line, column: column})
		}
		if newlines := strings.Count(part, "\n"); newlines > 0 {
			line += newlines
			lineStart = at + strings.LastIndexByte(part, '\n') + 1
		}
		at += size
	}
	return list
}

func isBlank(part string) bool {
	return strings.HasPrefix(part, "//") || strings.TrimSpace(part) == ""
}

// tokenSize returns the length of the token, space or comment that a text begins with.
func tokenSize(text string) int {
	r, size := utf8.DecodeRuneInString(text)
	switch {
	case strings.HasPrefix(text, "//"):
		if end := strings.IndexByte(text, '\n'); end >= 0 {
			return end
		}
		return len(text)
	case r == '"':
		return stringSize(text)
	case r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
		end := strings.IndexFunc(text, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		if end < 0 {
			return len(text)
		}
		return end
	case len(text) >= 2 && strings.Contains(" == != <= >= && || :: ", " "+text[:2]+" "):
		return 2
	}
	return size
}

func stringSize(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// closing returns the index of the token that closes what the one at open opens, or the
// last index if nothing does.
func closing(list []token, open int) int {
	depth := 0
	for i := open; i < len(list); i++ {
		switch list[i].text {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(list) - 1
}
