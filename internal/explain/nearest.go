package explain

import (
	"slices"
	"strings"

	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

// common is how many characters two texts begin with in common, plus how many
// they end with; case does not count.
func common(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	n := min(len(a), len(b))
	start := 0
	for start < n && a[start] == b[start] {
		start++
	}
	end := 0
	for end < n-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	return start + end
}

// nearestText is the one of texts that is most like text.
func nearestText(texts []string, text string) string {
	best := ""
	for _, candidate := range texts {
		if best == "" || common(candidate, text) > common(best, text) {
			best = candidate
		}
	}
	return best
}

// nearestARN is nearestText by parts: a pattern with more equal parts is nearer,
// whatever its length.
func nearestARN(patterns []string, resource string) string {
	best, bestScore := "", -1
	for _, p := range patterns {
		score := common(p, resource)
		have, want := strings.SplitN(p, ":", 6), strings.SplitN(resource, ":", 6)
		for i := range min(len(have), len(want)) {
			if have[i] == want[i] {
				score += 100
			}
		}
		if score > bestScore {
			best, bestScore = p, score
		}
	}
	return best
}

// otherRegions are the regions, as patterns name them, in which the resource
// would fit one of them.
func otherRegions(patterns []string, t *eval.Trace) []string {
	want := strings.SplitN(t.Resource, ":", 6)
	if len(want) < 6 || want[3] == "" {
		return nil
	}
	ctx := contextOf(t)
	var regions []string
	for _, p := range patterns {
		have := strings.SplitN(p, ":", 6)
		if len(have) < 5 || have[3] == want[3] || have[3] == "" || strings.HasPrefix(have[3], "*") {
			continue
		}
		moved := slices.Clone(want)
		moved[3] = strings.NewReplacer("*", "x", "?", "x").Replace(have[3])
		template := condition.NewResource(p, true)
		if template.Match(strings.Join(moved, ":"), ctx) && !slices.Contains(regions, have[3]) {
			regions = append(regions, have[3])
		}
	}
	return regions
}

// contextOf is the request's context as it was recorded.
func contextOf(t *eval.Trace) *condition.Context {
	ctx := condition.NewContext(nil)
	for _, k := range t.Context {
		if k.Multi || len(k.Values) != 1 {
			ctx.SetMany(k.Key, k.Origin, k.Values)
		} else {
			ctx.Set(k.Key, k.Origin, k.Values[0])
		}
	}
	return ctx
}
