package builtin

import (
	"math"
	"strings"
	"unicode"
)

// Weights of the features of a text. Words carry most of the meaning, pairs of
// words their order; parts of words bring inflections and typing errors near
// each other, and stand for words in writing without spaces.
const (
	wordWeight  = 1.0
	pairWeight  = 0.5
	gramWeight  = 0.25
	ideographic = 0.8 // one or two neighbouring characters of writing without spaces
)

// embed turns text into a vector: its features are counted, damped, and hashed
// with a sign into dims places. Similar texts share features, so their vectors
// point the same way. The zero vector is never returned.
func embed(text string, dims int, normalize bool) []float32 {
	sums := make([]float64, dims)
	for _, f := range features(text) { // in order: sums of floats depend on it
		h := hash(f.name)
		weight := f.weight * (1 + math.Log(f.count))
		if h>>63 == 1 {
			weight = -weight
		}
		sums[h%uint64(dims)] += weight
		sums[(h>>20)%uint64(dims)] += weight / 2 // a second place softens collisions
	}
	return unit(sums, normalize)
}

func unit(sums []float64, normalize bool) []float32 {
	var square float64
	for _, v := range sums {
		square += v * v
	}
	if square == 0 {
		sums[0], square = 1, 1
	}
	scale := 1.0
	if normalize {
		scale = 1 / math.Sqrt(square)
	}
	vector := make([]float32, len(sums))
	for i, v := range sums {
		vector[i] = float32(v * scale)
	}
	return vector
}

type feature struct {
	name          string
	weight, count float64
}

// features lists what a text is made of, in order of first appearance.
func features(text string) []*feature {
	var found []*feature
	byName := map[string]*feature{}
	add := func(name string, weight float64) {
		f := byName[name]
		if f == nil {
			f = &feature{name: name, weight: weight}
			byName[name] = f
			found = append(found, f)
		}
		f.count++
	}
	before := ""
	for _, word := range words(text) {
		if runes := []rune(word); unspaced(runes[0]) {
			for i := range runes {
				add("c:"+string(runes[i]), ideographic)
				if i > 0 {
					add("b:"+string(runes[i-1:i+1]), ideographic)
				}
			}
		} else {
			add("w:"+word, wordWeight)
			addGrams(add, word)
		}
		if before != "" {
			add("p:"+before+" "+word, pairWeight)
		}
		before = word
	}
	return found
}

// addGrams adds every three neighbouring letters of a word, its ends marked.
func addGrams(add func(string, float64), word string) {
	marked := []rune("^" + word + "$")
	for i := 0; i+3 <= len(marked); i++ {
		add("g:"+string(marked[i:i+3]), gramWeight)
	}
}

// words splits text at everything but letters and digits, and where writing
// with spaces meets writing without. Letters are made lower case.
func words(text string) []string {
	var list []string
	var word strings.Builder
	var last rune
	end := func() {
		if word.Len() > 0 {
			list = append(list, word.String())
			word.Reset()
		}
	}
	for _, r := range text {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r):
			end()
		default:
			if word.Len() > 0 && unspaced(r) != unspaced(last) {
				end()
			}
			word.WriteRune(unicode.ToLower(r))
			last = r
		}
	}
	end()
	return list
}

// unspaced reports whether r belongs to a script that puts no spaces between
// words.
func unspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) || r == 'ー'
}

// hash is FNV-1a with a final mixing step, so that its high bits are as good
// as its low ones.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	return h ^ h>>33
}
