package lint

import (
	"cmp"
	"slices"
	"strings"
)

// maxName is the longest name for which similar ones are looked for.
const maxName = 80

// nearest returns up to three of names that are most like name, the likest first;
// none if nothing is like it.
func nearest(name string, names []string) []string {
	if len(name) > maxName {
		return nil
	}
	type candidate struct {
		name  string
		edits int
	}
	lower := strings.ToLower(name)
	var near []candidate
	for _, n := range names {
		folded := strings.ToLower(n)
		switch e := edits(lower, folded); {
		case len(n) > 5 && (strings.HasPrefix(lower, folded) || len(name) > 5 && strings.HasPrefix(folded, lower)):
			near = append(near, candidate{n, min(e, 2)})
		case begin(lower, folded) >= max(8, len(name)/2):
			near = append(near, candidate{n, min(e, 3)})
		case e <= max(2, len(name)/3):
			near = append(near, candidate{n, e})
		}
	}
	slices.SortStableFunc(near, func(a, b candidate) int { return cmp.Compare(a.edits, b.edits) })
	var found []string
	for _, c := range near[:min(3, len(near))] {
		if c.edits <= near[0].edits+1 {
			found = append(found, c.name)
		}
	}
	return found
}

// begin is how many letters a and b begin with in common.
func begin(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// edits is the number of letters to put in, take out or change to make b of a.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

// either joins names as people do: "a", "a or b", "a, b or c".
func either(names []string) string { return joined(names, " or ") }

// both joins names with "and".
func both(names []string) string { return joined(names, " and ") }

func joined(names []string, last string) string {
	if len(names) <= 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + last + names[len(names)-1]
}

// some is both for a list that may be long.
func some(names []string) string {
	const most = 4
	if len(names) <= most+1 {
		return both(names)
	}
	return strings.Join(names[:most], ", ") + " and " + itoa(len(names)-most) + " more"
}
