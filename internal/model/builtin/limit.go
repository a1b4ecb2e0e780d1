package builtin

import (
	"slices"
	"strings"

	"hardpan/internal/model/tokens"
)

// finish applies the caller's stop sequences and maxTokens to what the model
// would say, and counts it.
func finish(c *conversation, blocks []replyBlock, r *reply) {
	r.stopReason = "end_turn"
	left := c.maxTokens
	for _, b := range blocks {
		if b.name != "" {
			r.addToolUse(b, c.maxTokens, &left)
		} else {
			r.addText(c, b.text, &left)
		}
		if r.stopReason == "max_tokens" || r.stopReason == "stop_sequence" {
			return
		}
	}
}

func (r *reply) addText(c *conversation, text string, left *int64) {
	text, met := cutAtStop(text, c.stopSequences)
	kept, n, cut := tokens.Keep(text, limitOf(c.maxTokens, *left))
	if kept != "" || !cut {
		r.blocks = append(r.blocks, replyBlock{text: kept})
	}
	r.output += n
	*left -= n
	switch {
	case cut:
		r.stopReason = "max_tokens"
	case met != "":
		r.stopReason, r.stopSequence = "stop_sequence", met
	}
}

// addToolUse adds a tool use whole or not at all: half a JSON text is no input.
func (r *reply) addToolUse(b replyBlock, maxTokens int64, left *int64) {
	_, n, cut := tokens.Keep(b.name+" "+b.input, limitOf(maxTokens, *left))
	r.output += n
	*left -= n
	if cut {
		r.stopReason = "max_tokens"
		return
	}
	r.blocks = append(r.blocks, b)
	r.stopReason = "tool_use"
}

func limitOf(maxTokens, left int64) int64 {
	if maxTokens == 0 {
		return 1 << 62
	}
	return max(0, left)
}

// cutAtStop ends text before the stop sequence that comes first.
func cutAtStop(text string, stops []string) (kept, met string) {
	first := len(text)
	for _, stop := range stops {
		if at := strings.Index(text, stop); stop != "" && at >= 0 && at < first {
			first, met = at, stop
		}
	}
	return text[:first], met
}

// pieceBytes is about how long the pieces of a streamed text are.
const pieceBytes = 24

// pieces cuts text for streaming: between words where there are spaces,
// otherwise between characters. Joined they are the text.
func pieces(text string) []string {
	var cut []string
	start := 0
	for at, r := range text {
		if at-start >= pieceBytes && (r == ' ' || r >= 0x2E80) || at-start >= 2*pieceBytes {
			cut = append(cut, text[start:at])
			start = at
		}
	}
	return slices.DeleteFunc(append(cut, text[start:]), func(s string) bool { return s == "" })
}
