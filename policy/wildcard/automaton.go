package wildcard

// automaton runs the pattern as a bit-parallel automaton (Baeza-Yates and
// Gonnet's shift-and, with self-loops for stars). Bit i of the state means: the
// first i tokens of the pattern fit the text read so far. Each byte of the text
// costs one step for each 64 tokens, whatever the pattern.
//
// Its tables live on the stack for patterns up to 63 tokens and on the heap
// beyond; patterns with ? or a bounded star between other wildcards are rare.
func (m *matcher) automaton(pattern []Piece, text string) bool {
	tokens := countTokens(pattern)
	if tokens > len(text) { // each takes a byte at least; and so the tables never outgrow the text
		return false
	}
	words := tokens/64 + 1
	var room [256 + 4]uint64
	table := room[:]
	if words > 1 {
		table = make([]uint64, (256+4)*words)
	}
	a := program{
		accept: table[:256*words],
		free:   table[256*words : 257*words],
		bound:  table[257*words : 258*words],
		one:    table[258*words : 259*words],
		state:  table[259*words:],
		words:  words,
	}
	a.build(pattern, m.fold)
	a.state[0] = 1
	for i := range len(text) {
		m.work += words
		if !a.step(text[i]) {
			return false
		}
	}
	return a.state[tokens/64]&(1<<(tokens%64)) != 0
}

// program is the automaton's tables, a row of words for each.
type program struct {
	accept []uint64 // by byte: the states that the byte leads into
	free   []uint64 // states that stay on any byte: before them stands *
	bound  []uint64 // states that stay on any byte but a colon
	one    []uint64 // states entered by ?: they stay on the rest of a UTF-8 character
	state  []uint64
	words  int
}

func countTokens(pattern []Piece) int {
	n := 0
	for _, p := range pattern {
		switch p.Kind {
		case Literal:
			n += len(p.Text)
		case One:
			n++
		}
	}
	return n
}

func (a *program) build(pattern []Piece, fold bool) {
	at := 0 // the last state so far
	for _, p := range pattern {
		switch p.Kind {
		case Run:
			loops := a.free
			if p.Bounded {
				loops = a.bound
			}
			loops[at/64] |= 1 << (at % 64)
		case One:
			at++
			a.acceptOne(at, p.Bounded)
		case Literal:
			for i := range len(p.Text) {
				at++
				a.acceptByte(p.Text[i], at, fold)
			}
		}
	}
}

func (a *program) acceptByte(c byte, state int, fold bool) {
	bit := uint64(1) << (state % 64)
	a.accept[int(c)*a.words+state/64] |= bit
	if !fold {
		return
	}
	c = lower(c)
	a.accept[int(c)*a.words+state/64] |= bit
	if 'a' <= c && c <= 'z' {
		a.accept[int(c-'a'+'A')*a.words+state/64] |= bit
	}
}

// acceptOne lets every byte that begins a UTF-8 character lead into state.
func (a *program) acceptOne(state int, bounded bool) {
	bit := uint64(1) << (state % 64)
	a.one[state/64] |= bit
	for c := range 256 {
		if continues(byte(c)) || bounded && c == ':' {
			continue
		}
		a.accept[c*a.words+state/64] |= bit
	}
}

// step reads one byte and reports whether any state is left.
func (a *program) step(c byte) bool {
	row := a.accept[int(c)*a.words : (int(c)+1)*a.words]
	var carry, alive uint64
	for w, old := range a.state {
		next := (old<<1 | carry) & row[w]
		next |= old & a.free[w]
		if c != ':' {
			next |= old & a.bound[w]
		}
		if continues(c) {
			next |= old & a.one[w]
		}
		carry = old >> 63
		a.state[w] = next
		alive |= next
	}
	return alive != 0
}

// continues reports whether c is inside a UTF-8 character, not at its start.
func continues(c byte) bool { return c&0xC0 == 0x80 }
