package builtin

import (
	"fmt"
	"sync/atomic"

	"hardpan/internal/awserr"
)

// Script makes the model play a given conversation. See the package comment
// for its form. A Script may be used by many calls at once.
type Script struct {
	turns []*turn
}

// turn is one reply of a script.
type turn struct {
	When  *pattern     `yaml:"when"`
	Model *pattern     `yaml:"model"`
	Text  string       `yaml:"text"`
	Tools []scriptTool `yaml:"tools"`
	Stop  string       `yaml:"stop"`
	Pause wait         `yaml:"pause"`
	Error *scriptError `yaml:"error"`

	line   int
	failed atomic.Int64 // how often Error was given
}

type scriptTool struct {
	Name  string         `yaml:"name"`
	Input map[string]any `yaml:"input"`
}

type scriptError struct {
	Code    string `yaml:"code"`
	Message string `yaml:"message"`
	Times   int64  `yaml:"times"` // 0: every time
	After   int    `yaml:"after"` // streams only: after this many events
}

// find picks the turn that answers a conversation: the first with a matching
// `when`, else the one whose place among the others is the number of replies
// so far. It returns nil when the script has nothing to say.
func (s *Script) find(c *conversation) *turn {
	if s == nil {
		return nil
	}
	said, place := c.lastUser().text(), c.replies()
	var next *turn
	for _, t := range s.turns {
		if t.Model != nil && !t.Model.MatchString(c.model) {
			continue
		}
		if t.When != nil {
			if t.When.MatchString(said) {
				return t
			}
			continue
		}
		if place == 0 && next == nil {
			next = t
		}
		place--
	}
	return next
}

// fails returns the turn's error if this call is to get it at once (streaming
// false), or after some events of a stream (streaming true).
func (t *turn) fails(streaming bool) *awserr.Error {
	if t == nil || t.Error == nil || (t.Error.After > 0) != streaming {
		return nil
	}
	if n := t.failed.Add(1); t.Error.Times > 0 && n > t.Error.Times {
		return nil
	}
	message := t.Error.Message
	if message == "" {
		message = fmt.Sprintf("The reply script of Hardpan's built-in model asks for this error (line %d).", t.line)
	}
	return awserr.New(t.Error.Code, errorStatus[t.Error.Code], "%s", message)
}

// blocks is what the turn says.
func (t *turn) blocks(c *conversation) []replyBlock {
	var blocks []replyBlock
	if t.Text != "" {
		blocks = append(blocks, replyBlock{text: t.Text})
	}
	for i, use := range t.Tools {
		input := use.Input
		if input == nil {
			input = map[string]any{}
		}
		id := toolUseID(c, fmt.Sprint(use.Name, i))
		blocks = append(blocks, replyBlock{id: id, name: use.Name, input: mustJSON(input)})
	}
	return blocks
}
