// Package mcp is the data plane of tool gateways: Model Context Protocol over
// streamable HTTP, as Amazon Bedrock AgentCore Gateway serves it.
//
// It knows what a client of a gateway sees and may do: which tools, prompts and
// resources are listed, what a call's arguments decide, what a gateway's service
// role has to be allowed, and in which of AWS's words a refusal is put. The
// protocol itself (framing, versions, negotiation) is the official SDK's; Cedar
// is internal/cedar's; how a target is reached is internal/mcp/target's.
//
// It must not know how a caller proved who they are: the door and the gateway's
// own authorizer did that. It reads the snapshot and no database.
package mcp

import (
	"context"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"hardpan/internal/cedar"
	"hardpan/internal/gateway"
	"hardpan/internal/identity"
	"hardpan/internal/ledger"
	"hardpan/internal/mcp/target"
	"hardpan/internal/op"
	"hardpan/internal/seal"
)

// Plane serves the clients of gateways. It is safe for concurrent use.
type Plane struct {
	Box     *seal.Box // seals the ids of sessions
	Targets Targets   // how targets are reached; a *target.Pool
	Ledger  Ledger    // where calls of tools are counted; nil: nowhere
	Wire    cedar.Wire
	Now     func() time.Time
	Log     *slog.Logger

	// OpenPrompts leaves prompts and resources undecided, as AWS does: whoever
	// may call the gateway may have them all.
	OpenPrompts bool

	// RecordInputs puts the arguments of calls into the journal, so that they can be
	// decided again as they were. Without it nothing of them is kept, but the one
	// value that a denial is explained with.
	RecordInputs bool

	engines engines
	running running
	ended   ended
}

// Ledger admits calls against the budgets of tools. [ledger.Ledger] is one.
type Ledger interface {
	Reserve(ctx context.Context, r *ledger.Request) (*ledger.Reservation, error)
}

// Targets reaches the targets of gateways.
type Targets interface {
	CallTool(ctx context.Context, at *target.Place, c *target.Call) (*sdk.CallToolResult, error)
	Offers(ctx context.Context, at *target.Place) (*target.Offers, error)
	GetPrompt(ctx context.Context, at *target.Place, name string, arguments map[string]string) (*sdk.GetPromptResult, error)
	ReadResource(ctx context.Context, at *target.Place, uri string) (*sdk.ReadResourceResult, error)
	Complete(ctx context.Context, at *target.Place, c *sdk.CompleteParams) (*sdk.CompleteResult, error)
}

// Visit is one HTTP request to a gateway by a caller that was let in.
type Visit struct {
	Gateway  *gateway.Gateway
	Snapshot *identity.Snapshot
	Caller   cedar.Principal // as policies see the caller
	By       *op.Caller      // as IAM and the journal do
	Owner    string          // whose sessions the caller's are: an ARN, or issuer and subject
	Bearer   string          // the caller's token, for targets that are to see it; else ""
	Request  *http.Request   // its head
	Body     []byte

	// Write puts what was decided into the journal, with what the door knows of
	// the request, and returns the id of the decision when it is there for good.
	Write func(context.Context, *op.ToolUse) (id string, err error)

	plane   *Plane
	session string
	wrote   atomic.Bool // something was written to the journal
}

// at is a target as the visit's caller sees it.
func (v *Visit) at(t *gateway.Target) *target.Place {
	return &target.Place{Gateway: v.Gateway, Target: t, Snapshot: v.Snapshot, Bearer: v.Bearer, Header: v.Request.Header}
}
