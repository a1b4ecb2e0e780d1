// Package chat is what a conversation says, whatever wire it goes by. Bodies of
// Bedrock Runtime (Converse, and InvokeModel's of several model families) are
// read into a [Request], and a [Reply] or its [Event]s are written back in the
// form the client speaks.
//
// It knows those bodies. It must not know the servers behind: what a backend
// makes of a Request is its own.
//
// The rules: base64 stays base64 and JSON stays JSON, so that nothing is decoded
// only to be encoded again; what a body asks for and no backend could do is
// refused by name.
//
// Bodies are read with structs of this package, not with the SDK's: those decode
// every image and lose the order of a tool's schema. Names of top-level members
// are exact (rest.Top), so that a body means here what it meant where it was
// authorized.
package chat

import (
	"encoding/json"

	"hardpan/internal/usage"
	"hardpan/internal/wire/rest"
)

// Request is a call for the next message of a conversation.
type Request struct {
	System   []Block
	Messages []Message
	Tools    []Tool
	Choice   Choice

	MaxTokens   int64 // 0: no limit is named
	Temperature *float64
	TopP        *float64
	TopK        *int64
	Stop        []string

	Schema *Schema // of the text to be answered, or nil
	Effort string  // how hard to think: low, medium, high, or empty

	// Extra are members for the model itself that Bedrock does not interpret
	// (additionalModelRequestFields).
	Extra rest.Fields
}

// Message is one turn.
type Message struct {
	Role   string // "user" or "assistant"
	Blocks []Block
}

// Kind is what a block is.
type Kind uint8

// The kinds of blocks.
const (
	Text Kind = iota
	Image
	Document
	ToolUse
	ToolResult
	Reasoning
	Redacted // reasoning that only its model can read
)

// Block is one piece of a message; which fields count depends on its kind.
type Block struct {
	Kind      Kind
	Text      string          // Text, Reasoning, and Document of plain text
	Media     string          // Image, Document: its media type
	Data      string          // Image, Document, Redacted: base64
	URL       string          // Image: where it is instead
	Name      string          // ToolUse: the tool; Document: its title
	ID        string          // ToolUse, ToolResult
	Input     json.RawMessage // ToolUse: a JSON object
	Content   []Block         // ToolResult
	Failed    bool            // ToolResult
	Signature string          // Reasoning
	Cache     string          // a cache point follows: "5m" or "1h"; else empty
}

// Tool is a tool that the model may use.
type Tool struct {
	Name, Description string
	Schema            json.RawMessage // of its input
	Strict            *bool
	Cache             string // as in Block
}

// Choice is how free the model is to use tools: Kind is "auto", "any", "tool",
// "none" or empty.
type Choice struct {
	Kind string `json:"type"`
	Name string `json:"name"`
}

// Schema is a JSON schema that the answer has to follow.
type Schema struct {
	Name, Description string
	JSON              json.RawMessage
}

// Reply is a whole answer.
type Reply struct {
	ID       string
	Blocks   []Block
	Stop     Stop
	Sequence string // the stop sequence that was met, if the server told
	Usage    usage.Tokens
}

// Stop is why the model stopped, in Converse's words.
type Stop string

// Why a model stops.
const (
	EndTurn     Stop = "end_turn"
	UsesTool    Stop = "tool_use"
	MaxTokens   Stop = "max_tokens"
	AtSequence  Stop = "stop_sequence"
	Filtered    Stop = "content_filtered"
	WindowFull  Stop = "model_context_window_exceeded"
	BadToolCall Stop = "malformed_tool_use"
)

// EventKind is what an event of a streamed answer is.
type EventKind uint8

// The events of a streamed answer, in their order: one Start; for each block its
// BlockStart, deltas and BlockStop; one Finish.
const (
	Start EventKind = iota
	BlockStart
	Delta
	BlockStop
	Finish
)

// Event is one event of a streamed answer.
type Event struct {
	Kind  EventKind
	Index int // of the block, from 0 without gaps

	// Block is the block that starts, or what comes to it: for a Delta of
	// ToolUse, Text holds a piece of the input's JSON; for one of Reasoning,
	// either Text or Signature is set.
	Block Block

	ID       string // Start: of the message
	Stop     Stop   // Finish
	Sequence string // Finish
	Usage    usage.Tokens
}
