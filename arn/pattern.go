package arn

import (
	"strings"

	"hardpan/policy/wildcard"
)

// Pattern is an ARN with wildcards, ready to be matched.
type Pattern []wildcard.Piece

// Match reports whether the whole of s fits. It does not allocate for any
// pattern that people write.
func (p Pattern) Match(s string) bool { return wildcard.Match(p, s) }

// ResourcePattern reads a pattern as the Resource element of a policy does.
//
// Parts are compared one by one: a wildcard inside one of the first five does
// not reach over a colon, unless it is the star that ends its part, which may
// (IAM User Guide, "Resource"). In the sixth part wildcards match anything, a
// colon and a slash too. Parts that are missing at the end are taken as "*" where
// no star stands for them already (from memory: "arn:aws:sqs" means
// "arn:aws:sqs:*:*:*").
func ResourcePattern(pattern string) Pattern {
	return BoundResource(wildcard.Parse(pattern))
}

// BoundResource marks, in place, the wildcards of pieces that may not cross a
// colon under the rule of [ResourcePattern], and completes an incomplete ARN.
// Literal pieces must still hold their colons; a piece after the fifth colon
// may hold anything.
func BoundResource(pieces []wildcard.Piece) Pattern {
	colons, reaches := 0, false
	for i := range pieces {
		p := &pieces[i]
		if p.Kind == wildcard.Literal {
			colons += strings.Count(p.Text, ":")
			continue
		}
		p.Bounded = colons < 5 && (p.Kind == wildcard.One || !endsPart(pieces[i+1:]))
		reaches = reaches || p.Kind == wildcard.Run && !p.Bounded
	}
	if colons < 5 && !reaches && len(pieces) > 0 && strings.HasPrefix(pieces[0].Text, "arn:") {
		pieces = append(pieces, wildcard.Piece{Text: ":"}, wildcard.Piece{Kind: wildcard.Run})
	}
	return pieces
}

// endsPart reports whether a star before rest is the last character of its part.
func endsPart(rest []wildcard.Piece) bool {
	return len(rest) == 0 || rest[0].Kind == wildcard.Literal && strings.HasPrefix(rest[0].Text, ":")
}

// LikePattern reads a pattern as ArnLike and ArnEquals do, and reports whether
// it has the six parts that these operators ask for.
//
// Each part is compared with its own; no wildcard of the first five reaches
// over a colon, not even a star at the end of its part.
func LikePattern(pattern string) (Pattern, bool) {
	pieces := wildcard.Parse(pattern)
	return pieces, BoundLike(pieces)
}

// BoundLike marks, in place, the wildcards of pieces that may not cross a colon
// under the rule of [LikePattern], and reports whether there are six parts.
func BoundLike(pieces []wildcard.Piece) bool {
	colons := 0
	for i := range pieces {
		p := &pieces[i]
		if p.Kind == wildcard.Literal {
			colons += strings.Count(p.Text, ":")
			continue
		}
		p.Bounded = colons < 5
	}
	return colons >= 5
}

// IsLike reports whether s has the six parts without which ArnLike never matches.
func IsLike(s string) bool {
	return strings.HasPrefix(s, "arn:") && strings.Count(s, ":") >= 5
}
