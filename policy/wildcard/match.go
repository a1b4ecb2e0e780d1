package wildcard

import "strings"

// Match reports whether the whole of text fits the pattern. Case counts.
func Match(pattern []Piece, text string) bool {
	var m matcher
	return m.match(pattern, text)
}

// MatchFold is [Match] in which ASCII letters fit without regard to case.
func MatchFold(pattern []Piece, text string) bool {
	m := matcher{fold: true}
	return m.match(pattern, text)
}

// matcher carries what one match needs.
type matcher struct {
	fold bool
	work int // bytes looked at, once for each word of the automaton: for tests
}

// match strips the literal ends, which decide nearly every match, and leaves
// what is between the first and the last wildcard to the cheaper of two ways.
func (m *matcher) match(pattern []Piece, text string) bool {
	pattern, text, ok := m.trimStart(pattern, text)
	if !ok || len(pattern) == 0 {
		return ok && text == ""
	}
	pattern, text, ok = m.trimEnd(pattern, text)
	if !ok {
		return false
	}
	if len(pattern) == 1 && pattern[0].Kind == Run {
		return !pattern[0].Bounded || strings.IndexByte(text, ':') < 0
	}
	if !m.fold && onlyFreeRuns(pattern) {
		return m.search(pattern, text)
	}
	return m.automaton(pattern, text)
}

func (m *matcher) trimStart(pattern []Piece, text string) ([]Piece, string, bool) {
	for len(pattern) > 0 && pattern[0].Kind == Literal {
		lit := pattern[0].Text
		if len(text) < len(lit) || !m.equal(text[:len(lit)], lit) {
			return nil, "", false
		}
		pattern, text = pattern[1:], text[len(lit):]
	}
	return pattern, text, true
}

// trimEnd needs a wildcard in front of what it strips; trimStart left one.
func (m *matcher) trimEnd(pattern []Piece, text string) ([]Piece, string, bool) {
	for pattern[len(pattern)-1].Kind == Literal {
		lit := pattern[len(pattern)-1].Text
		rest := len(text) - len(lit)
		if rest < 0 || !m.equal(text[rest:], lit) {
			return nil, "", false
		}
		pattern, text = pattern[:len(pattern)-1], text[:rest]
	}
	return pattern, text, true
}

func (m *matcher) equal(a, b string) bool {
	m.work += len(a)
	if !m.fold {
		return a == b
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// onlyFreeRuns reports whether pattern is literals between unbounded stars.
func onlyFreeRuns(pattern []Piece) bool {
	for i, p := range pattern {
		if p.Kind == One || p.Bounded {
			return false
		}
		if p.Kind == Literal && i > 0 && pattern[i-1].Kind == Literal {
			return false // a variable's value beside other text: one needle in two pieces
		}
	}
	return true
}

// search finds each literal leftmost after the one before. Taking the leftmost
// never spoils a later match, since a star can always stretch further.
func (m *matcher) search(pattern []Piece, text string) bool {
	for _, p := range pattern {
		if p.Kind == Run {
			continue
		}
		i := strings.Index(text, p.Text)
		if i < 0 {
			m.work += len(text)
			return false
		}
		m.work += i + len(p.Text)
		text = text[i+len(p.Text):]
	}
	return true
}
