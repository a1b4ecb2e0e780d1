package bedrockruntime

import (
	"encoding/json"
	"math"
	"slices"
	"strings"

	"hardpan/internal/catalog"
	"hardpan/internal/ledger"
	"hardpan/internal/wire/rest"
)

// The most that a call can use, from its body. Backends differ in how strictly
// they read member names, so a name counts in any case, and of several the
// largest number: a bound that is too high costs nothing in the end, one that is
// too low would close a budget.

// Tokens that are not in the bytes of a body: what a model is told about tools,
// and pictures and pages, which may be compressed to less than a byte a token.
// The figures are margins above what Anthropic's documents say of its models
// (some 700, 1,600 and, for a document of some pages, 3,000 a page; from
// memory, unverified).
const (
	toolTokens     = 1024
	imageTokens    = 8192
	documentTokens = 65536
	remoteTokens   = 1_000_000 // what lies in S3 can fill the largest context
)

// unseen counts those tokens, told of each text in a body. The names it looks for
// count wherever they stand: as a member, as a value, at any depth.
type unseen struct {
	media         int64
	tools, remote bool
}

func (u *unseen) text(text []byte) {
	switch string(text) {
	case "tools":
		u.tools = true
	case "image", "image_url", "video":
		u.media += imageTokens
	case "document":
		u.media += documentTokens
	case "s3Location":
		u.remote = true
	}
}

// inputBound is the most input tokens that a body of so many bytes can have.
func (u *unseen) inputBound(size int) int64 {
	n := int64(size) + u.media
	if u.tools {
		n += toolTokens
	}
	if u.remote {
		n += remoteTokens
	}
	return min(n, ledger.MaxBound)
}

// outputBound is the most that a call can answer, and where its body says so.
type outputBound struct {
	tokens, images int64
	path           []string // of the member that limits the answer; empty: none that could be set
}

// outputLimit reads how much a body asks for.
func outputLimit(operation string, m *catalog.Model, body rest.Fields) *outputBound {
	if operation == "CountTokens" || !slices.Contains(m.OutputModalities, "TEXT") && !strings.HasPrefix(operation, "Converse") {
		return &outputBound{images: images(m, body)}
	}
	paths := maxTokensOf(operation, m.ID)
	b := &outputBound{path: paths[0]}
	for i, path := range paths {
		n := number(body, path)
		b.tokens = max(b.tokens, n)
		if i > 0 && n > 0 { // it would go on to hold
			b.path = nil
		}
	}
	if b.tokens == 0 {
		b.tokens = ownOutput(m.ID)
	}
	return b
}

// canSet reports whether the body can be given a lower limit.
func (b *outputBound) canSet() bool { return len(b.path) > 0 }

// maxTokensOf says by which member a body limits the answer, the usual one
// first. Source: Bedrock User Guide, inference request parameters of each model.
func maxTokensOf(operation, model string) [][]string {
	if strings.HasPrefix(operation, "Converse") {
		return [][]string{{"inferenceConfig", "maxTokens"}, {"additionalModelRequestFields", "max_tokens"}}
	}
	family, _, _ := strings.Cut(model, ".")
	switch {
	case strings.HasPrefix(model, "amazon.titan-text"):
		return [][]string{{"textGenerationConfig", "maxTokenCount"}}
	case family == "amazon":
		return [][]string{{"inferenceConfig", "max_new_tokens"}, {"inferenceConfig", "maxTokens"}}
	case family == "meta":
		return [][]string{{"max_gen_len"}}
	case family == "anthropic":
		return [][]string{{"max_tokens"}, {"max_tokens_to_sample"}}
	case family == "ai21":
		return [][]string{{"max_tokens"}, {"maxTokens"}}
	case family == "openai":
		return [][]string{{"max_completion_tokens"}, {"max_tokens"}}
	}
	return [][]string{{"max_tokens"}}
}

// ownOutput is the most that a model answers if it is not told. The two smaller
// figures are those of Anthropic's model overview, from memory; for all others
// stands the largest of any model that is served (unverified).
func ownOutput(model string) int64 {
	switch {
	case strings.HasPrefix(model, "anthropic.claude-3-5-"):
		return 8192
	case strings.HasPrefix(model, "anthropic.claude-3-haiku"), strings.HasPrefix(model, "anthropic.claude-3-sonnet"), strings.HasPrefix(model, "anthropic.claude-3-opus"):
		return 4096
	}
	return 128_000
}

// images is how many images a call asks a model for that makes them.
func images(m *catalog.Model, body rest.Fields) int64 {
	if !slices.Contains(m.OutputModalities, "IMAGE") {
		return 0
	}
	return max(1, number(body, []string{"imageGenerationConfig", "numberOfImages"}))
}

// number is the largest number at the members of a path, their names in any
// case; 0 if there is none.
func number(fields rest.Fields, path []string) (largest int64) {
	for _, f := range fields {
		if !strings.EqualFold(f.Name, path[0]) || string(f.Raw) == "null" {
			continue
		}
		if len(path) == 1 {
			largest = max(largest, whole(f.Raw))
			continue
		}
		inner, err := rest.Top(f.Raw)
		if err != nil { // given twice, say: then nobody knows which one counts
			return ledger.MaxBound
		}
		largest = max(largest, number(inner, path[1:]))
	}
	return largest
}

// whole is a number that a backend could take for a limit; 0 if it is none.
func whole(raw []byte) int64 {
	var n float64 // 1e3 and 1000.0 are 1000 to some
	if json.Unmarshal(raw, &n) != nil || n <= 0 {
		return 0
	}
	return int64(min(math.Ceil(n), ledger.MaxBound))
}
