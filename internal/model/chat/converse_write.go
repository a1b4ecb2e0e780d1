package chat

import (
	"encoding/json"
	"slices"

	"hardpan/internal/usage"
	"hardpan/internal/wire/stream"
)

type converseAnswer struct {
	Output struct {
		Message converseMessage `json:"message"`
	} `json:"output"`
	Stop    Stop           `json:"stopReason"`
	Usage   *converseUsage `json:"usage"`
	Metrics *latencyMs     `json:"metrics,omitempty"`
	Extra   map[string]any `json:"additionalModelResponseFields,omitempty"`
}

type latencyMs struct {
	Latency int64 `json:"latencyMs"`
}

type converseUsage struct {
	Input      int64 `json:"inputTokens"`
	Output     int64 `json:"outputTokens"`
	Total      int64 `json:"totalTokens"`
	CacheRead  int64 `json:"cacheReadInputTokens,omitempty"`
	CacheWrite int64 `json:"cacheWriteInputTokens,omitempty"`
}

// newConverseUsage is zero where the server reported nothing: the member is
// required, and clients read it.
func newConverseUsage(u usage.Tokens) *converseUsage {
	return &converseUsage{u.Input, u.Output, u.Total(), u.CacheRead, u.CacheWrite}
}

func (converse) whole(e *Entrance, r *Reply) any {
	a := converseAnswer{Stop: r.Stop, Usage: newConverseUsage(r.Usage), Metrics: &latencyMs{latency(e.started)}, Extra: e.responseFields(r.Sequence)}
	a.Output.Message = converseMessage{Role: "assistant", Content: converseBlocks(r.Blocks)}
	return a
}

func converseBlocks(blocks []Block) []converseBlock {
	out := []converseBlock{}
	for i := range blocks {
		b := &blocks[i]
		switch b.Kind {
		case Text:
			out = append(out, converseBlock{Text: &b.Text})
		case ToolUse:
			out = append(out, converseBlock{ToolUse: &converseToolUse{b.ID, b.Name, b.Input}})
		case Redacted:
			out = append(out, converseBlock{Reasoning: &converseReasoning{Redacted: b.Data}})
		case Reasoning:
			c := &converseReasoning{}
			c.Text = &struct {
				Text      string `json:"text"`
				Signature string `json:"signature,omitempty"`
			}{b.Text, b.Signature}
			out = append(out, converseBlock{Reasoning: c})
		}
	}
	return out
}

// responseFields answers additionalModelResponseFieldPaths. Of what a model's
// answer holds only the stop sequence is not in Converse's own members; other
// paths find nothing, which Bedrock passes over too.
func (e *Entrance) responseFields(sequence string) map[string]any {
	if sequence == "" {
		return nil
	}
	fields := map[string]any{}
	if slices.Contains(e.paths, "/stop_sequence") {
		fields["stop_sequence"] = sequence
	}
	if slices.Contains(e.paths, "/delta/stop_sequence") {
		fields["delta"] = map[string]any{"stop_sequence": sequence}
	}
	return fields
}

// converseEvent is the payload of every event of ConverseStream.
type converseEvent struct {
	Role    string         `json:"role,omitempty"`
	Start   *converseStart `json:"start,omitempty"`
	Delta   *converseDelta `json:"delta,omitempty"`
	Index   *int           `json:"contentBlockIndex,omitempty"`
	Stop    Stop           `json:"stopReason,omitempty"`
	Extra   map[string]any `json:"additionalModelResponseFields,omitempty"`
	Usage   *converseUsage `json:"usage,omitempty"`
	Metrics *latencyMs     `json:"metrics,omitempty"`
}

type converseStart struct {
	ToolUse *converseToolUse `json:"toolUse"`
}

type converseDelta struct {
	Text      *string             `json:"text,omitempty"`
	ToolUse   *converseInput      `json:"toolUse,omitempty"`
	Reasoning *converseReasonPart `json:"reasoningContent,omitempty"`
}

type converseInput struct {
	Input string `json:"input"`
}

type converseReasonPart struct {
	Text      *string `json:"text,omitempty"`
	Signature *string `json:"signature,omitempty"`
	Redacted  *string `json:"redactedContent,omitempty"`
}

// named is an event of ConverseStream with its name.
type named struct {
	name    string
	payload converseEvent
}

func (converse) event(dst []byte, e *Entrance, ev *Event) ([]byte, error) {
	for _, one := range e.converseEvents(ev) {
		payload, err := json.Marshal(&one.payload)
		if err != nil {
			return dst, err
		}
		if dst, err = stream.AppendEvent(dst, one.name, payload); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// converseEvents translates one event. A block start is sent for tool uses
// only, and metadata comes after messageStop, last.
func (e *Entrance) converseEvents(ev *Event) []named {
	switch ev.Kind {
	case Start:
		return []named{{"messageStart", converseEvent{Role: "assistant"}}}
	case BlockStart:
		if ev.Block.Kind == ToolUse {
			return []named{{"contentBlockStart", converseEvent{Index: &ev.Index, Start: &converseStart{&converseToolUse{ID: ev.Block.ID, Name: ev.Block.Name}}}}}
		}
		if ev.Block.Kind == Redacted {
			return []named{{"contentBlockDelta", converseEvent{Index: &ev.Index, Delta: converseDeltaOf(&ev.Block)}}}
		}
	case Delta:
		return []named{{"contentBlockDelta", converseEvent{Index: &ev.Index, Delta: converseDeltaOf(&ev.Block)}}}
	case BlockStop:
		return []named{{"contentBlockStop", converseEvent{Index: &ev.Index}}}
	case Finish:
		return []named{
			{"messageStop", converseEvent{Stop: ev.Stop, Extra: e.responseFields(ev.Sequence)}},
			{"metadata", converseEvent{Usage: newConverseUsage(ev.Usage), Metrics: &latencyMs{latency(e.started)}}},
		}
	}
	return nil
}

func converseDeltaOf(b *Block) *converseDelta {
	switch {
	case b.Kind == ToolUse:
		return &converseDelta{ToolUse: &converseInput{b.Text}}
	case b.Kind == Reasoning && b.Signature != "":
		return &converseDelta{Reasoning: &converseReasonPart{Signature: &b.Signature}}
	case b.Kind == Reasoning:
		return &converseDelta{Reasoning: &converseReasonPart{Text: &b.Text}}
	case b.Kind == Redacted:
		return &converseDelta{Reasoning: &converseReasonPart{Redacted: &b.Data}}
	}
	return &converseDelta{Text: &b.Text}
}
