package eval

import "slices"

// grams finds, among statements whose resources begin and end alike, those that
// may match by what stands between the wildcards: arn:aws:bedrock:*:*:prompt/a1*.
//
// Whatever fits such a pattern holds its middle text, and so every eight bytes in
// a row of it. Each statement is kept under the eight that fewest others have; a
// resource is looked up once for each place in it. A filter of bits answers
// nearly all of these look-ups.
type grams struct {
	rest   []ref // of no or too short a middle: always tested
	byGram map[uint64][]ref
	filter []uint64
	shift  int // that leaves of a hash the number of a bit
}

const (
	gramSize = 8
	// gramLeast is from how many statements on looking up pays.
	gramLeast = 16
	// filterBits is how many bits of the filter each statement gets.
	filterBits = 64
	// gramHash is 2^64 divided by the golden ratio: it spreads neighbours far apart.
	gramHash = 0x9E3779B97F4A7C15
)

// newGrams takes statements by the literal text in the middle of their resources.
func newGrams(byMiddle map[string][]ref) *grams {
	g := &grams{}
	if refs := inOrder(byMiddle); len(refs) < gramLeast {
		g.rest = refs
		return g
	}
	common := map[uint64]int{}
	for middle := range byMiddle {
		eachGram(middle, func(gram uint64) bool {
			common[gram]++
			return true
		})
	}
	g.byGram = map[uint64][]ref{}
	for middle, refs := range byMiddle {
		if len(middle) < gramSize {
			g.rest = append(g.rest, refs...)
			continue
		}
		rare := rarest(middle, common)
		g.byGram[rare] = append(g.byGram[rare], refs...)
	}
	sortRefs(g.rest)
	g.buildFilter()
	return g
}

func (g *grams) buildFilter() {
	bits := 6
	for 1<<bits < filterBits*len(g.byGram) {
		bits++
	}
	g.shift = 64 - bits
	g.filter = make([]uint64, 1<<bits/64)
	for gram, refs := range g.byGram {
		sortRefs(refs)
		bit := gram * gramHash >> g.shift
		g.filter[bit/64] |= 1 << (bit % 64)
	}
}

// find returns the statements that have this gram.
func (g *grams) find(gram uint64) []ref {
	bit := gram * gramHash >> g.shift
	if g.filter[bit/64]&(1<<(bit%64)) == 0 {
		return nil
	}
	return g.byGram[gram]
}

// eachGram calls see with every gramSize bytes in a row of text, until it says no.
func eachGram(text string, see func(gram uint64) bool) {
	var gram uint64
	for i := range len(text) {
		gram = gram>>8 | uint64(text[i])<<56
		if i >= gramSize-1 && !see(gram) {
			return
		}
	}
}

func rarest(middle string, common map[uint64]int) uint64 {
	var best uint64
	least := 0
	eachGram(middle, func(gram uint64) bool {
		if n := common[gram]; least == 0 || n < least {
			best, least = gram, n
		}
		return least > 1
	})
	return best
}

func inOrder(byMiddle map[string][]ref) []ref {
	var all []ref
	for _, refs := range byMiddle {
		all = append(all, refs...)
	}
	sortRefs(all)
	return all
}

func sortRefs(refs []ref) {
	slices.SortFunc(refs, func(a, b ref) int { return a.order - b.order })
}
