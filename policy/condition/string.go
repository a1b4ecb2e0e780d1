package condition

import (
	"strings"

	"hardpan/policy/wildcard"
)

// stringEquals is StringEquals and StringNotEquals: exact, case counts, * and ?
// are ordinary characters, variables are resolved.
type stringEquals struct{ Template }

func newStringEquals(value string, variables bool) comparison {
	return &stringEquals{NewTemplate(value, Syntax{Variables: variables})}
}

func (s *stringEquals) compare(value string, c *Context) (fits, typed bool) {
	return s.Match(value, c), true
}

// stringLike is StringLike and StringNotLike: case counts, * and ? are wildcards
// and know no boundaries.
type stringLike struct{ Template }

func newStringLike(value string, variables bool) comparison {
	return &stringLike{NewTemplate(value, Syntax{Variables: variables, Wildcards: true})}
}

func (s *stringLike) compare(value string, c *Context) (fits, typed bool) {
	return s.Match(value, c), true
}

// stringEqualsIgnoreCase is StringEqualsIgnoreCase and its negation.
type stringEqualsIgnoreCase struct{ Template }

func newStringEqualsIgnoreCase(value string, variables bool) comparison {
	return &stringEqualsIgnoreCase{NewTemplate(value, Syntax{Variables: variables})}
}

func (s *stringEqualsIgnoreCase) compare(value string, c *Context) (fits, typed bool) {
	var room [4]wildcard.Piece
	pieces, ok := s.expand(room[:0], c)
	if !ok {
		return false, true
	}
	if len(pieces) == 1 { // one text or one variable: nothing to join
		return strings.EqualFold(pieces[0].Text, value), true
	}
	return strings.EqualFold(wildcard.String(pieces), value), true
}

// wanted serves every comparison that is a template.
func (t *Template) wanted(c *Context) string {
	text, ok := t.Resolve(c)
	if !ok {
		return ""
	}
	return text
}
