package condition

import (
	"hardpan/arn"
	"hardpan/policy/wildcard"
)

// arnLike is ArnLike, ArnEquals and their negations: four names for one rule.
// Both sides need the six parts of an ARN; see [arn.LikePattern] for wildcards.
// Colons in a variable's value count as the ARN's.
type arnLike struct {
	Template
	ready bool // no variables, wildcards bounded, six parts
}

func newARN(value string, variables bool) comparison {
	a := &arnLike{Template: NewTemplate(value, Syntax{Variables: variables, Wildcards: true})}
	if pieces, static := a.Static(); static {
		a.ready = arn.BoundLike(pieces)
	}
	return a
}

func (a *arnLike) compare(value string, c *Context) (fits, typed bool) {
	if !arn.IsLike(value) {
		return false, true
	}
	if pieces, static := a.Static(); static {
		return a.ready && wildcard.Match(pieces, value), true
	}
	var room [16]wildcard.Piece
	pieces, ok := a.expand(room[:0], c)
	return ok && arn.BoundLike(pieces) && wildcard.Match(pieces, value), true
}
