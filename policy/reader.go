package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

// reader walks a document token by token and knows where it is. The text has
// been found to be well-formed JSON before, so that a token that cannot be read
// is a bug and not a document's fault.
type reader struct {
	dec   *json.Decoder
	lines *lines
}

// newReader refuses text that is too long, holds characters that no policy may
// hold, or is not JSON.
func newReader(text []byte) (*reader, *Error) {
	l := newLines(text[:min(len(text), MaxSize)])
	if len(text) > MaxSize {
		return nil, l.errorAt(l.at(MaxSize), "the document is longer than %d bytes", MaxSize)
	}
	if err := checkCharacters(l); err != nil {
		return nil, err
	}
	var raw json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, notJSON(l, err)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	return &reader{dec: dec, lines: l}, nil
}

// checkCharacters applies IAM's character set for documents: U+0009, U+000A,
// U+000D and U+0020 to U+00FF (IAM User Guide, "IAM and AWS STS quotas").
func checkCharacters(l *lines) *Error {
	for i := 0; i < len(l.text); {
		c, size := utf8.DecodeRune(l.text[i:])
		switch {
		case c == utf8.RuneError && size <= 1:
			return l.errorAt(l.at(i), "the document is not UTF-8")
		case c != '\t' && c != '\n' && c != '\r' && (c < 0x20 || c > 0xFF):
			return l.errorAt(l.at(i), "character %U is not allowed in a policy: only tab, line feed, carriage return and U+0020 to U+00FF are", c)
		}
		i += size
	}
	return nil
}

func notJSON(l *lines, err error) *Error {
	offset := len(l.text)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && syntax.Offset > 0 {
		offset = int(syntax.Offset) - 1
	}
	if len(bytes.TrimSpace(l.text)) == 0 {
		return l.errorAt(l.at(offset), "the document is empty")
	}
	return l.errorAt(l.at(offset), "not JSON: %s", errorText(err))
}

func errorText(err error) string {
	if err.Error() == "unexpected end of JSON input" {
		return "it ends too early"
	}
	return err.Error()
}

// next reads a token and tells where it begins.
func (r *reader) next() (json.Token, Position) {
	pos := r.lines.at(r.start())
	token, err := r.dec.Token()
	if err != nil {
		return nil, pos // the end of the text; every caller refuses a nil token
	}
	return token, pos
}

// start is the offset of the next token: after white space and separators.
func (r *reader) start() int {
	i := int(r.dec.InputOffset())
	for i < len(r.lines.text) && strings.IndexByte(" \t\r\n,:", r.lines.text[i]) >= 0 {
		i++
	}
	return i
}

// object reads the members of an object, whose opening brace has been read, and
// refuses a name that comes twice.
func (r *reader) object(what string, member func(name string, pos Position) *Error) *Error {
	seen := map[string]Position{}
	for r.dec.More() {
		token, pos := r.next()
		name, ok := token.(string)
		if !ok {
			return r.lines.errorAt(pos, "%s: want a name", what)
		}
		if first, twice := seen[name]; twice {
			return r.lines.errorAt(pos, "duplicate key %q: it stands on line %d, column %d already", name, first.Line, first.Column)
		}
		seen[name] = pos
		if err := member(name, pos); err != nil {
			return err
		}
	}
	r.next()
	return nil
}

// open reads the brace that begins an object.
func (r *reader) open(what string) (Position, *Error) {
	token, pos := r.next()
	if token != json.Delim('{') {
		return pos, r.lines.errorAt(pos, "%s must be an object", what)
	}
	return pos, nil
}

// text reads a string.
func (r *reader) text(what string) (string, Position, *Error) {
	token, pos := r.next()
	s, ok := token.(string)
	if !ok {
		return "", pos, r.lines.errorAt(pos, "%s must be a string", what)
	}
	return s, pos, nil
}

// list reads one value or an array of values; bare ones (numbers, booleans)
// only where the grammar has them.
func (r *reader) list(what string, bare bool) (*List, *Error) {
	token, pos := r.next()
	list := &List{Pos: pos}
	if token != json.Delim('[') {
		v, err := r.value(token, pos, what, bare)
		list.Values, list.Single = []Value{v}, true
		return list, err
	}
	for r.dec.More() {
		token, pos := r.next()
		v, err := r.value(token, pos, what, bare)
		if err != nil {
			return nil, err
		}
		list.Values = append(list.Values, v)
	}
	r.next()
	return list, nil
}

func (r *reader) value(token json.Token, pos Position, what string, bare bool) (Value, *Error) {
	switch t := token.(type) {
	case string:
		return Value{Text: t, Pos: pos}, nil
	case json.Number:
		if bare {
			return Value{Text: t.String(), Bare: true, Pos: pos}, nil
		}
	case bool:
		if bare {
			return Value{Text: boolText(t), Bare: true, Pos: pos}, nil
		}
	}
	if bare {
		return Value{}, r.lines.errorAt(pos, "a value of %s must be a string, a number or a boolean", what)
	}
	return Value{}, r.lines.errorAt(pos, "%s must be a string or a list of strings", what)
}

func boolText(b bool) string {
	if b {
		return "true"
	}
	return "false"
}
