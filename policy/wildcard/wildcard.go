// Package wildcard matches text against the two wildcards of AWS policies: *
// for any run of characters, ? for exactly one.
//
// It knows nothing of ARNs, actions or variables: those packages take a pattern
// apart into [Piece] values, say which wildcards may not cross a colon, and ask
// for a match. Work grows with the length of the text and, per 64 characters,
// with the length of the pattern; no pattern makes it back-track.
package wildcard

import "strings"

// Kind tells what a piece of a pattern stands for.
type Kind uint8

// The kinds of pieces.
const (
	Literal Kind = iota // exactly Piece.Text
	One                 // ?: one UTF-8 character
	Run                 // *: any number of characters, also none
)

// Piece is one part of a pattern.
type Piece struct {
	Kind    Kind
	Bounded bool   // One and Run: does not match a colon
	Text    string // Literal only
}

// Parse takes pattern apart at its wildcards. Neighbouring stars become one.
func Parse(pattern string) []Piece {
	return Append(nil, pattern)
}

// Append is [Parse] into pieces that are already there.
func Append(pieces []Piece, pattern string) []Piece {
	for pattern != "" {
		i := strings.IndexAny(pattern, "*?")
		if i < 0 {
			return append(pieces, Piece{Text: pattern})
		}
		if i > 0 {
			pieces = append(pieces, Piece{Text: pattern[:i]})
		}
		pieces = appendWildcard(pieces, pattern[i])
		pattern = pattern[i+1:]
	}
	return pieces
}

func appendWildcard(pieces []Piece, c byte) []Piece {
	if c == '?' {
		return append(pieces, Piece{Kind: One})
	}
	if n := len(pieces); n > 0 && pieces[n-1].Kind == Run {
		return pieces
	}
	return append(pieces, Piece{Kind: Run})
}

// String writes pieces as a pattern. A literal * or ? in a piece (a policy
// variable's value, say) can no longer be told from a wildcard.
func String(pieces []Piece) string {
	var b strings.Builder
	for _, p := range pieces {
		switch p.Kind {
		case Literal:
			b.WriteString(p.Text)
		case One:
			b.WriteByte('?')
		case Run:
			b.WriteByte('*')
		}
	}
	return b.String()
}
