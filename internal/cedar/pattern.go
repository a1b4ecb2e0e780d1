package cedar

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/cedar-policy/cedar-go/types"
)

// wildcard stands for * in a pattern's runes.
const wildcard = rune(-1)

// maxWork is how many places of patterns the automaton of all patterns about one place
// of the input may pass: it is walked in full or not at all.
const maxWork = 300_000

// stringsFor returns one string for each set of the wanted strings and patterns that
// a string can match at once, and false if there are too many to try. With quick, it is
// content with some of them.
func stringsFor(d *demand, quick bool) ([]types.Value, bool) {
	found := []types.Value{}
	for _, value := range d.values {
		if _, ok := value.(types.String); ok {
			found = append(found, value)
		}
	}
	found = distinct(found)
	if len(d.patterns) == 0 {
		return append(found, otherThan(found)), len(found) < maxValues
	}
	if quick {
		for _, pattern := range d.patterns {
			found = append(found, withoutWildcards(pattern))
		}
		return append(found, otherThan(found)), len(found) < maxValues
	}
	all := slices.Clone(d.patterns)
	for _, value := range found {
		text, _ := value.(types.String)
		all = append(all, []rune(string(text)))
	}
	return walk(all)
}

// withoutWildcards returns the shortest string that a pattern matches.
func withoutWildcards(pattern []rune) types.Value {
	return types.String(slices.DeleteFunc(slices.Clone(pattern), func(r rune) bool { return r == wildcard }))
}

// otherThan returns a string that is none of some.
func otherThan(values []types.Value) types.Value {
	other := types.String("")
	for slices.ContainsFunc(values, other.Equal) {
		other += "_"
	}
	return other
}

// patternRunes returns a pattern's text with its wildcards marked; never nil.
func patternRunes(pattern types.Pattern) []rune {
	runes := []rune{}
	text, err := pattern.MarshalJSON()
	if err != nil {
		return runes // a pattern has none but strings
	}
	var parts []any
	if json.Unmarshal(text, &parts) != nil {
		return runes
	}
	for _, part := range parts {
		literal, ok := part.(map[string]any)
		if !ok {
			runes = append(runes, wildcard)
			continue
		}
		text, _ := literal["Literal"].(string)
		runes = append(runes, []rune(text)...)
	}
	return runes
}

// places is a state of the automaton: for each pattern, at which places in it a string
// that was read so far can be.
type places [][]bool

// walk reads all strings over the patterns' alphabet, and one rune that is in none,
// as far as they lead to new states, and keeps the first for each set of patterns
// that are matched.
func walk(patterns [][]rune) ([]types.Value, bool) {
	alphabet, total := alphabetOf(patterns)
	start := make(places, len(patterns))
	for i, pattern := range patterns {
		start[i] = make([]bool, len(pattern)+1)
		enter(pattern, start[i], 0)
	}
	type read struct {
		state places
		text  string
	}
	queue := []read{{start, ""}}
	states := map[string]bool{start.key(): true}
	work := 0
	matched := make(map[string]bool)
	var found []types.Value
	for len(queue) > 0 {
		here := queue[0]
		queue = queue[1:]
		if which := here.state.accepted(); !matched[which] {
			matched[which] = true
			found = append(found, types.String(here.text))
		}
		for _, r := range alphabet {
			if work += total; work > maxWork {
				return nil, false
			}
			next := here.state.read(patterns, r)
			if key := next.key(); !states[key] {
				states[key] = true
				queue = append(queue, read{next, here.text + string(r)})
			}
		}
	}
	return found, true
}

func alphabetOf(patterns [][]rune) (alphabet []rune, total int) {
	for _, pattern := range patterns {
		total += len(pattern)
		for _, r := range pattern {
			if r != wildcard && !slices.Contains(alphabet, r) {
				alphabet = append(alphabet, r)
			}
		}
	}
	other := 'x'
	for slices.Contains(alphabet, other) {
		other++
	}
	return append(alphabet, other), total
}

// enter puts a string at a place, and behind the wildcards there, which match nothing.
func enter(pattern []rune, at []bool, place int) {
	at[place] = true
	for place < len(pattern) && pattern[place] == wildcard {
		place++
		at[place] = true
	}
}

func (p places) read(patterns [][]rune, r rune) places {
	next := make(places, len(p))
	for i, pattern := range patterns {
		next[i] = make([]bool, len(pattern)+1)
		for place, here := range p[i][:len(pattern)] {
			switch {
			case here && pattern[place] == wildcard:
				enter(pattern, next[i], place)
			case here && pattern[place] == r:
				enter(pattern, next[i], place+1)
			}
		}
	}
	return next
}

func (p places) key() string {
	var b strings.Builder
	for _, at := range p {
		for _, here := range at {
			if here {
				b.WriteByte(1)
			} else {
				b.WriteByte(0)
			}
		}
	}
	return b.String()
}

// accepted returns which patterns a string in this state matches.
func (p places) accepted() string {
	which := make([]byte, len(p))
	for i, at := range p {
		if at[len(at)-1] {
			which[i] = 1
		}
	}
	return string(which)
}
