// Package target reaches what stands behind a tool gateway: MCP servers, APIs
// that an OpenAPI document describes, Amazon API Gateway, Lambda functions and
// plain HTTP. Each becomes tools that are listed and called in one way.
//
// It knows how each kind is asked, and which credentials it is shown. It must
// not know who may see or call what: by the time it is asked, that is decided.
// Whatever a target does (hang, flood, die, answer nonsense), the answer is a
// result or an [*Error] within bounded time and memory, and other targets and
// callers do not notice.
package target

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"hardpan/internal/gateway"
	"hardpan/internal/identity"
)

// Place is a target as one caller sees it.
type Place struct {
	Gateway  *gateway.Gateway
	Target   *gateway.Target
	Snapshot *identity.Snapshot // of the gateway's account

	Bearer string      // the caller's own token, for targets that are to see it; else ""
	Header http.Header // of the caller's request; only what the target allows is sent on
}

// Call is one tool call.
type Call struct {
	Tool      string          // as the target has it, without the target's name
	Arguments json.RawMessage // a JSON object

	// Progress takes what the target says before it answers; nil: nobody listens.
	Progress func(*mcp.ProgressNotificationParams)
	Log      func(*mcp.LoggingMessageParams)
}

// Offers is what a target has beside tools.
type Offers struct {
	Prompts   []*mcp.Prompt
	Resources []*mcp.Resource
	Templates []*mcp.ResourceTemplate
}

// Error is why a target gave no answer.
type Error struct {
	// Message says it to whoever may know, as the gateway's exception level says.
	Message string

	// Action and Resource are what the gateway's service role is not allowed, if
	// that is why.
	Action, Resource string

	Cause error // for the operator
}

func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Message
	}
	return e.Message + ": " + e.Cause.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// ErrNone is returned for a prompt, resource or completion that a target of its
// kind cannot have.
var ErrNone = errors.New("the target has none of this kind")
