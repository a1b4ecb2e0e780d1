package condition

import (
	"strings"

	"hardpan/arn"
	"hardpan/policy/wildcard"
)

// Template is a value of a policy in which variables stand for condition keys:
// "user/${aws:username}/*", "${aws:PrincipalTag/team, 'none'}".
//
// A variable's value is literal: a star in a tag is no wildcard. A variable
// without a value and without a default is null, and nothing equals or is like
// null (IAM User Guide, "IAM policy elements: Variables and tags").
type Template struct {
	pieces    []wildcard.Piece // a variable's place is an empty literal
	variables []variable
}

// variable is ${key} or ${key, 'default'}.
type variable struct {
	at         int    // its place in pieces
	key        string // folded
	fallback   string
	hasDefault bool
	forbidden  bool // stands where the grammar allows none: always null
}

// Syntax says what is special in a template besides text.
type Syntax struct {
	Variables bool // ${…}; only documents of version 2012-10-17 have variables
	Wildcards bool // * and ?
}

// NewTemplate reads text.
func NewTemplate(text string, syntax Syntax) Template {
	var t Template
	if !syntax.Variables {
		t.literal(text, syntax.Wildcards)
		return t
	}
	for text != "" {
		open := strings.Index(text, "${")
		end := -1
		if open >= 0 {
			end = strings.IndexByte(text[open:], '}')
		}
		if end < 0 {
			break
		}
		t.literal(text[:open], syntax.Wildcards)
		t.variable(text[open+2 : open+end])
		text = text[open+end+1:]
	}
	t.literal(text, syntax.Wildcards)
	return t
}

func (t *Template) literal(text string, wildcards bool) {
	switch {
	case text == "":
	case wildcards:
		t.pieces = wildcard.Append(t.pieces, text)
	default:
		t.pieces = append(t.pieces, wildcard.Piece{Text: text})
	}
}

// variable takes what is between the braces. *, ? and $ are escapes for
// themselves.
func (t *Template) variable(inner string) {
	if inner == "*" || inner == "?" || inner == "$" {
		t.pieces = append(t.pieces, wildcard.Piece{Text: inner})
		return
	}
	v := variable{at: len(t.pieces), key: fold(strings.TrimSpace(inner))}
	if key, rest, found := strings.Cut(inner, ","); found {
		rest = strings.TrimSpace(rest)
		if len(rest) >= 2 && rest[0] == '\'' && rest[len(rest)-1] == '\'' {
			v.key, v.fallback, v.hasDefault = fold(strings.TrimSpace(key)), rest[1:len(rest)-1], true
		}
	}
	t.variables = append(t.variables, v)
	t.pieces = append(t.pieces, wildcard.Piece{})
}

// NewResource reads a value of Resource or NotResource, where variables may
// stand after the fifth colon only; before it they are null.
func NewResource(text string, variables bool) Template {
	t := NewTemplate(text, Syntax{Variables: variables, Wildcards: true})
	colons, next := 0, 0
	for i := range t.variables {
		v := &t.variables[i]
		for ; next < v.at; next++ {
			colons += strings.Count(t.pieces[next].Text, ":")
		}
		v.forbidden = colons < 5
	}
	t.pieces = arn.BoundResource(t.pieces)
	return t
}

// Static reports whether the template has no variables, and returns its pieces.
func (t *Template) Static() ([]wildcard.Piece, bool) {
	return t.pieces, len(t.variables) == 0
}

// Literals are the texts that everything that fits the template begins with, ends
// with, and holds in between: the longest one between two wildcards or variables.
// A template without either begins and ends with all of its text.
func (t *Template) Literals() (prefix, middle, suffix string) {
	start, next, closed := 0, 0, true // closed: no wildcard or variable so far
	for i := range t.pieces {
		isVariable := next < len(t.variables) && t.variables[next].at == i
		if isVariable {
			next++
		} else if t.pieces[i].Kind == wildcard.Literal {
			continue
		}
		text := wildcard.String(t.pieces[start:i])
		switch {
		case closed:
			prefix, closed = text, false
		case len(text) > len(middle):
			middle = text
		}
		start = i + 1
	}
	suffix = wildcard.String(t.pieces[start:])
	if closed {
		prefix = suffix
	}
	return prefix, middle, suffix
}

// Match reports whether the whole of text fits, with variables taken from c. It
// does not allocate unless the template has more than sixteen pieces.
func (t *Template) Match(text string, c *Context) bool {
	if len(t.variables) == 0 {
		return wildcard.Match(t.pieces, text)
	}
	var room [16]wildcard.Piece
	pieces, ok := t.expand(room[:0], c)
	return ok && wildcard.Match(pieces, text)
}

// expand appends the pieces with variables resolved; false if one is null.
func (t *Template) expand(room []wildcard.Piece, c *Context) ([]wildcard.Piece, bool) {
	pieces := append(room, t.pieces...)
	for i := range t.variables {
		v := &t.variables[i]
		value, ok := v.value(c)
		if !ok {
			return nil, false
		}
		pieces[v.at].Text = value
	}
	return pieces, true
}

// value resolves v. Multivalued keys may not be used as variables.
func (v *variable) value(c *Context) (string, bool) {
	if v.forbidden {
		return "", false
	}
	if values, multi, _ := c.lookup(v.key); !multi && len(values) == 1 {
		return values[0], true
	}
	return v.fallback, v.hasDefault
}

// Resolve writes the template with its variables replaced, for people; ok is
// false if one of them is null. A * in the result may come from a value.
func (t *Template) Resolve(c *Context) (text string, ok bool) {
	pieces, ok := t.expand(nil, c)
	return wildcard.String(pieces), ok
}

// HasVariables reports whether Resolve depends on the request.
func (t *Template) HasVariables() bool { return len(t.variables) > 0 }
