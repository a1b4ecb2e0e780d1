package cedar

import (
	"fmt"
	"slices"
	"strings"
)

// didYouMean returns a question about the known name that is nearest to a wrong one,
// and nothing if none is near.
func didYouMean(wrong string, known []string) string {
	best, distance := "", len(wrong)/2+1
	for _, name := range known {
		d := editDistance(strings.ToLower(wrong), strings.ToLower(name), distance)
		if name != wrong && (d < distance || d == distance && best != "" && name < best) {
			best, distance = name, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// editDistance returns how many characters have to be changed, added or left out to
// make b of a, or limit if that is fewer.
func editDistance(a, b string, limit int) int {
	if max(len(a), len(b))-min(len(a), len(b)) >= limit {
		return limit
	}
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
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
		if slices.Min(row) >= limit {
			return limit
		}
	}
	return min(row[len(b)], limit)
}
