// Package tokens counts the tokens of a model call where nobody else does: for
// the built-in model, for a backend that does not say what it used, and for a
// stream that was cut before it said so.
//
// It knows a tokenizer and where text is in the bodies of Bedrock Runtime. What
// it counts is close to what a model's vendor counts, and not the same; whoever
// uses it says that it is an estimate.
package tokens

import (
	"context"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/tiktoken-go/tokenizer/codec"
)

// encoding is the byte-pair encoding that tokens are counted with. It stays
// out of memory until the first count: loading takes some 4 ms and 6 MB, half
// of what the larger o200k_base takes. The vendors' own tokenizers are not
// public; this one is close, and never counts a byte as more than one token.
var encoding = sync.OnceValue(codec.NewCl100kBase)

// tokenizedAtOnce bounds, in bytes, the text given to the tokenizer in one go,
// so that a large body costs little memory and a cancelled call stops soon.
const tokenizedAtOnce = 32 << 10

// Count counts the tokens of text. The only error is ctx's.
func Count(ctx context.Context, text string) (int64, error) {
	var total int64
	for text != "" {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		var part string
		part, text = cutPart(text)
		n, err := encoding().Count(part)
		if err != nil { // the pattern gave up; a byte is the most a token costs
			n = len(part)
		}
		total += int64(n)
	}
	return total, nil
}

// cutPart splits text after the last space within the bound, or else between
// two characters.
func cutPart(text string) (part, rest string) {
	if len(text) <= tokenizedAtOnce {
		return text, ""
	}
	end := strings.LastIndexAny(text[:tokenizedAtOnce], " \n")
	if end <= 0 {
		end = tokenizedAtOnce
		for end > tokenizedAtOnce-utf8.UTFMax && !utf8.RuneStart(text[end]) {
			end--
		}
	}
	return text[:end], text[end:]
}

// Keep cuts text after limit tokens and says how many it kept. A
// character whose bytes would be divided is left out.
func Keep(text string, limit int64) (kept string, tokens int64, cut bool) {
	_, pieces, err := encoding().Encode(text)
	if err != nil || int64(len(pieces)) <= limit {
		return text, int64(len(pieces)), false
	}
	kept = strings.Join(pieces[:limit], "")
	for kept != "" {
		if r, size := utf8.DecodeLastRuneInString(kept); r != utf8.RuneError || size > 1 {
			break
		}
		kept = kept[:len(kept)-1]
	}
	return kept, limit, true
}
