package anthropic

import (
	"encoding/json"
	"fmt"

	"hardpan/internal/model"
	"hardpan/internal/model/chat"
	"hardpan/internal/model/upstream"
)

// whole translates an answer that is not streamed.
func (b *Backend) whole(call *model.Call, resp *upstream.Response, e *chat.Entrance) (*model.Answer, error) {
	raw, err := b.client.ReadAll(resp)
	if err != nil {
		return nil, err
	}
	a, err := b.read(raw)
	if err != nil {
		return nil, err
	}
	r := &chat.Reply{ID: a.ID, Stop: stopOf(a.Stop), Sequence: a.Sequence}
	for i := range a.Content {
		if one, ok := a.Content[i].read(); ok {
			r.Blocks = append(r.Blocks, one)
		}
	}
	var counted bool
	r.Usage, counted = a.Usage.tokens()
	return e.Whole(call, r, counted)
}

// read translates a block. What only Anthropic's own tools make is passed over.
func (b *block) read() (chat.Block, bool) {
	switch b.Type {
	case "text":
		return chat.Block{Kind: chat.Text, Text: b.Text}, true
	case "tool_use":
		input := b.Input
		if len(input) == 0 {
			input = json.RawMessage("{}")
		}
		return chat.Block{Kind: chat.ToolUse, ID: b.ID, Name: b.Name, Input: input}, true
	case "thinking":
		c := chat.Block{Kind: chat.Reasoning, Signature: b.Signature}
		if b.Thinking != nil {
			c.Text = *b.Thinking
		}
		return c, true
	case "redacted_thinking":
		return chat.Block{Kind: chat.Redacted, Data: chat.Opaque(b.Data)}, true
	}
	return chat.Block{}, false
}

// stopOf translates why the model stopped.
func stopOf(reason string) chat.Stop {
	switch reason {
	case "refusal":
		return chat.Filtered
	case "end_turn", "tool_use", "max_tokens", "stop_sequence", "model_context_window_exceeded":
		return chat.Stop(reason)
	}
	return chat.EndTurn // pause_turn, and what is yet to come
}

// decoder translates a streamed answer.
type decoder struct {
	meter
	entrance *chat.Entrance

	index int       // of the open block, or of the next
	from  int       // the same as the server counts
	open  bool      // a block is
	kind  chat.Kind // of it
	skip  bool      // the open one is passed over

	stop, sequence string
}

// Event implements [upstream.Decoder].
func (d *decoder) Event(dst, data []byte) ([]byte, bool, error) {
	ev, err := d.see(data)
	if err != nil {
		return dst, false, err
	}
	switch ev.Type {
	case "message_start":
		id := ""
		if ev.Message != nil {
			id = ev.Message.ID
		}
		dst, err = d.entrance.Append(dst, &chat.Event{Kind: chat.Start, ID: id, Usage: d.tokens})
	case "content_block_start":
		dst, err = d.start(dst, ev)
	case "content_block_delta":
		dst, err = d.delta(dst, ev)
	case "content_block_stop":
		dst, err = d.close(dst)
	case "message_delta":
		d.stop, d.sequence = ev.Delta.Stop, ev.Delta.Sequence
	case "message_stop":
		if d.stop == "" || d.open {
			return dst, false, errUnfinished
		}
		dst, err = d.entrance.Append(dst, &chat.Event{Kind: chat.Finish, Stop: stopOf(d.stop), Sequence: d.sequence, Usage: d.tokens})
		return dst, err == nil, err
	}
	return dst, false, err
}

// End implements [upstream.Decoder].
func (d *decoder) End(dst []byte) ([]byte, error) { return dst, errUnfinished }

func (d *decoder) start(dst []byte, ev *event) ([]byte, error) {
	if d.open || ev.Block == nil {
		return dst, fmt.Errorf("content block %d begins before another ended", ev.Index)
	}
	b, ok := ev.Block.read()
	d.open, d.skip, d.from, d.kind = true, !ok, ev.Index, b.Kind
	if !ok {
		return dst, nil
	}
	begun := b
	begun.Text, begun.Signature, begun.Input = "", "", nil
	dst, err := d.entrance.Append(dst, &chat.Event{Kind: chat.BlockStart, Index: d.index, Block: begun})
	if b.Kind == chat.ToolUse && string(b.Input) != "{}" {
		b.Text = string(b.Input)
	}
	if err != nil || b.Text == "" {
		return dst, err
	}
	return d.piece(dst, b.Text)
}

func (d *decoder) delta(dst []byte, ev *event) ([]byte, error) {
	switch {
	case !d.open || ev.Index != d.from:
		return dst, fmt.Errorf("a piece for content block %d, which is not open", ev.Index)
	case d.skip:
		return dst, nil
	case ev.Delta.Type == "signature_delta":
		return d.entrance.Append(dst, &chat.Event{Kind: chat.Delta, Index: d.index, Block: chat.Block{Kind: d.kind, Signature: ev.Delta.Signature}})
	}
	text := ev.Delta.Text + ev.Delta.JSON + ev.Delta.Thinking // one of them
	if text == "" {
		return dst, nil
	}
	return d.piece(dst, text)
}

func (d *decoder) piece(dst []byte, text string) ([]byte, error) {
	return d.entrance.Append(dst, &chat.Event{Kind: chat.Delta, Index: d.index, Block: chat.Block{Kind: d.kind, Text: text}})
}

func (d *decoder) close(dst []byte) ([]byte, error) {
	wasOpen := d.open
	d.open = false
	if !wasOpen || d.skip {
		return dst, nil
	}
	dst, err := d.entrance.Append(dst, &chat.Event{Kind: chat.BlockStop, Index: d.index, Block: chat.Block{Kind: d.kind}})
	d.index++
	return dst, err
}
