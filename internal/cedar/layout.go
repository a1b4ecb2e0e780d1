package cedar

import (
	cedarlang "github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
)

// layout is where the parts of a statement stand in its text.
type layout struct {
	text      string
	tokens    []token
	effect    token // permit or forbid
	principal []token
	action    []token
	resource  []token
	clauses   []clause
}

// clause is one when or unless, and what is joined by && in it.
type clause struct {
	unless  bool
	keyword token
	parts   []part
}

// part is an expression between two &&, with its own tree.
type part struct {
	tokens []token
	text   string
	node   ast.IsNode
}

// layoutOf finds the parts of a statement that cedar-go could read.
func layoutOf(statement string) layout {
	l := layout{text: statement, tokens: tokens(statement)}
	open := 0
	for open < len(l.tokens) && l.tokens[open].text != "(" || l.isAnnotation(open) {
		open++
	}
	if open >= len(l.tokens) {
		return l
	}
	if open > 0 {
		l.effect = l.tokens[open-1]
	}
	end := closing(l.tokens, open)
	for i, element := range splitAt(l.tokens[open+1:end], ",") {
		switch i {
		case 0:
			l.principal = element
		case 1:
			l.action = element
		case 2:
			l.resource = element
		}
	}
	for i := end + 1; i+1 < len(l.tokens) && l.tokens[i+1].text == "{"; {
		last := closing(l.tokens, i+1)
		c := clause{unless: l.tokens[i].text == "unless", keyword: l.tokens[i]}
		c.parts = l.split(l.tokens[i+2:last], 0)
		l.clauses = append(l.clauses, c)
		i = last + 1
	}
	return l
}

// isAnnotation tells whether a parenthesis belongs to an annotation: @name("…").
func (l layout) isAnnotation(open int) bool {
	return open >= 2 && open < len(l.tokens) && l.tokens[open-2].text == "@"
}

// maxParentheses is how deep split looks into parentheses around parentheses.
const maxParentheses = 20

// split takes a condition apart at each && that is in no parentheses, or only in those
// around it, if it has no || and no if beside it.
func (l layout) split(condition []token, depth int) []part {
	pieces := splitAt(condition, "&&")
	if len(splitAt(condition, "||")) > 1 || len(condition) > 0 && condition[0].text == "if" {
		pieces = [][]token{condition}
	}
	var parts []part
	for _, piece := range pieces {
		switch {
		case len(piece) == 0:
		case depth < maxParentheses && len(piece) > 2 && piece[0].text == "(" && closing(piece, 0) == len(piece)-1:
			parts = append(parts, l.split(piece[1:len(piece)-1], depth+1)...)
		default:
			text := l.span(piece)
			parts = append(parts, part{tokens: piece, text: text, node: expression(text)})
		}
	}
	return parts
}

// splitAt splits tokens at each separator that is in no parentheses.
func splitAt(list []token, separator string) [][]token {
	var pieces [][]token
	depth, from := 0, 0
	for i, t := range list {
		switch t.text {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			depth--
		case separator:
			if depth == 0 {
				pieces = append(pieces, list[from:i])
				from = i + 1
			}
		}
	}
	return append(pieces, list[from:])
}

// expression reads an expression by itself. It is nil if that cannot be.
func expression(text string) ast.IsNode {
	var p cedarlang.Policy
	if err := p.UnmarshalCedar([]byte("permit(principal, action, resource) when { " + text + "\n};")); err != nil {
		return nil
	}
	conditions := (*ast.Policy)(p.AST()).Conditions
	if len(conditions) != 1 {
		return nil
	}
	return conditions[0].Body
}

// find returns the first token, at or after some token of a list, that names something:
// a word or a string with that value.
func find(list []token, name string) (token, bool) {
	for _, t := range list {
		if (t.isWord() || t.text[0] == '"') && t.value() == name {
			return t, true
		}
	}
	return token{}, false
}
