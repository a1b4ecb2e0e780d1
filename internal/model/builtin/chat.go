package builtin

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// compose makes the model's own answer: the same words for the same
// conversation, always.
func compose(c *conversation) []replyBlock {
	last := c.lastUser()
	if last.has(blockToolResult) {
		return []replyBlock{{text: introduction(c) + tellResults(c, last)}}
	}
	words := last.text()
	words = words[:min(len(words), searchedForTools)]
	if t, ok := wantedTool(c, words); ok {
		return useTool(c, t, words)
	}
	return []replyBlock{{text: introduction(c) + tellMessage(c, last)}}
}

// searchedForTools is how far, in bytes, into the user's words a tool's name is
// looked for: far enough for a request, and bounded for a book.
const searchedForTools = 16 << 10

func introduction(c *conversation) string {
	text := fmt.Sprintf("This is Hardpan's built-in model, standing in for %s in %s.", c.model, c.region)
	if system := strings.TrimSpace(strings.Join(c.system, "\n")); system != "" {
		text += fmt.Sprintf(" My instructions begin “%s”.", excerpt(system, 80))
	}
	return text
}

func tellMessage(c *conversation, last message) string {
	var text string
	if n := c.replies(); n > 0 {
		text += fmt.Sprintf(" We have been talking for a while: this is my answer number %d.", n+1)
	}
	if words := last.text(); words != "" {
		text += " " + tellWords(words)
	}
	for _, b := range last.blocks {
		if b.kind == blockAttachment {
			text += fmt.Sprintf(" You attached something I cannot look into: %s, %d bytes.", b.name, b.bytes)
		}
	}
	return text
}

// quoteAtMost is how many characters of the user's words are given back whole.
const quoteAtMost = 600

func tellWords(words string) string {
	if n := utf8.RuneCountInString(words); n > quoteAtMost {
		return fmt.Sprintf("You wrote %d characters in %d words, beginning “%s”.", n, countWords(words), excerpt(words, 120))
	}
	return fmt.Sprintf("You wrote: “%s”", words)
}

func tellResults(c *conversation, last message) string {
	var text string
	for _, b := range last.blocks {
		if b.kind != blockToolResult {
			continue
		}
		name := c.toolName(b.id)
		if name == "" {
			name = b.id
		}
		verb := "answered"
		if b.failed {
			verb = "failed with"
		}
		text += fmt.Sprintf(" The tool %s %s: %s", name, verb, excerpt(b.text, quoteAtMost))
	}
	return text
}

// wantedTool says which tool to use, if any: the one that the caller forces,
// or the one that the user's words name.
func wantedTool(c *conversation, words string) (tool, bool) {
	named, found := namedTool(c.tools, words)
	switch {
	case len(c.tools) == 0 || c.choice.kind == "none":
		return tool{}, false
	case c.choice.kind == "tool":
		for _, t := range c.tools {
			if t.name == c.choice.name {
				return t, true
			}
		}
		return tool{}, false
	case c.choice.kind == "any" && !found:
		return c.tools[0], true
	}
	return named, found
}

func namedTool(tools []tool, words string) (tool, bool) {
	for _, t := range tools {
		if nameIn(words, t.name) >= 0 {
			return t, true
		}
	}
	return tool{}, false
}

// nameIn finds a tool's name as a word of its own and returns where it ends,
// or -1.
func nameIn(words, name string) int {
	if name == "" {
		return -1
	}
	pattern, err := regexp.Compile(`(?i)(?:^|[^\w-])` + regexp.QuoteMeta(name) + `(?:$|[^\w-])`)
	if err != nil {
		return -1
	}
	at := pattern.FindStringIndex(words)
	if at == nil {
		return -1
	}
	return min(at[0]+1+len(name), len(words))
}

func useTool(c *conversation, t tool, words string) []replyBlock {
	use := replyBlock{id: toolUseID(c, t.name), name: t.name, input: toolInput(t, words)}
	if c.choice.kind == "any" || c.choice.kind == "tool" {
		return []replyBlock{use}
	}
	return []replyBlock{{text: introduction(c) + fmt.Sprintf(" I will use %s.", t.name)}, use}
}

// toolUseID is new for every place in every conversation and the same when the
// conversation is replayed.
func toolUseID(c *conversation, salt string) string {
	return "tooluse_" + digest(c, salt)
}

// digest is 22 letters and digits that stand for a conversation.
func digest(c *conversation, salt string) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%s\x00%s\x00%d", c.model, c.region, salt, len(c.messages))
	for _, m := range c.messages {
		for _, b := range m.blocks {
			fmt.Fprintf(h, "\x00%s\x00%s\x00%s\x00%s", m.role, b.text, b.id, b.input)
		}
	}
	return base32.StdEncoding.EncodeToString(h.Sum(nil))[:22]
}

// excerpt is the beginning of text, at most n characters, on one line.
func excerpt(text string, n int) string {
	cut := ""
	if most := n * utf8.UTFMax; len(text) > most { // enough for n characters of any kind
		text, cut = strings.ToValidUTF8(text[:most], ""), "…"
	}
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) > n {
		text, cut = string([]rune(text)[:n]), "…"
	}
	return text + cut
}

func countWords(text string) int {
	words, between := 0, true
	for _, r := range text {
		space := unicode.IsSpace(r)
		if between && !space {
			words++
		}
		between = space
	}
	return words
}
