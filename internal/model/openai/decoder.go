package openai

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"hardpan/internal/model/chat"
	"hardpan/internal/model/upstream"
	"hardpan/internal/usage"
)

// decoder makes a streamed answer's events of its chunks. Blocks have no
// beginning or end there: they follow from what a chunk holds.
type decoder struct {
	client   *upstream.Client
	entrance *chat.Entrance

	begun  bool
	open   bool
	kind   chat.Kind // of the open block
	index  int       // of the open block, or of the next
	call   int       // index of the open tool call
	callID string    // as the server gave it
	used   bool      // a tool was used

	finish  *answerChoice // why it stopped, once it was told
	tokens  usage.Tokens
	counted bool
}

var doneMark = []byte("[DONE]")

// Event implements [upstream.Decoder].
func (d *decoder) Event(dst, data []byte) ([]byte, bool, error) {
	if bytes.Equal(bytes.TrimSpace(data), doneMark) {
		dst, err := d.End(dst)
		return dst, err == nil, err
	}
	var a answer
	if err := json.Unmarshal(data, &a); err != nil {
		return dst, false, fmt.Errorf("reading a chunk: %w", err)
	}
	if given(a.Error) {
		return dst, false, d.client.Streamed(upstream.ParseReport(data))
	}
	if t, ok := a.Usage.tokens(); ok {
		d.tokens, d.counted = t, true
	}
	dst, err := d.begin(dst, a.ID)
	if err != nil || len(a.Choices) == 0 {
		return dst, false, err
	}
	dst, err = d.delta(dst, &a.Choices[0])
	return dst, false, err
}

// errUnfinished is a stream that ends before it said why.
var errUnfinished = errors.New("the stream ended without a finish_reason")

// End implements [upstream.Decoder]. The stop is told only here, so that a
// stream that is cut never looks complete. The mark at the end is not asked
// for: some servers leave it out.
func (d *decoder) End(dst []byte) ([]byte, error) {
	if d.finish == nil {
		return dst, errUnfinished
	}
	dst, err := d.close(dst)
	if err != nil {
		return dst, err
	}
	ev := &chat.Event{Kind: chat.Finish, Usage: d.tokens}
	ev.Stop, ev.Sequence = d.finish.stopOf(d.used)
	return d.entrance.Append(dst, ev)
}

// Usage implements [upstream.Decoder].
func (d *decoder) Usage() (usage.Tokens, bool) { return d.tokens, d.counted }

func (d *decoder) begin(dst []byte, id string) ([]byte, error) {
	if d.begun {
		return dst, nil
	}
	d.begun = true
	return d.entrance.Append(dst, &chat.Event{Kind: chat.Start, ID: messageID(id), Usage: d.tokens})
}

func (d *decoder) delta(dst []byte, c *answerChoice) ([]byte, error) {
	var err error
	if thought := c.Delta.thought(); thought != "" {
		if dst, err = d.piece(dst, chat.Block{Kind: chat.Reasoning, Text: thought}); err != nil {
			return dst, err
		}
	}
	if words := c.Delta.words(); words != "" {
		if dst, err = d.piece(dst, chat.Block{Kind: chat.Text, Text: words}); err != nil {
			return dst, err
		}
	}
	for i := range c.Delta.Calls {
		if dst, err = d.toolCall(dst, &c.Delta.Calls[i]); err != nil {
			return dst, err
		}
	}
	if c.Finish != "" {
		last := *c
		d.finish = &last
	}
	return dst, nil
}

// piece adds to the open block if it is of the same kind, else to a new one.
func (d *decoder) piece(dst []byte, b chat.Block) ([]byte, error) {
	if !d.open || d.kind != b.Kind {
		var err error
		if dst, err = d.start(dst, chat.Block{Kind: b.Kind}); err != nil {
			return dst, err
		}
	}
	return d.entrance.Append(dst, &chat.Event{Kind: chat.Delta, Index: d.index, Block: b})
}

func (d *decoder) start(dst []byte, b chat.Block) ([]byte, error) {
	dst, err := d.close(dst)
	if err != nil {
		return dst, err
	}
	d.open, d.kind = true, b.Kind
	return d.entrance.Append(dst, &chat.Event{Kind: chat.BlockStart, Index: d.index, Block: b})
}

func (d *decoder) close(dst []byte) ([]byte, error) {
	if !d.open {
		return dst, nil
	}
	d.open = false
	dst, err := d.entrance.Append(dst, &chat.Event{Kind: chat.BlockStop, Index: d.index, Block: chat.Block{Kind: d.kind}})
	d.index++
	return dst, err
}

// toolCall adds a piece of a tool call. The first of a call has its name; the
// index, where a server gives one, says whose piece it is.
func (d *decoder) toolCall(dst []byte, c *call) ([]byte, error) {
	index := d.call
	if c.Index != nil {
		index = *c.Index
	}
	var err error
	switch {
	case d.begins(c, index):
		d.call, d.callID, d.used = index, c.ID, true
		if dst, err = d.start(dst, chat.Block{Kind: chat.ToolUse, ID: toolID(c.ID), Name: c.Function.Name}); err != nil {
			return dst, err
		}
	case !d.open || d.kind != chat.ToolUse || index != d.call:
		return dst, fmt.Errorf("a piece of tool call %d comes after another had begun", index)
	}
	if c.Function.Arguments == "" {
		return dst, nil
	}
	return d.entrance.Append(dst, &chat.Event{Kind: chat.Delta, Index: d.index, Block: chat.Block{Kind: chat.ToolUse, Text: c.Function.Arguments}})
}

func (d *decoder) begins(c *call, index int) bool {
	if c.Function.Name == "" {
		return false
	}
	return !d.open || d.kind != chat.ToolUse || index != d.call || c.ID != "" && c.ID != d.callID
}
