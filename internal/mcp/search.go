package mcp

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
)

// The search tool ranks a gateway's tools by BM25 over the words of their names,
// descriptions and arguments. AWS's ranking is by meaning and not public; this
// one needs no model, and gives the same answer every time. Who searches finds
// only what tools/list would show.

// searchTool is what a client calls to find tools. It has no target's prefix.
const searchTool = "x_amz_bedrock_agentcore_search"

// found is how many tools a search returns at most.
const found = 10

// The usual constants of BM25.
const (
	saturation = 1.2
	lengthPart = 0.75
)

// Weights of the words by where they stand.
const (
	nameWeight        = 3
	descriptionWeight = 1
	argumentWeight    = 1
)

type searchIndex struct {
	tools    []*tool
	postings map[string][]posting
	lengths  []float64
	average  float64
}

type posting struct {
	tool  int
	count float64
}

func newSearchIndex(tools []*tool) *searchIndex {
	x := &searchIndex{tools: tools, postings: map[string][]posting{}, lengths: make([]float64, len(tools))}
	for i, t := range tools {
		counts := map[string]float64{}
		add := func(text string, weight float64) {
			for _, word := range words(text) {
				counts[word] += weight
				x.lengths[i] += weight
			}
		}
		add(t.shown.Name, nameWeight)
		add(t.shown.Title, nameWeight)
		add(t.shown.Description, descriptionWeight)
		add(argumentText(t), argumentWeight)
		for word, count := range counts {
			x.postings[word] = append(x.postings[word], posting{i, count})
		}
		x.average += x.lengths[i] / float64(len(tools))
	}
	return x
}

// argumentText is the names and descriptions of a tool's arguments.
func argumentText(t *tool) string {
	var schema struct {
		Properties map[string]struct{ Description string }
	}
	raw, _ := t.shown.InputSchema.(json.RawMessage)
	if json.Unmarshal(raw, &schema) != nil {
		return ""
	}
	var b strings.Builder
	for name, p := range schema.Properties {
		fmt.Fprintf(&b, "%s %s ", name, p.Description)
	}
	return b.String()
}

// find returns the tools that fit the query best, best first, among those that
// visible accepts.
func (x *searchIndex) find(query string, visible func(*tool) bool) []*tool {
	scores := map[int]float64{}
	for _, word := range slices.Compact(slices.Sorted(slices.Values(words(query)))) {
		list := x.postings[word]
		if len(list) == 0 {
			continue
		}
		n := float64(len(x.tools))
		rarity := math.Log(1 + (n-float64(len(list))+0.5)/(float64(len(list))+0.5))
		for _, p := range list {
			norm := saturation * (1 - lengthPart + lengthPart*x.lengths[p.tool]/x.average)
			scores[p.tool] += rarity * p.count * (saturation + 1) / (p.count + norm)
		}
	}
	var hits []int
	for i := range scores {
		if visible(x.tools[i]) {
			hits = append(hits, i)
		}
	}
	slices.SortFunc(hits, func(a, b int) int {
		return cmp.Or(cmp.Compare(scores[b], scores[a]), cmp.Compare(a, b))
	})
	var best []*tool
	for _, i := range hits[:min(len(hits), found)] {
		best = append(best, x.tools[i])
	}
	return best
}

// words parts text at what is no letter or digit and where a small letter meets
// a capital one, folds case and a plural s.
func words(text string) (list []string) {
	var word []rune
	flush := func() {
		if len(word) > 0 {
			list = append(list, singular(string(word)))
			word = word[:0]
		}
	}
	small := false
	for _, r := range text {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
			small = false
			continue
		case unicode.IsUpper(r) && small:
			flush()
		}
		small = unicode.IsLower(r)
		word = append(word, unicode.ToLower(r))
	}
	flush()
	return list
}

func singular(word string) string {
	if len(word) > 3 && strings.HasSuffix(word, "s") && !strings.HasSuffix(word, "ss") {
		return word[:len(word)-1]
	}
	return word
}
